"""A shop with people in it, erased by the command, and ways to look for what is left of them."""

from __future__ import annotations

import json
from typing import Any

import duckdb
from people_shop import sell
from small_shop import SCHEMA, Shop

PLANTED = "Adelheid Quassnitz"
OLD, NEW = "2024-01-01 10:00+00", "now()"


def erase(shop: Shop, *words: str, subject: str = PLANTED) -> tuple[int, Any]:
    status, found, problem = shop.invoke(
        "erase", "--object", "SALE", "--subject", subject, "--definitions", str(shop.definitions), "--json", *words
    )
    return status, json.loads(found) if found else problem


def everything_written(shop: Shop) -> bytes:
    """Every byte of the lake, the key store and the catalogue, and of the hot tables with their statistics."""
    found = b"".join(p.read_bytes() for p in shop.lake.parent.rglob("*") if p.is_file())
    tables = shop.execute(
        "select format('%%I.%%I', n.nspname, relname) from pg_class c join pg_namespace n on n.oid = relnamespace"
        " where n.nspname in (%s, 'archive_catalog') and relkind in ('r', 'p')",
        SCHEMA,
    ).fetchall()
    for (table,) in tables:
        found += str(shop.execute(f"select t::text from {table} t").fetchall()).encode()
    return (
        found
        + str(shop.execute("select most_common_vals::text, histogram_bounds::text from pg_stats").fetchall()).encode()
    )


def left(shop: Shop) -> dict[str, list[str]]:
    """Whose records can be read, hot and cold."""
    names = {}
    for type, column in (("analytics", "note"), ("source", "raw_data")):
        status, found, problem = shop.invoke(
            "retrieve", "sales", "--type", type, "--format", "json", "--columns", column,
            "--definitions", str(shop.definitions),
        )  # fmt: skip
        assert status == 0, problem
        texts = [str(json.loads(line)[column]) for line in found.splitlines()]
        names[type] = sorted(name for name in (PLANTED, "Bo", "Cy") for text in texts if f"secret of {name}" in text)
    return names


def notes(shop: Shop) -> set[str]:
    """The notes of all sales, hot and cold, by plain means."""
    files = [str(shop.lake / path) for (path,) in shop.execute(
        "select path from archive_catalog.readable_files where kind = 'analytics'")]  # fmt: skip
    with duckdb.connect() as reader:
        cold = reader.execute("select note from read_parquet(?)", [files]).fetchall() if files else []
    return {note for (note,) in [*cold, *shop.execute(f"select note from {SCHEMA}.sales")]}


def fill(shop: Shop) -> None:
    """Rows hot and cold, sealed and in the clear, of three people."""
    sell(shop, PLANTED, "Bo", None, at=OLD)
    sell(shop, PLANTED, first=4, at="2024-01-02 10:00+00")
    shop.run()
    sell(shop, PLANTED, "Cy", first=5, at="2026-11-20 10:00+00", processed=True)
    shop.execute(f"insert into {SCHEMA}.rejected_sales (_raw_seq, raw_id, reasons) values (1, %s, '{{}}')", PLANTED)
    shop.execute(
        f"insert into {SCHEMA}.people (name, city, _raw_seq, _source_order) values (%s, 'Jena', 1, 1)", PLANTED
    )
    shop.execute(f"analyze {SCHEMA}.sales")


def restore(shop: Shop, type: str) -> tuple[int, str, str]:
    return shop.invoke("restore", "sales", "--type", type, "--yes", "--definitions", str(shop.definitions))
