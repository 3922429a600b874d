"""Hand one moment over: hot rows as Parquet, the files that count by name, and how many commit records there were.

Whoever reads a handover answers as of its moment, whatever happens meanwhile; that the archive has moved on he sees by
listing its commit records. A handover is derived: two are kept, and an erasure removes them all.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at
from archive_jobs.handing_over.kept import folder_of, remove_handovers
from archive_jobs.handing_over.places import StoredFile, places_of
from archive_jobs.lake.store import Store
from archive_jobs.reading.read_back import Reader
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import lake_columns
from definitions_to_dbt.spark import declared, selected
from definitions_to_dbt.sql import quote_literal

_TEXTS = ("table_name", "half", "location", "declared", "selected", "handed_over_at")
_NUMBERS = ("number", "files", "bytes", "rows", "revision")
_FIELDS: dict[str, pa.DataType] = {**dict.fromkeys(_TEXTS, pa.string()), **dict.fromkeys(_NUMBERS, pa.int64())}
_SCHEMA = pa.schema(_FIELDS)
_FILES = """
select f.path, f.row_count, f.byte_count, a.manifest_path, a.manifest_sha256
from archive_catalog.readable_files as r
inner join archive_catalog.files as f on r.path = f.path
inner join archive_catalog.attempts as a on f.attempt_id = a.attempt_id
where (r.schema_name, r.table_name, r.kind) = (%s, %s, 'analytics') and not r.also_hot
order by r.lo, r.path
"""


@dataclass(frozen=True)
class HandedOver:
    """What was handed over of one table."""

    table: str
    hot_rows: int
    cold_rows: int
    files: int
    revision: int


@dataclass(frozen=True)
class Handover:
    """A handover: where it lies, of which moment it is, and what is in it."""

    url: str
    moment: datetime
    tables: list[HandedOver]

    def as_json(self) -> dict[str, Any]:
        """The handover as plain values."""
        return {
            "handover": self.url, "moment": self.moment.isoformat(),
            "tables": [vars(table) for table in self.tables],
        }  # fmt: skip


def hand_over(reader: Reader, store: Store, schema: str, models: Sequence[ObjectModel]) -> Handover:
    """Write a handover of these tables in the reader's snapshot, and remove all but the newest two.

    Raises ProblemError where somebody is being erased: rows of theirs could be among those that were seen.
    """
    control = reader.control
    moment: datetime = one_row(control, "select now()")[0]
    fail_at("handover.seen.after")
    folder = f"{folder_of(schema)}/{moment:%Y%m%dT%H%M%S.%fZ}-{uuid.uuid4().hex[:8]}"
    rows: list[dict[str, Any]] = []
    told = []
    for model in models:
        found = list(_of_table(reader, store, schema, model, folder, moment))
        rows += found
        told.append(_told(model, found))
    _put_index(store, folder, rows)
    store.sync()
    fail_at("handover.after")
    return Handover(store.url(folder), moment, told)


def require_nobody_erased(connection: Connection, store: Store, schema: str, handover: Handover) -> None:
    """Take the handover back where an erasure was under way or has ended since its moment."""
    if not catalogue_exists(connection):
        return
    query = (
        "select exists (select from archive_catalog.erasures where schema_name = %s and state <> 'lifted'"
        " and (state = 'erasing' or finished_at >= %s))"
    )
    if one_row(connection, query, (schema, handover.moment))[0]:
        remove_handovers(store, schema)
        raise ProblemError(
            "somebody was erased while rows were handed over",
            hint="The handover was removed, and nothing else was changed. Run it again once the erasure is done.",
        )


def _of_table(
    reader: Reader, store: Store, schema: str, model: ObjectModel, folder: str, moment: datetime
) -> Iterator[dict[str, Any]]:
    platform = reader.platform(model)
    revision, records, place = _chain(reader.control, store, schema, model)
    said = {"table_name": model.table_name, "revision": revision, "handed_over_at": moment.isoformat()}
    guard = {**said, "half": "guard", "declared": "", "selected": ""}
    yield {**guard, "number": 0, "location": place, "files": records, "bytes": 0, "rows": 0}
    halves = {
        "cold": list(_cold_files(reader.control, store, schema, model)),
        "hot": [_put_hot_rows(reader, store, model, folder, platform)],
    }
    guards = 0
    for half, files in halves.items():
        for number, one in enumerate(places_of(files)):
            sizes = {"location": one.location, "files": len(one.files), "bytes": one.bytes, "rows": one.rows}
            shape = {"declared": declared(one.columns), "selected": selected(model, one.columns, platform)}
            yield {**said, "half": half, "number": number, **shape, **sizes}
            guards += 1
            yield {**guard, "number": guards, **sizes}
        if not files:
            nothing = {"declared": "", "selected": selected(model, {}, platform)}
            yield {**said, "half": half, "number": 0, "location": "", **nothing, "files": 0, "bytes": 0, "rows": 0}


def _chain(control: Connection, store: Store, schema: str, model: ObjectModel) -> tuple[int, int, str]:
    """The number of the last change, how many commit records of it stand in the table's folder, and the folder.

    A table that was renamed has its first records in the folder of its former name.
    """
    folder = f"{schema}/_commits/{model.table_name}"
    if not catalogue_exists(control):
        return 0, 0, folder
    query = (
        "select coalesce(max(last_commit_seq), 0) from archive_catalog.table_guards"
        " where (schema_name, table_name, kind) = (%s, %s, 'analytics')"
    )
    last = int(one_row(control, query, (schema, model.table_name))[0])
    numbers = [
        int(name.rpartition("/")[2].removesuffix(".json")) for name in store.names(folder) if name.endswith(".json")
    ]
    first = min(numbers, default=1 if not last else last + 1)
    return last, max(0, last - first + 1), folder


def _cold_files(control: Connection, store: Store, schema: str, model: ObjectModel) -> Iterator[StoredFile]:
    if not catalogue_exists(control):
        return
    shapes: dict[str, tuple[tuple[str, str], ...]] = {}
    for path, rows, size, manifest, sha256 in control.execute(_FILES.encode(), (schema, model.table_name)).fetchall():
        if manifest not in shapes:
            shapes[manifest] = _shape(store, manifest, sha256)
        yield StoredFile(path, rows, size, shapes[manifest])


def _shape(store: Store, path: str, sha256: str) -> tuple[tuple[str, str], ...]:
    """The columns of an attempt's files, as its manifest has them."""
    content = store.read(path)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ProblemError(
            f"{store.url(path)} is damaged: its SHA-256 is not the one committed",
            hint="Nothing was handed over. Run `archive-jobs verify`.",
        )
    return tuple((column["name"], column["lake_type"]) for column in json.loads(content)["columns"])


def _put_hot_rows(reader: Reader, store: Store, model: ObjectModel, folder: str, platform: bool) -> StoredFile:
    """The hot half as one Parquet file, under the types that cold rows have."""
    staged = store.staging / f"small-{store.owner}{uuid.uuid4()}.part"
    staged.parent.mkdir(parents=True, exist_ok=True)
    columns = lake_columns(model, "analytics", platform)
    casts = ", ".join(f'cast("{c.name}" as {c.lake_type}) as "{c.name}"' for c in columns)
    path = f"{folder}/hot-{model.table_name}.parquet"
    try:
        query = f"select {casts} from ({reader.hot(model, 'analytics')}) as hot"
        found = reader.engine.execute(f"copy ({query}) to {quote_literal(str(staged))} (format parquet)").fetchone()
        size = staged.stat().st_size
        store.publish(staged, path)
    finally:
        staged.unlink(missing_ok=True)
    return StoredFile(path, int(found[0]) if found else 0, size, tuple((c.name, c.lake_type) for c in columns))


def _put_index(store: Store, folder: str, rows: list[dict[str, Any]]) -> None:
    staged = store.staging / f"small-{store.owner}{uuid.uuid4()}.part"
    try:
        pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), staged)
        store.publish(staged, f"{folder}/index.parquet")
    finally:
        staged.unlink(missing_ok=True)


def _told(model: ObjectModel, rows: Sequence[dict[str, Any]]) -> HandedOver:
    def total(half: str, what: str) -> int:
        return sum(int(row[what]) for row in rows if row["half"] == half)

    return HandedOver(
        model.table_name, total("hot", "rows"), total("cold", "rows"), total("cold", "files"), int(rows[0]["revision"])
    )
