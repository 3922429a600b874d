"""Cells that are not what they were after each tool's copy, over the values that the tests of types use.

Each type has a table of its own with a row for each value. What a tool wrote is read back as text by that tool
(peer_tools), and PostgreSQL casts the text to the type: the same value, another one, or none. A cell is unchanged where
PostgreSQL writes it as before, or where only zeros at the end of a numeric differ. The archiver's cells go through
`run` and `restore`, every type a column of one table.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from small_shop import SCHEMA, Shop
from typed_shop import all_edges, changed_cells, fill, server_reads_xml, shop_of

from benchmarks import archive_peers
from definitions_to_dbt.types import parse_type

if TYPE_CHECKING:
    from benchmarks.archive_peers import Peer

CELLS = "cells"
OUTCOMES = ("unchanged", "another value", "no value of the type", "refused by an error", "error on reading")
HEADING = f"\n| tool | cells | {' | '.join(OUTCOMES)} |\n|---|---|{'---|' * len(OUTCOMES)}"
_SHORT = 60


def compare(pythons: dict[Peer, Path], folder: Path) -> Iterator[str]:
    """Lines of the table, then the types that each tool changed without a word."""
    with psycopg.connect(autocommit=True) as connection:
        edges = all_edges(server_reads_xml(connection))
        shop = shop_of(connection, folder / "types", [written for written, _ in edges])
        tables = make_tables(connection, edges)
        # Nothing is timed here, so the tools work side by side.
        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda peer: answers_of(peer, pythons[peer], tables, folder), pythons))
        yield HEADING
        silent: dict[str, Counter[str]] = {}
        for peer, said in zip(pythons, answers, strict=True):
            found = outcomes(connection, peer, said, tables)
            yield from lines(peer.name, found)
            silent[peer.name] = Counter(kind for kind, outcome in found if outcome in OUTCOMES[1:3])
        yield from lines("archived and restored", through_archive(shop, edges))
    for name, changed in silent.items():
        said_of = ", ".join(f"`{kind}` {count}" for kind, count in changed.items() if not kind.endswith("[]"))
        yield f"\n{name}, single values changed without an error: {said_of or 'none'}."


def lines(name: str, found: list[tuple[str, str]]) -> Iterator[str]:
    """Two lines of the table: arrays stand apart, for most tools know them of one dimension alone."""
    for what in ("single values", "arrays"):
        counts = Counter(outcome for kind, outcome in found if kind.endswith("[]") == (what == "arrays"))
        yield f"| {name} | {what} | {' | '.join(str(counts[outcome]) for outcome in OUTCOMES)} |"


def make_tables(connection: psycopg.Connection[Any], edges: list[tuple[str, list[str]]]) -> list[dict[str, Any]]:
    """A table for each type with its values, numbered from one."""
    connection.execute(f"create schema {CELLS}".encode())
    made = []
    for place, (written, literals) in enumerate(edges):
        table, kind = f"t{place}", parse_type(written).sql
        connection.execute(f"create table {CELLS}.{table} (id integer primary key, v {kind})".encode())
        for number, literal in enumerate(literals, start=1):
            connection.execute(f"insert into {CELLS}.{table} values ({number}, cast({literal} as {kind}))".encode())
        made.append({"table": table, "type": kind, "written": written, "ids": list(range(1, len(literals) + 1))})
    return made


def answers_of(
    peer: Peer, python: Path, tables: list[dict[str, Any]], folder: Path
) -> dict[str, dict[str, list[str | None]]]:
    """What the tool says of each cell of each table. A table over which its process dies has no cells."""
    target = folder / "cells" / peer.tool
    target.mkdir(parents=True)
    answers: dict[str, dict[str, list[str | None]]] = {table["table"]: {} for table in tables}
    left = tables
    while left:
        done = archive_peers.start(python, "cells", peer, CELLS, str(target), input=json.dumps(left))
        said = [json.loads(one) for one in done.stdout.splitlines() if one.startswith("{")]
        answers |= {one["table"]: one["cells"] for one in said if "table" in one}
        begun = {one["begun"] for one in said if "begun" in one}
        if not begun:
            raise SystemExit(f"{peer.name}: {done.stderr[-500:]}")
        left = [table for table in left if table["table"] not in begun]
    return answers


def outcomes(
    connection: psycopg.Connection[Any], peer: Peer, answers: dict[str, dict[str, list[str | None]]],
    tables: list[dict[str, Any]],
) -> list[tuple[str, str]]:  # fmt: skip
    """What became of each cell, with its type. Those that are not unchanged go to stderr."""
    found = []
    for table in tables:
        for number in table["ids"]:
            step, text = answers[table["table"]].get(str(number), ["text" if answers[table["table"]] else "copy", None])
            outcome = {"copy": OUTCOMES[3], "read": OUTCOMES[4]}.get(str(step)) or judged(
                connection, table, number, text
            )
            found.append((table["written"], outcome))
            if outcome != OUTCOMES[0]:
                query = f"select v::text from {CELLS}.{table['table']} where id = {number}"
                was = str((connection.execute(query.encode()).fetchone() or [""])[0])
                became = f"{was[:_SHORT]!r} -> {(text or 'NULL')[:_SHORT]!r}"
                print(f"{peer.tool} {table['type']}: {became} ({outcome})", file=sys.stderr)
    return found


def judged(connection: psycopg.Connection[Any], table: dict[str, Any], number: int, text: str | None) -> str:
    """What PostgreSQL makes of a text where the value was."""
    kind = table["type"]
    same = f"row(v)::text = row(cast(%s as {kind}))::text"
    if kind.startswith("numeric"):
        same += f" or v = cast(%s as {kind})"
    query = f"select coalesce({same}, false) from {CELLS}.{table['table']} where id = {number}"
    try:
        row = connection.execute(query.encode(), [text] * query.count("%s")).fetchone()
    except psycopg.Error:
        return OUTCOMES[2]
    return OUTCOMES[0] if row and row[0] else OUTCOMES[1]


def through_archive(shop: Shop, edges: list[tuple[str, list[str]]]) -> list[tuple[str, str]]:
    """The same cells through a run of the archiver, which takes them away, and a restore."""
    fill(shop, edges)
    shop.execute(f"create table {SCHEMA}.before as table {SCHEMA}.types")
    kinds = [kind for kind, literals in edges for _ in literals]
    shop.run("analytics")
    if shop.value(f"select count(*) from {SCHEMA}.types"):
        return [(kind, OUTCOMES[3]) for kind in kinds]
    words = ("restore", "types", "--start", "2024-01-01", "--end", "2024-01-02", "--yes")
    status, said, message = shop.invoke(*words, "--definitions", str(shop.definitions))
    if status:
        raise SystemExit(f"restore: {said}{message}")
    changed = {number for number, _ in changed_cells(shop, [f"c{place}" for place in range(len(edges))])}
    return [(kind, OUTCOMES[number in changed]) for number, kind in enumerate(kinds, start=1)]
