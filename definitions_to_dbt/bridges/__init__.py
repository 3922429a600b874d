"""Other formats in and out of definitions: ODCS, JSON Schema, Avro, a live PostgreSQL schema.

Each `import_*` module turns one foreign document into plain definitions and the gaps between the two; `fit` makes
them pass validation or says what cannot; `write` puts them on disk. `export_odcs` goes the other way.
"""
