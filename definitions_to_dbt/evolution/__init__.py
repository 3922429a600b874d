"""Two states of the definitions held against each other: what changed, of which class, and what has to be done."""
