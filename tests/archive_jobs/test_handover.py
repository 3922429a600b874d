"""A handover is one moment of hot and cold that any engine can read, and an erasure leaves none of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.failpoints import HANDOVER_POINTS
from archive_jobs.handing_over.places import StoredFile, places_of


def hand_over(shop: Shop, *words: str) -> dict[str, Any]:
    status, said, why = shop.invoke("handover", "--json", "--definitions", str(shop.definitions), *words)
    assert status == 0, why
    found: dict[str, Any] = json.loads(said)
    return found


def index(handover: dict[str, Any]) -> list[dict[str, Any]]:
    return pq.read_table(f"{handover['handover']}/index.parquet").to_pylist()


def named(lake: Path, location: str) -> list[Path]:
    """The files that a place names."""
    folder, _, names = location.partition("{")
    return [lake / f"{folder}{name}" for name in names.rstrip("}").split(",")] if names else [lake / location]


def test_every_file_that_counts_is_named_once_with_its_bytes_and_every_hot_row_is_there(shop: Shop) -> None:
    shop.add_sales(days=40)
    shop.run("analytics", objects=("SALE",))
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) select n, now(), n, n"
        " from generate_series(1, 7) n"
    )

    found = hand_over(shop)

    said = {one["table"]: one for one in found["tables"]}
    assert (said["sales"]["hot_rows"], said["sales"]["cold_rows"], said["sales"]["files"]) == (7, 1600, 40)
    assert (said["ticks"]["hot_rows"], said["ticks"]["cold_rows"]) == (0, 0)
    rows = [row for row in index(found) if row["table_name"] == "sales"]
    cold = [file for row in rows if row["half"] == "cold" for file in named(shop.lake, row["location"])]
    counted = shop.execute("select path from archive_catalog.readable_files").fetchall()
    assert sorted(cold) == sorted(shop.lake / path for (path,) in counted)
    (hot,) = (named(shop.lake, row["location"]) for row in rows if row["half"] == "hot")
    assert pq.read_table(hot).num_rows == 7
    guards = [row for row in rows if row["half"] == "guard"]
    assert (guards[0]["location"], guards[0]["files"]) == (f"{SCHEMA}/_commits/sales", 40)
    sizes = sum(file.stat().st_size for file in [*cold, *hot])
    assert (sum(g["files"] for g in guards[1:]), sum(g["bytes"] for g in guards[1:])) == (41, sizes)
    # Two months: one declaration each, however many days.
    assert len([row for row in rows if row["half"] == "cold"]) == 2


def test_places_stay_short_and_tell_shapes_apart() -> None:
    shapes = (("a", "BIGINT"),), (("a", "VARCHAR"),)
    files = [
        StoredFile(
            f"s/analytics/t/part_year=2024/part_month=01/part_day={n % 28:02}/{n:040}.parquet", 1, 10, shapes[n % 2]
        )
        for n in range(200)
    ]

    places = places_of(files)

    assert sorted(file.path for place in places for file in place.files) == sorted(file.path for file in files)
    assert max(len(place.location) for place in places) < 3300
    assert {len({file.columns for file in place.files}) for place in places} == {1}
    assert {len(named(Path(), place.location)) == len(place.files) for place in places} == {True}


def test_two_handovers_are_kept_and_reconcile_takes_neither_for_rubbish(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))

    urls = [hand_over(shop)["handover"] for _ in range(3)]
    found = json.loads(shop.invoke("reconcile", "--json", "--definitions", str(shop.definitions))[1])

    assert [bool(list(Path(url).glob("*.parquet"))) for url in urls] == [False, True, True]
    assert "_handover" not in json.dumps(found)
    assert shop.invoke("verify")[0] == 0


def test_what_happens_while_rows_are_handed_over_is_not_in_it_by_half(shop: Shop) -> None:
    shop.add_sales(days=1, first="2023-01-01")
    shop.run("analytics", objects=("SALE",))
    shop.add_sales(days=2)

    def archive_all() -> None:
        child = Shop(psycopg.connect(autocommit=True), shop.definitions, shop.lake)
        child.run("analytics", objects=("SALE",))

    failpoints.interruptions["handover.seen.after"] = archive_all
    found = hand_over(shop, "--object", "SALE")

    (sales,) = found["tables"]
    assert (sales["hot_rows"], sales["cold_rows"], sales["revision"]) == (80, 40, 1)
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    (sales,) = hand_over(shop, "--object", "SALE")["tables"]
    assert (sales["hot_rows"], sales["cold_rows"], sales["revision"]) == (0, 120, 3)


def test_a_damaged_manifest_is_not_handed_over(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))
    (manifest,) = shop.lake.rglob("_manifests/sales/*.json")
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text().replace("VARCHAR", "BIGINT"))

    status, _, why = shop.invoke("handover", "--definitions", str(shop.definitions))

    assert status == 2
    assert re.search("is damaged: its SHA-256 is not the one committed", why)


def test_killed_anywhere_the_next_handover_is_whole(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.run("analytics", objects=("SALE",))

    for point in HANDOVER_POINTS:
        shop.die_in(point, hand_over)

    assert hand_over(shop, "--object", "SALE")["tables"][0]["cold_rows"] == 40
    assert len([path for path in (shop.lake / SCHEMA / "_handover").iterdir() if any(path.iterdir())]) == 2
