"""Print the Parquet files of a table that count, from the lake alone: which_files_count.py LAKE/SCHEMA TABLE [OLD].

Reads a lake in a folder. Of one in Azure or S3 bring _commits, _manifests and the files into a folder first.
"""

import hashlib
import json
import sys
from pathlib import Path

# Raw records: the table is called source_<table>. One that was renamed goes on with the chain of its former name.
schema, names = Path(sys.argv[1]), sys.argv[2:]
if "://" in sys.argv[1]:
    sys.exit(f"{sys.argv[1]}: expected a folder; bring the lake into one first, or ask `archive-jobs files`")
latest, previous = {}, None
records = [path for name in names for path in (schema / "_commits" / name).glob("*.json")]
if not records:
    sys.exit(f"{schema}/_commits: no commit records of {' or '.join(names) or 'no table'}")
for path in sorted(records, key=lambda path: int(path.stem)):
    record = json.loads(path.read_bytes())
    if record["previous_sha256"] != previous:
        sys.exit(f"{path}: the chain of commit records is broken")
    previous = hashlib.sha256(path.read_bytes()).hexdigest()
    latest[record["unit"]] = record
for record in latest.values():
    if record["state"] == "active":
        manifest = (schema.parent / record["manifest"]["path"]).read_bytes()
        if hashlib.sha256(manifest).hexdigest() != record["manifest"]["sha256"]:
            sys.exit(f"{record['manifest']['path']}: not the manifest that was committed")
        for file in json.loads(manifest)["files"]:
            print(schema.parent / file["path"])
