"""Hot rows and the list of files that count, of one moment, for engines that cannot see PostgreSQL: Spark, Sail."""
