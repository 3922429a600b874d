"""Legal holds in the lake, so that they outlive the database: what was placed and what was released, create-only.

The catalogue decides; what stands here is read by `catalog rebuild` and `prove` only. A hold is mirrored after its
transaction, by whoever placed it, else by the next command that writes into the lake.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from archive_jobs.database import Connection
from archive_jobs.failpoints import fail_at
from archive_jobs.lake.store import Store, damaged
from definitions_to_dbt.errors import ProblemError

_PLACED = "hold_id, schema_name, table_name, kind, lo, hi, subject_digest, reason, placed_at, placed_by"
_RELEASED = "hold_id, released_at, released_by"
_FACTS = {"placed": _PLACED, "released": _RELEASED}
_INSERT = f"""
insert into archive_catalog.holds ({_PLACED}, placed_mirrored_at)
select {_PLACED}, now() from jsonb_populate_record(null::archive_catalog.holds, %s::jsonb) on conflict do nothing
"""
_RELEASE = """
update archive_catalog.holds as h set released_at = r.released_at, released_by = r.released_by,
    released_mirrored_at = now()
from jsonb_populate_record(null::archive_catalog.holds, %s::jsonb) as r where h.hold_id = r.hold_id
"""


def mirror_holds(connection: Connection, store: Store, schema: str) -> int:
    """Write what the lake was not told yet, and note that it was; how many facts. Raises OSError where it cannot."""
    told = 0
    for fact, path, text in _facts(connection, schema, "is null"):
        try:
            store.put(path, text.encode())
        except FileExistsError:
            # Whoever wrote it died before it was noted.
            if store.read(path) != text.encode():
                raise damaged(store.url(path), "not the hold that the catalogue knows") from None
        store.sync()
        fail_at("hold.mirrored.after")
        connection.execute(
            f"update archive_catalog.holds set {fact}_mirrored_at = now() where hold_id = %s".encode(),
            (json.loads(text)["hold_id"],),
        )
        told += 1
    return told


def hold_faults(connection: Connection, store: Store, schema: str) -> Iterator[str]:
    """Holds that the lake was told of and does not hold any more as they were told."""
    for _, path, text in _facts(connection, schema, "is not null"):
        try:
            if store.read(path) != text.encode():
                yield f"{store.url(path)}: it is not the hold that the catalogue knows"
        except FileNotFoundError:
            yield f"{store.url(path)}: a hold that was mirrored is gone"


def read_holds(store: Store, schema: str) -> list[tuple[str, dict[str, Any]]]:
    """What the lake says of holds, placed ones first. Raises ProblemError where something cannot be read."""
    found: list[tuple[str, dict[str, Any]]] = []
    for path in store.names(_folder(schema)):
        hold_id, _, rest = path.rpartition("/")[2].partition(".")
        fact = rest.removesuffix(".json")
        try:
            said = json.loads(store.read(path))
            if fact not in _FACTS or said["hold_id"] != hold_id or said.get("schema_name", schema) != schema:
                raise ValueError("it is of another hold")
        except (ValueError, KeyError, TypeError) as error:
            raise ProblemError(
                f"{store.url(path)} cannot be read as a legal hold: {error}",
                hint="Nothing was changed. Put the file back as it was; a hold that is not known does not bind.",
            ) from error
        found.append((fact, said))
    unknown = {said["hold_id"] for fact, said in found if fact == "released"} - {
        said["hold_id"] for fact, said in found if fact == "placed"
    }
    if unknown:
        raise ProblemError(
            f"{store.url(_folder(schema))} lacks the holds {', '.join(sorted(unknown))}, which were released",
            hint="Nothing was changed. Put the files back: others may be missing too.",
        )
    return sorted(found, key=lambda one: one[0])


def bring_back(
    connection: Connection, told: list[tuple[str, dict[str, Any]]], renamed: Mapping[tuple[str, str | None], str]
) -> None:
    """Place and release again what the lake says. `renamed` has today's names of tables, by former name and kind."""
    for fact, said in told:
        if fact == "placed":
            name = renamed.get((said["table_name"], said["kind"]), said["table_name"])
            connection.execute(_INSERT, (json.dumps(said | {"table_name": name}),))
        else:
            connection.execute(_RELEASE, (json.dumps(said),))


def _facts(connection: Connection, schema: str, is_mirrored: str) -> Iterator[tuple[str, str, str]]:
    for fact, columns in _FACTS.items():
        query = (
            f"select {columns} from archive_catalog.holds where schema_name = %s and {fact}_at is not null"
            f" and {fact}_mirrored_at {is_mirrored} order by placed_at"
        )
        names = columns.split(", ")
        for row in connection.execute(query.encode(), (schema,)).fetchall():
            said = dict(zip(names, row, strict=True))
            text = json.dumps(said, indent=1, default=_text, ensure_ascii=False) + "\n"
            yield fact, f"{_folder(schema)}/{said['hold_id']}.{fact}.json", text


def _text(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _folder(schema: str) -> str:
    return f"{schema}/_holds"
