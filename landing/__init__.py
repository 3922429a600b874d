"""Files in, Layer 3 out: every record of a file exactly as received, each file once, all of it or nothing."""

from landing.load import LoadResult, load_file

__all__ = ["LoadResult", "load_file"]
