"""Where objects are kept, how they get their names, and what they say of themselves."""
