"""When archiving may go on and how fast, and the queue by which several machines share it."""
