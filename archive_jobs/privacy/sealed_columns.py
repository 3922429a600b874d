"""Which columns of a raw record are sealed, and what stands in a file in their place."""

from __future__ import annotations

from collections.abc import Sequence

from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.types import parse_type

# Whatever tells of the payload: the sender's id is often the person's, and a digest of what can be guessed tells it.
SEALED = ("raw_id", "raw_data", "raw_bytes", "raw_sha256")
# Whose a record is, as PostgreSQL tells it. It leaves with the rows and is written nowhere.
SUBJECT = "_subject"
SEALED_COLUMNS = (
    LakeColumn("sealed", parse_type("bytea"), "sealed", "BLOB"),
    LakeColumn("sealed_key", parse_type("text"), "sealed_key", "VARCHAR"),
)


def stored_columns(columns: Sequence[LakeColumn]) -> tuple[LakeColumn, ...]:
    """The columns of a sealed file: those anybody may read, then what is sealed and under which key."""
    return (*(column for column in columns if column.name not in SEALED), *SEALED_COLUMNS)
