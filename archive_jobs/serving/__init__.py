"""The archive over HTTP: who may ask for what, and answers that say no more than that."""
