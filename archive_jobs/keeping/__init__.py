"""What is done with an archive over the years."""
