"""Prove a lake with Python alone: prove_from_outside.py LAKE/SCHEMA [FOLDER:COMMIT_SEQ:SHA256 noted before]..."""

import hashlib
import json
import sys
from pathlib import Path


def sha256(path):
    """SHA-256 of a file, or why it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return error.strerror


schema, noted = Path(sys.argv[1]), sys.argv[2:]
records = {sha256(path): (path, json.loads(path.read_bytes())) for path in schema.glob("_commits/*/*.json")}
after = {}
for digest, (_, record) in records.items():
    after.setdefault(record["previous_sha256"], []).append(digest)
faults = [f"{len(found)} records follow {previous}" for previous, found in after.items() if previous and len(found) > 1]
latest, joined, heads = {}, set(), []
for digest in after.get(None, []):
    while digest:
        path, record = records[digest]
        latest[record["unit"]] = (path, record)
        joined.add(digest)
        head, digest = f"{path.parent.name}:{record['commit_seq']}:{digest}", after.get(digest, [None])[0]
    heads.append(head)
faults += [f"{path}: the chain is broken before it" for digest, (path, _) in records.items() if digest not in joined]
known = {f"{path.parent.name}:{record['commit_seq']}:{digest}" for digest, (path, record) in records.items()}
faults += [f"{head}: noted before, not in the lake any more" for head in noted if head not in known]
files = 0
for path, record in latest.values():
    manifest = schema.parent / record["manifest"]["path"]
    if sha256(manifest) != record["manifest"]["sha256"]:
        faults.append(f"{manifest}: not the manifest that {path} speaks of")
    elif record["state"] not in ("purging", "purged"):
        for file in json.loads(manifest.read_bytes())["files"]:
            files += 1
            found = sha256(schema.parent / file["path"])
            if found != file["sha256"]:
                faults.append(f"{schema.parent / file['path']}: expected SHA-256 {file['sha256']}, found {found}")
holds = {}
for path in schema.glob("_holds/*.json"):
    hold, fact, _ = path.name.split(".")
    holds.setdefault(hold, set()).add(fact)
    try:
        named = json.loads(path.read_bytes())["hold_id"]
    except (ValueError, KeyError, TypeError):
        named = "nothing that can be read"
    if named != hold:
        faults.append(f"{path}: expected hold {hold}, found {named}")
faults += [
    f"{schema}/_holds/{hold}.placed.json: gone, and it was released" for hold in holds if "placed" not in holds[hold]
]
in_force = sum("released" not in facts for facts in holds.values())
print(*(f"head {head}" for head in sorted(heads)), *faults, sep="\n")
print(f"{len(records)} commit records, {len(latest)} manifests, {files} files, {in_force} holds; {len(faults)} faults")
sys.exit(1 if faults or not records else 0)
