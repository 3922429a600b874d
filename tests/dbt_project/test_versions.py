"""Versions of entities: SCD2 by the source's own order."""

from __future__ import annotations

import copy
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform
from running import Project
from small_library import CUSTOMER


def land(platform: Platform, *name_and_day: tuple[str, int]) -> None:
    platform.land(
        "customers",
        *(
            {"customer_id": "c1", "name": name, "updated_at": f"2024-03-{day:02}T00:00:00Z"}
            for name, day in name_and_day
        ),
    )


def run(platform: Platform) -> None:
    assert platform.project.dbt("run", "--select", "+customers").success


def versions(platform: Platform) -> list[tuple[str, int, int | None, bool]]:
    query = (
        f"select name, extract(day from valid_from)::int, extract(day from valid_to)::int, is_current"
        f" from {SCHEMA}.customers_versions order by valid_from, _raw_seq"
    )
    return platform.rows(query)


def test_each_version_holds_from_the_sources_time_to_the_next_ones(platform: Platform) -> None:
    land(platform, ("A", 1), ("B", 5))

    run(platform)

    assert versions(platform) == [("A", 1, 5, False), ("B", 5, None, True)]


def test_a_late_version_takes_its_place_in_between(platform: Platform) -> None:
    land(platform, ("A", 1), ("C", 9))
    run(platform)
    land(platform, ("B", 5))

    run(platform)

    assert versions(platform) == [("A", 1, 5, False), ("B", 5, 9, False), ("C", 9, None, True)]
    assert platform.rows(f"select name from {SCHEMA}.customers") == [("C",)]


def test_a_newer_version_ends_the_current_one(platform: Platform) -> None:
    land(platform, ("A", 1))
    run(platform)
    land(platform, ("B", 5))

    run(platform)

    assert versions(platform) == [("A", 1, 5, False), ("B", 5, None, True)]


def test_where_a_rejected_record_stands_no_version_is_made(platform: Platform) -> None:
    land(platform, ("A", 1))
    platform.land("customers", {"customer_id": "c1", "updated_at": "2024-03-02T00:00:00Z"})

    run(platform)

    assert versions(platform) == [("A", 1, None, True)]


def test_versions_built_in_one_batch_or_in_three_are_the_same(platform: Platform) -> None:
    land(platform, ("A", 1), ("C", 9), ("B", 5))
    run(platform)
    at_once = versions(platform)
    for table in ("customers", "customers_versions", "source_customers"):
        platform.execute(f"truncate {SCHEMA}.{table}")
    for version in (("A", 1), ("C", 9), ("B", 5)):
        land(platform, version)
        run(platform)

    assert versions(platform) == at_once


def test_no_two_versions_hold_at_once_where_the_order_is_a_number_and_one_arrives_late(
    tmp_path_factory: pytest.TempPathFactory, connection: psycopg.Connection[Any]
) -> None:
    numbered = copy.deepcopy(CUSTOMER)
    numbered["source"] = {"order": "level"}
    platform = Platform(Project.of(tmp_path_factory.mktemp("numbered"), [numbered]), connection).prepare()
    for level in (5, 7, 6):
        updated = {"customer_id": "c1", "name": f"v{level}", "updated_at": "2024-03-01T00:00:00Z", "level": level}
        platform.land("customers", updated)
        run(platform)

    held = platform.rows(
        f"select one.level, other.level from {SCHEMA}.customers_versions as one"
        f" inner join {SCHEMA}.customers_versions as other on one.level < other.level"
        " where tstzrange(one.valid_from, one.valid_to) && tstzrange(other.valid_from, other.valid_to)"
    )
    current = platform.rows(f"select level from {SCHEMA}.customers_versions where is_current")

    assert held == []
    assert current == [(7,)]
