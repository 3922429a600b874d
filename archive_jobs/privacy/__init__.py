"""Personal data: keys per subject, sealed payloads, and erasing what a person asks to have erased."""
