"""Versions of entities: SCD2 by the source's own order."""

from __future__ import annotations

from platform_under_test import SCHEMA, Platform


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
