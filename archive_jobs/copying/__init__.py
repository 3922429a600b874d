"""Rows of one snapshot into a Parquet file, and the proof that the file holds them."""
