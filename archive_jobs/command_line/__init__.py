"""What `archive-jobs` says and is told: options, words, tables and bars. The work is done by `commands`."""
