"""What must be true after any fault, found out by other means than the archiver's own.

Hot rows come through psycopg, cold ones through pyarrow, the catalogue through SQL of this file, the chain through
`_commits` alone. None of the archiver's modules is imported.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq

Row = tuple[Any, ...]

# Every step a row of the catalogue may take, from the protocol. None is its beginning.
LEGAL_ATTEMPTS = {
    (None, "planned"), ("planned", "prepared"), ("prepared", "active"),
    ("active", "superseded"), ("active", "restored"), ("active", "purging"), ("purging", "purged"),
    ("superseded", "purging"), ("restored", "purging"),
    ("planned", "abandoned"), ("prepared", "abandoned"), ("abandoned", "sweeping"), ("sweeping", "swept"),
}  # fmt: skip
LEGAL_UNITS = {
    (None, "open"), ("open", "active"), ("active", "superseded"), ("active", "restored"), ("active", "purging"),
    ("superseded", "purging"), ("restored", "purging"), ("purging", "purged"),
}  # fmt: skip

WATCH_STATES = """
create schema if not exists watched;
create table if not exists watched.steps (what text, was text, became text);
create or replace function watched.note() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into watched.steps values (tg_table_name, null, new.state);
    elsif old.state is distinct from new.state then
        insert into watched.steps values (tg_table_name, old.state, new.state);
    end if;
    return null;
end $$;
create or replace trigger watched after insert or update on archive_catalog.attempts
    for each row execute function watched.note();
create or replace trigger watched after insert or update on archive_catalog.units
    for each row execute function watched.note();
"""


@dataclass(frozen=True)
class Watched:
    """One table whose rows the oracle knows. `hot` says which of its rows count where they stand."""

    schema: str
    table_name: str
    kind: str
    relation: str
    columns: tuple[str, ...]
    hot: str = "true"
    is_copied: bool = False  # cold rows stay hot as well


@dataclass
class Findings:
    """Everything that is not as it must be."""

    lost: int = 0
    doubled: int = 0
    foreign: int = 0
    damaged: list[str] = field(default_factory=list)
    chain: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    orphan_bytes: int = 0
    staged: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def faults(self) -> list[str]:
        """One line per fault; none when all is well."""
        counted = [(self.lost, "rows lost"), (self.doubled, "rows doubled"), (self.foreign, "rows never written")]
        lines = [f"{count} {what}" for count, what in counted if count]
        return (
            lines + self.damaged + self.chain + self.states + [f"orphan: {name}" for name in self.orphans + self.staged]
        )


def plain(value: Any) -> Any:
    """A value that compares the same whichever library gave it."""
    if isinstance(value, list):
        return tuple(plain(one) for one in value)
    if isinstance(value, Decimal):
        return value.normalize()
    return bytes(value) if isinstance(value, memoryview) else value


def selected(watched: Watched) -> str:
    """The watched columns as psycopg shall fetch them: json as the text it is."""
    return ", ".join(f'"{name}"::text' if name == "raw_data" else f'"{name}"' for name in watched.columns)


def hot_rows(connection: psycopg.Connection[Any], watched: Watched) -> Counter[Row]:
    """The rows that count in PostgreSQL."""
    query = f"select {selected(watched)} from {watched.schema}.{watched.relation} where {watched.hot}"
    return Counter(tuple(plain(value) for value in row) for row in connection.execute(query.encode()))


def cold_rows(file: Path, watched: Watched) -> Counter[Row]:
    """The rows of one file, by pyarrow."""
    table = pq.ParquetFile(file, pre_buffer=False).read(columns=list(watched.columns))
    return Counter(
        tuple(plain(value) for value in row)
        for row in zip(*(table.column(name).to_pylist() for name in watched.columns), strict=True)
    )


_ACTIVE = """
select f.path, f.sha256, f.byte_count, f.row_count, a.manifest_path, a.manifest_sha256, u.row_count
from archive_catalog.files f
join archive_catalog.attempts a on a.attempt_id = f.attempt_id
join archive_catalog.units u on u.active_attempt = a.attempt_id and u.state = 'active'
where (u.schema_name, u.table_name, u.kind) = (%s, %s, %s)
"""


def examine(
    connection: psycopg.Connection[Any], lake: Path, watched: Watched, ledger: Counter[Row], *, settled: bool = True
) -> Findings:
    """Compare hot + cold with the ledger, and files, chain and states with each other.

    `settled` is for after a reconcile: nothing may be left over. Before one only the rows and files must be right.
    """
    found, started = Findings(), time.monotonic()
    hot, cold = hot_rows(connection, watched), Counter[Row]()
    exists = connection.execute("select to_regclass('archive_catalog.files')").fetchone() != (None,)
    key = (watched.schema, watched.table_name, watched.kind)
    active = connection.execute(_ACTIVE, key).fetchall() if exists else []
    for path, sha256, size, rows, manifest, manifest_sha256, _ in active:
        cold += _file(found, lake, watched, (path, sha256, size, rows), (manifest, manifest_sha256))
    # A copy stands for nothing while its rows are hot: they are the truth, and the next run copies what has changed.
    together = hot if watched.is_copied else hot + cold
    found.lost = sum((ledger - together).values())
    surplus = together - ledger
    found.doubled = sum(count for row, count in surplus.items() if row in ledger)
    found.foreign = sum(count for row, count in surplus.items() if row not in ledger)
    if watched.is_copied and settled:
        found.doubled += sum((cold - ledger).values())
    if exists:
        found.states += _illegal_steps(connection)
        found.states += _contradictions(connection, key)
    if exists and settled:
        found.chain += _chain_faults(connection, lake, watched)
        found.states += _unfinished(connection, key)
        for name in _left_over(connection, lake, watched):
            found.orphans.append(name)
            found.orphan_bytes += (lake / name).stat().st_size if (lake / name).is_file() else 0
        # A probe of the disk is one byte and made before a run has a number: it goes when it is an hour old.
        found.staged = [
            str(path.relative_to(lake))
            for path in (lake / ".staging").rglob("*")
            if path.is_file() and not path.name.startswith("probe-")
        ]
    found.seconds = time.monotonic() - started
    return found


def _file(
    found: Findings, lake: Path, watched: Watched, file: tuple[Any, ...], manifest: tuple[str, str]
) -> Counter[Row]:
    path, sha256, size, rows = file
    try:
        content = (lake / path).read_bytes()
        if (len(content), hashlib.sha256(content).hexdigest()) != (size, sha256):
            found.damaged.append(f"{path}: not the bytes the catalogue speaks of")
        said = (lake / manifest[0]).read_bytes()
        if hashlib.sha256(said).hexdigest() != manifest[1]:
            found.damaged.append(f"{manifest[0]}: not the bytes the catalogue speaks of")
        told = {one["path"]: one for one in json.loads(said)["files"]}
        if path not in told or told[path]["sha256"] != sha256:
            found.damaged.append(f"{manifest[0]}: does not tell of {path}")
        cold = cold_rows(lake / path, watched)
    except (OSError, ValueError) as error:
        found.damaged.append(f"{path}: {error}")
        return Counter()
    if sum(cold.values()) != rows:
        found.damaged.append(f"{path}: {rows} rows in the catalogue, {sum(cold.values())} in the file")
    return cold


def _illegal_steps(connection: psycopg.Connection[Any]) -> Iterator[str]:
    if connection.execute("select to_regclass('watched.steps')").fetchone() == (None,):
        return
    for what, was, became in connection.execute("select distinct what, was, became from watched.steps"):
        if (was, became) not in (LEGAL_ATTEMPTS if what == "attempts" else LEGAL_UNITS):
            yield f"{what}: {was} became {became}"


def _contradictions(connection: psycopg.Connection[Any], key: tuple[str, str, str]) -> Iterator[str]:
    rows = connection.execute(
        "select u.unit_id, u.state, a.state, (select count(*) from archive_catalog.attempts o"
        " where o.unit_id = u.unit_id and o.state = 'active'), (select coalesce(sum(f.row_count), 0)"
        " from archive_catalog.files f where f.attempt_id = u.active_attempt), u.row_count"
        " from archive_catalog.units u left join archive_catalog.attempts a on a.attempt_id = u.active_attempt"
        " where (u.schema_name, u.table_name, u.kind) = (%s, %s, %s)",
        key,
    )
    for unit, state, attempt_state, active_attempts, in_files, noted in rows:
        if state == "active" and (attempt_state, active_attempts, in_files) != ("active", 1, noted):
            yield f"unit {unit} is active with {attempt_state}, {active_attempts} active, {in_files}/{noted} rows"
        if state == "open" and active_attempts:
            yield f"unit {unit} is open and has an active attempt"


def _chain_faults(connection: psycopg.Connection[Any], lake: Path, watched: Watched) -> Iterator[str]:
    """Walk the chain in the lake alone, then compare its end and its files with the catalogue."""
    folder = f"source_{watched.table_name}" if watched.kind == "source" else watched.table_name
    key = (watched.schema, watched.table_name, watched.kind)
    previous, counts = None, {}
    records = sorted((lake / watched.schema / "_commits" / folder).glob("*.json"), key=lambda path: int(path.stem))
    for number, path in enumerate(records, start=1):
        content = path.read_bytes()
        record = json.loads(content)
        if int(path.stem) != number or record["previous_sha256"] != previous:
            yield f"{path.name}: the chain in the lake is broken"
        previous = hashlib.sha256(content).hexdigest()
        counts[record["unit"]] = record
    last = connection.execute(
        "select last_commit_seq, last_record_sha256 from archive_catalog.table_guards"
        " where (schema_name, table_name, kind) = (%s, %s, %s)",
        key,
    ).fetchone()
    if (last or (0, None)) != (len(records), previous):
        yield f"the catalogue's last record is {last}, the lake's is {(len(records), previous)}"
    by_lake = {
        one["path"]
        for record in counts.values()
        if record["state"] == "active"
        for one in json.loads((lake / record["manifest"]["path"]).read_bytes())["files"]
    }
    by_catalogue = {row[0] for row in connection.execute(_ACTIVE, key)}
    if by_lake != by_catalogue:
        yield f"lake and catalogue name different files: {sorted(by_lake ^ by_catalogue)}"


def _unfinished(connection: psycopg.Connection[Any], key: tuple[str, str, str]) -> Iterator[str]:
    rows = connection.execute(
        "select a.attempt_id, a.state from archive_catalog.attempts a join archive_catalog.units u using (unit_id)"
        " where (u.schema_name, u.table_name, u.kind) = (%s, %s, %s)"
        " and a.state in ('planned', 'prepared', 'abandoned', 'sweeping')",
        key,
    )
    yield from (f"attempt {attempt} is still {state}" for attempt, state in rows)


def _left_over(connection: psycopg.Connection[Any], lake: Path, watched: Watched) -> Sequence[str]:
    """Objects that no row of the catalogue speaks of."""
    known = {row[0] for row in connection.execute("select path from archive_catalog.files")}
    known |= {row[0] for row in connection.execute("select manifest_path from archive_catalog.attempts")}
    schema = lake / watched.schema
    there = {
        str(path.relative_to(lake))
        for path in schema.rglob("*")
        if path.is_file() and not {"_commits", "_holds"} & set(path.parts) and path.name != "_lake.json"
    }
    return sorted(there - known)
