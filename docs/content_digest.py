"""Take a file's content digest again, with pyarrow alone: `python content_digest.py FILE` prints `content_sha256`."""

import hashlib
import sys
from struct import pack

import pyarrow as pa
import pyarrow.parquet as pq

CASTS = {"bool": pa.uint8(), "extension<arrow.uuid>": pa.binary(16)}
whole = hashlib.sha256()
table = pq.read_table(sys.argv[1], partitioning=None)
for name, column in zip(table.column_names, table.columns, strict=True):
    kind = "fixed_size_binary[16]" if "uuid" in str(column.type) else str(column.type)
    column = column.cast(CASTS.get(str(column.type), column.type))
    there, lengths, values = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
    for value in column:
        there.update(bytes([value.is_valid]))
    for value in column.drop_null():
        if kind in ("string", "binary"):
            lengths.update(pack("<i", len(value.as_buffer())))
            values.update(value.as_buffer())
        elif kind in ("float", "double") and value.as_py() != value.as_py():
            values.update(pack("<f" if kind == "float" else "<d", float("nan")))
        else:
            values.update(pa.array([value], column.type).buffers()[1][: column.type.byte_width])
    said = there.digest() + (lengths.digest() if kind in ("string", "binary") else b"") + values.digest()
    whole.update(b"\0".join((name.encode(), kind.encode(), said)))
print(whole.hexdigest())
