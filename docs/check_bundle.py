"""Check a bundle of proof without asking its maker: check_bundle.py BUNDLE [DIGEST] [FOLDER:COMMIT_SEQ:SHA256]...

DIGEST is what `archive-jobs prove` printed for the bundle, a head is one that was noted before the bundle was made.
Python alone (3.11 or newer) checks every hash and the chains. pyarrow, where it is there, also looks into the Parquet
files, which Python cannot read by itself; cryptography opens sealed records whose keys are in the bundle. Exit status:
0 no fault, 1 faults, each on a line, 2 nothing was checked.
"""

import hashlib
import json
import sys
import zlib
from pathlib import Path
from struct import unpack_from

if len(sys.argv) < 2 or not (bundle := Path(sys.argv[1])).is_dir():
    print(__doc__.partition("\n")[0], file=sys.stderr)
    print(f"expected the folder of a bundle, found {sys.argv[1:2] or 'nothing'}; nothing was checked", file=sys.stderr)
    sys.exit(2)
told = sys.argv[2:]
faults, unread = [], set()


def sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(holds, fault):
    if not holds:
        faults.append(fault)
    return holds


def stored_row(path, number):
    """A row of a Parquet file as texts, and what the file says of itself."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if number < rows:
            row = file.read_row_group(group).slice(number, 1).to_pylist()[0]
            return {name: as_text(value) for name, value in row.items()}, file.schema_arrow.metadata or {}
        number -= rows
    return {}, {}


def as_text(value):
    if value is None:
        return None
    return value.hex() if isinstance(value, bytes) else value.isoformat() if hasattr(value, "isoformat") else str(value)


def opened(row, said, key):
    """The four values of a sealed record, as texts: raw_id, raw_data, raw_bytes, raw_sha256."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    schema, table, unit = (said[name].decode() for name in (b"schema", b"table", b"unit"))
    sealed = bytes.fromhex(row["sealed"])
    bound = f"{schema}.{table}/{unit}/{row['raw_seq']}".encode()
    packed = AESGCM(key).decrypt(sealed[:12], sealed[12:], bound)
    body, start, values = zlib.decompress(packed[1:]) if packed[0] == 2 else packed[1:], 16, []
    for length in unpack_from("<4i", body):
        values.append(None if length < 0 else body[start : start + length])
        start += max(length, 0)
    names = ("raw_id", "raw_data", "raw_bytes", "raw_sha256")
    return {
        n: v if v is None else v.hex() if n == "raw_bytes" else v.decode() for n, v in zip(names, values, strict=True)
    }


def looked_into(claim, bytes_of_record):
    """Whether the row of the file is what is claimed of it."""
    path = bundle / "lake" / claim["file"]
    try:
        row, said = stored_row(path, claim["row"])
    except ImportError:
        unread.add("no row of a file was looked into: pyarrow is not installed")
        return
    at = f"{claim['file']}, row {claim['row']}"
    for name, value in claim["as_stored"].items():
        check(row.get(name) == value, f"{at}: {name} is {row.get(name)!r} in the file, the claim says {value!r}")
    if bytes_of_record is None:
        return
    if "sealed_key" in row:
        key = bundle / "keys" / f"{row['sealed_key']}.key"
        try:
            row = opened(row, said, bytes.fromhex(key.read_text()))
        except ImportError:
            unread.add("no sealed record was opened: cryptography is not installed")
            return
        except Exception as error:
            faults.append(f"{at}: does not open under its key: {type(error).__name__}")
            return
    stored = bytes.fromhex(row["raw_bytes"]) if row["raw_bytes"] is not None else row["raw_data"].encode()
    check(stored == bytes_of_record, f"{at}: holds other bytes than records/{claim['raw_seq']}")


# Every file of the bundle is listed, with its hash, and no other is there.
names = sorted(p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file())
listed = "".join(f"{sha256(bundle / name)}  {name}\n" for name in names if name != "SHA256SUMS")
sums = (bundle / "SHA256SUMS").read_bytes() if "SHA256SUMS" in names else b""
noted = dict(line.split("  ", 1)[::-1] for line in sums.decode(errors="replace").splitlines() if "  " in line)
there = dict(line.split("  ", 1)[::-1] for line in listed.splitlines())
for name in sorted(there.keys() | noted.keys()):
    check(name in there, f"{name}: SHA256SUMS names it, and it is not there")
    check(name in noted, f"{name}: SHA256SUMS does not name it")
    if name in there and name in noted:
        check(there[name] == noted[name], f"{name}: expected {noted[name]}, as SHA256SUMS says; found {there[name]}")
check(listed.encode() == sums or faults, "SHA256SUMS is not written as it was")
digest = hashlib.sha256(sums).hexdigest()
heads = [one for one in told if ":" in one]
check(all(one == digest for one in told if one not in heads), f"the bundle's digest is {digest}, not the one given")
claims = json.loads((bundle / "claims.json").read_bytes()) if not faults else {}

# The chains of commit records, from the first to the head, and the last word on each unit.
units, known = {}, set()
for folder in sorted({p.parent for p in bundle.glob("lake/*/_commits/*/*.json")} if claims else ()):
    for path in sorted(folder.glob("*.json"), key=lambda p: int(p.stem)):
        known.add((folder.name, path.stem, sha256(path)))
records = [json.loads(p.read_bytes()) | {"_path": p} for p in bundle.glob("lake/*/_commits/*/*.json")] if claims else []
for kind in sorted({record["kind"] for record in records}):
    previous, number = None, 0
    for number, record in enumerate(
        sorted((r for r in records if r["kind"] == kind), key=lambda r: r["commit_seq"]), start=1
    ):
        path = record["_path"]
        check(record["commit_seq"] == number, f"{path}: expected record {number} of its chain")
        check(record["previous_sha256"] == previous, f"{path}: does not follow the record before it")
        previous, units[record["unit"]] = sha256(path), record
    head = f"{path.parent.name}:{number}:{previous}"
    check(head in claims["heads"], f"{head}: the chain ends here, the claim says elsewhere")
    print(f"head {head}")
for one in heads:
    check(tuple(one.split(":")) in known, f"{one}: noted before, and not in the bundle's chains")

# Each file counts: a commit record names the manifest, the manifest the file's hash.
for file in claims.get("files", ()):
    record, path = units.get(file["unit"], {}), bundle / "lake" / file["path"]
    if check(record.get("state") == "active", f"{file['path']}: no commit record says that its unit counts"):
        manifest = bundle / "lake" / record["manifest"]["path"]
        if check(sha256(manifest) == record["manifest"]["sha256"], f"{manifest}: not the one that was committed"):
            said = {f["path"]: f["sha256"] for f in json.loads(manifest.read_bytes())["files"]}
            check(said.get(file["path"]) == sha256(path), f"{path}: not the file that its manifest names")

# Records and rows are in their files; SQL and definitions have the hashes by which batches name them.
proven = 0
for record in claims.get("records", ()):
    path = bundle / "records" / str(record["raw_seq"])
    content = path.read_bytes() if path.exists() else None
    if record["sha256"] and content is not None:
        check(sha256(path) == record["sha256"], f"{path}: not the bytes whose SHA-256 is claimed")
    if record["file"]:
        proven += 1
        looked_into(record, content)
for row in claims.get("rows", ()):
    proven += 1
    looked_into(row, None)
for path in [*bundle.glob("sql/*.sql"), *bundle.glob("definitions/*.json")] if claims else ():
    check(sha256(path) == path.stem, f"{path}: its SHA-256 is not its name")
print(*faults, sep="\n", end="\n" if faults else "")
print(*(f"only said: {line}" for line in claims.get("only_said", ())), *sorted(unread), sep="\n")
print(f"digest {digest}: {len(names)} files, {proven} records and rows in files that count; {len(faults)} faults")
sys.exit(1 if faults or not claims else 0)
