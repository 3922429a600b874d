"""Which of several records of one business key stands in Layer 2, and what is said of the others."""

from __future__ import annotations

from typing import Any

from platform_under_test import SCHEMA, Platform


def customer(name: str, updated_at: str, key: str = "c1", **more: Any) -> dict[str, Any]:
    return {"customer_id": key, "name": name, "updated_at": updated_at, **more}


def order(version: int, ordered_at: str = "2024-03-01T10:00:00Z", key: int = 1, **more: Any) -> dict[str, Any]:
    return {"order_id": key, "ordered_at": ordered_at, "version": version, "amount": "10.00", "status": "open", **more}


def run(platform: Platform, table: str) -> None:
    ended = platform.project.dbt("run", "--select", f"+{table}_read")
    assert ended.success, ended.failed


def names(platform: Platform) -> list[str]:
    return [name for (name,) in platform.rows(f"select name from {SCHEMA}.customers order by customer_id")]


def test_within_a_batch_the_highest_order_is_loaded_however_the_records_arrive(platform: Platform) -> None:
    newest, older, oldest = platform.land(
        "customers",
        customer("new", "2024-03-03T00:00:00Z"),
        customer("old", "2024-03-02T00:00:00Z"),
        customer("oldest", "2024-03-01T00:00:00Z"),
    )

    run(platform, "customers")

    assert names(platform) == ["new"]
    assert platform.outcomes("customers") == {
        newest: ("loaded", None),
        older: ("superseded", newest),
        oldest: ("superseded", newest),
    }


def test_an_older_record_of_a_later_batch_never_overwrites_a_newer_one(platform: Platform) -> None:
    (newer,) = platform.land("customers", customer("new", "2024-03-03T00:00:00Z"))
    run(platform, "customers")
    (late,) = platform.land("customers", customer("old", "2024-03-01T00:00:00Z"))

    run(platform, "customers")

    assert names(platform) == ["new"]
    assert platform.outcomes("customers")[late] == ("superseded", newer)


def test_the_same_again_is_a_duplicate_of_the_row_that_stands(platform: Platform) -> None:
    (first,) = platform.land("customers", customer("A", "2024-03-03T00:00:00Z"))
    run(platform, "customers")
    before = platform.rows(f"select t::text from {SCHEMA}.customers t")
    (again,) = platform.land("customers", customer("A", "2024-03-03T01:00:00+01:00", unknown="field"))

    run(platform, "customers")

    assert platform.outcomes("customers")[again] == ("duplicate", first)
    assert platform.rows(f"select t::text from {SCHEMA}.customers t") == before


def test_of_twins_in_one_batch_one_is_loaded_and_the_other_its_duplicate(platform: Platform) -> None:
    first, second = platform.land("orders", order(1), order(1))

    run(platform, "orders")

    assert platform.outcomes("orders") == {first: ("duplicate", second), second: ("loaded", None)}


def test_without_an_order_field_the_last_to_arrive_counts(platform: Platform) -> None:
    platform.land("countries", {"code": "DE", "name": "Germany"}, {"code": "DE", "name": "Deutschland"})
    run(platform, "countries")
    platform.land("countries", {"code": "DE", "name": "Allemagne"})
    run(platform, "countries")
    platform.land("countries", {"code": "DE", "name": "Allemagne"})

    run(platform, "countries")

    assert platform.rows(f"select code, name, _raw_seq from {SCHEMA}.countries") == [("DE", "Allemagne", 3)]
    assert platform.outcomes("countries") == {
        1: ("superseded", 2),
        2: ("loaded", None),
        3: ("loaded", None),
        4: ("duplicate", 3),
    }


def test_the_same_content_with_a_newer_order_is_loaded_as_newer(platform: Platform) -> None:
    platform.land("orders", order(1))
    run(platform, "orders")
    platform.land("orders", order(3))
    run(platform, "orders")
    (between,) = platform.land("orders", order(2))

    run(platform, "orders")

    assert platform.rows(f"select version from {SCHEMA}.orders") == [(3,)]
    assert platform.outcomes("orders")[between] == ("superseded", 2)


def test_an_event_that_moves_in_time_leaves_a_mark_at_its_old_place(platform: Platform) -> None:
    platform.land("orders", order(1, "2024-03-01T10:00:00Z"))
    run(platform, "orders")
    platform.land("orders", order(2, "2024-03-05T10:00:00Z"))

    run(platform, "orders")

    query = f"select ordered_at::date::text, _deleted, _raw_seq from {SCHEMA}.orders order by 1"
    assert platform.rows(query) == [("2024-03-01", True, 2), ("2024-03-05", False, 2)]
    assert platform.rows(f"select ordered_at::date::text from {SCHEMA}.orders_read") == [("2024-03-05",)]
    assert platform.outcomes("orders")[2] == ("loaded", None)


def test_an_event_that_moves_back_stands_at_its_first_place_again(platform: Platform) -> None:
    for version, day in ((1, "01"), (2, "05"), (3, "01")):
        platform.land("orders", order(version, f"2024-03-{day}T10:00:00Z"))
        run(platform, "orders")

    query = f"select ordered_at::date::text, _deleted, version from {SCHEMA}.orders order by 1"
    assert platform.rows(query) == [("2024-03-01", False, 3), ("2024-03-05", True, 2)]


def test_a_stale_record_at_another_time_brings_no_second_row(platform: Platform) -> None:
    platform.land("orders", order(2, "2024-03-05T10:00:00Z"))
    run(platform, "orders")
    platform.land("orders", order(1, "2024-03-01T10:00:00Z"))

    run(platform, "orders")

    assert platform.rows(f"select version, _deleted from {SCHEMA}.orders") == [(2, False)]
    assert platform.outcomes("orders")[2] == ("superseded", 1)


def test_a_table_without_a_key_keeps_every_record(platform: Platform) -> None:
    tick = {"at_time": "2024-03-01T10:00:00Z", "reading": 1.5}
    platform.land("ticks", tick, tick, tick)
    run(platform, "ticks")
    platform.land("ticks", tick, {**tick, "reading": None}, {**tick, "at_time": None})

    run(platform, "ticks")

    assert platform.rows(f"select reading, count(*) from {SCHEMA}.ticks group by 1 order by 1") == [(1.5, 4), (None, 1)]
    assert platform.counts("ticks") == {"loaded": 5, "rejected": 1}


def test_rejected_records_say_why(platform: Platform) -> None:
    payloads = [
        order(1, status="lost"),
        order(1, amount="-1"),
        order(1, amount="1.005", ordered_at="yesterday"),
        {"order_id": 1},
        [1, 2],
        "17",
        "null",
    ]
    landed = platform.land("orders", *payloads)
    platform.execute(f"insert into {SCHEMA}.source_orders (raw_bytes) values ('\\xff')")

    run(platform, "orders")

    reasons = platform.reasons("orders")
    assert [reasons[raw_seq] for raw_seq in landed] == [
        ["status: expected one of open, paid"],
        ["amount: expected at least 0"],
        ["ordered_at: not timestamptz", "amount: not numeric(10,2)"],
        ["ordered_at: missing", "version: missing"],
        ["payload: not a JSON object"],
        ["payload: not a JSON object"],
        ["payload: not a JSON object"],
    ]
    assert reasons[landed[-1] + 1] == ["payload: not readable as JSON"]
    assert platform.counts("orders") == {"rejected": 8}


def test_a_warning_keeps_the_record_and_names_the_issue(platform: Platform) -> None:
    platform.land("orders", order(1, amount="2000"))

    run(platform, "orders")

    query = f"select amount::text, _quality_issues, _quality_score::text from {SCHEMA}.orders_read"
    assert platform.rows(query) == [("2000.00", ["amount: expected at most 1000"], "0.67")]


def test_a_batch_of_nothing_but_rejects_loads_nothing_and_closes(platform: Platform) -> None:
    platform.land("customers", "{}", '{"customer_id": "c1"}')

    run(platform, "customers")

    assert platform.counts("customers") == {"rejected": 2}
    assert platform.rows(f"select state, claimed, rejected from {SCHEMA}.transform_batches") == [("closed", 2, 2)]


def test_an_event_that_comes_back_to_the_place_it_left_is_loaded_and_no_duplicate_of_its_mark(
    platform: Platform,
) -> None:
    platform.land("orders", order(1, "2024-03-01T10:00:00Z"))
    run(platform, "orders")
    platform.land("orders", order(2, "2024-02-01T10:00:00Z"))
    run(platform, "orders")
    # What the archiver leaves once the row at the new place has aged: the mark at the old one.
    platform.connection.execute(f"delete from {SCHEMA}.orders where not _deleted")

    (back,) = platform.land("orders", order(2, "2024-03-01T10:00:00Z"))
    run(platform, "orders")

    assert platform.outcomes("orders")[back] == ("loaded", None)
    assert platform.rows(f"select _deleted from {SCHEMA}.orders") == [(False,)]
