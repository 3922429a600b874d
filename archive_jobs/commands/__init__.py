"""What each command does, without its words: settings and definitions in, results out."""
