"""Hot and cold rows of one moment, read back as one."""
