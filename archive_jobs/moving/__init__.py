"""The steps of a run: attempts, the one transaction that counts, and tidying up after a crash."""
