"""What is told to machines of jobs, units and attempts: log lines, metrics, lineage. Nothing here decides anything."""
