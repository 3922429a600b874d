"""Where a row came from and what became of a record; whether both still say the same; and proof of it for others."""
