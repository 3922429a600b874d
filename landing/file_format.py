"""Which format a file is in: what its name says, and whether its first bytes agree."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from definitions_to_dbt.errors import ProblemError

NOTHING_LANDED = "Nothing of this file was landed."


class FileFormat(StrEnum):
    """The formats that can be landed."""

    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    DEBEZIUM = "debezium"


_BY_EXTENSION = {
    ".ndjson": FileFormat.NDJSON,
    ".jsonl": FileFormat.NDJSON,
    ".json": FileFormat.JSON,
    ".csv": FileFormat.CSV,
    ".parquet": FileFormat.PARQUET,
    ".pq": FileFormat.PARQUET,
}
GZIP = b"\x1f\x8b"
# First bytes of what is none of ours, or not in UTF-8, and what to do about it.
_FOREIGN = {
    b"PK\x03\x04": ("a zip archive", "Unpack it and land the files in it."),
    b"BZh": ("a bzip2 file", "Unpack it, or pack it with gzip."),
    b"\x28\xb5\x2f\xfd": ("a zstandard file", "Unpack it, or pack it with gzip."),
    b"\xfd7zXZ\x00": ("an xz file", "Unpack it, or pack it with gzip."),
    b"Obj\x01": ("an Avro file", "Convert it to Parquet or NDJSON."),
    b"ORC": ("an ORC file", "Convert it to Parquet."),
    b"\xff\xfe": ("text in UTF-16", "Convert it to UTF-8, with `iconv -f utf-16 -t utf-8`."),
    b"\xfe\xff": ("text in UTF-16", "Convert it to UTF-8, with `iconv -f utf-16 -t utf-8`."),
}
_PARQUET = b"PAR1"


def format_by_name(path: Path) -> FileFormat:
    """Return the format that the extension names (`.gz` after it is looked through)."""
    extensions = [extension.lower() for extension in path.suffixes]
    if extensions and extensions[-1] == ".gz":
        extensions.pop()
    if extensions and extensions[-1] in _BY_EXTENSION:
        return _BY_EXTENSION[extensions[-1]]
    raise ProblemError(
        f"{path}: the name does not say the format; expected one of {', '.join(_BY_EXTENSION)} (and .gz)",
        hint=f"{NOTHING_LANDED} Add --format ndjson, json, csv, parquet or debezium.",
    )


def check_first_bytes(path: Path, file_format: FileFormat, first: bytes) -> None:
    """Raise ProblemError if the first bytes (at least 8, of the unpacked content) belong to another format."""
    for magic, (found, advice) in _FOREIGN.items():
        if first.startswith(magic):
            raise ProblemError(f"{path}: expected {file_format}, found {found}", hint=f"{NOTHING_LANDED} {advice}")
    is_parquet = first.startswith(_PARQUET)
    if is_parquet and file_format is not FileFormat.PARQUET:
        raise ProblemError(
            f"{path}: expected {file_format}, found a Parquet file",
            hint=f"{NOTHING_LANDED} Use --format parquet.",
        )
    if file_format is FileFormat.PARQUET and not is_parquet:
        raise ProblemError(
            f"{path}: expected a Parquet file, which begins with PAR1, found {first[:4]!r}",
            hint=f"{NOTHING_LANDED} Check how the file was made, or give its real format with --format.",
        )
