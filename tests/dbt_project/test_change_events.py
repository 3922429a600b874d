"""Changes told in four shapes, landed in three batches: what stands in Layer 2 and what became of each record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
import pytest
from change_library import (
    CHANGE_LIBRARY, CLOSED, customer, envelope, in_base64, sale, stock, ticket, wrapped,
)  # fmt: skip
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.selftest.interpret import interpret
from definitions_to_dbt.selftest.outcomes import Arrived, Ledger
from change_stories import REASONS, STORIES, Told


SHOWN_PLAIN = {
    "customers": ("name", "level"), "stocks": ("pieces",), "sales": ("sold_at", "amount"), "tickets": ("title", "told_by"),
}  # fmt: skip
SHOWN = {
    "customers": "name, level, _deleted",
    "stocks": "pieces, _deleted",
    "sales": "(sold_at at time zone 'UTC')::date::text, amount::text, _deleted",
    "tickets": "title, told_by, _deleted",
}


class Built(NamedTuple):
    """The platform after all batches, and the records of each story."""

    platform: Platform
    landed: dict[str, list[int]]


@pytest.fixture(scope="module")
def built(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """All stories side by side, three batches."""
    folder = tmp_path_factory.mktemp("changes")
    project = Project.of(folder, CHANGE_LIBRARY)
    landed: dict[str, list[int]] = {name: [] for name in STORIES}
    with fresh_database(server, folder), psycopg.connect(autocommit=True) as connection:
        platform = Platform(project, connection).prepare()
        for batch in range(3):
            for name, story in STORIES.items():
                for record in story.batches[batch] if batch < len(story.batches) else ():
                    landed[name].append(_land(platform, story.table, record))
            ended = project.dbt("build" if batch == 2 else "run")
            assert ended.statuses, ended.warnings
            assert not {name: said for name, said in ended.failed.items() if "reject_rate" not in name}
        yield Built(platform, landed)


def _land(platform: Platform, table: str, record: Any) -> int:
    if not isinstance(record, Told):
        return platform.land(table, record)[0]
    insert = f"insert into {SCHEMA}.source_{table} (raw_id, raw_data) values (%s, %s) returning raw_seq"
    return int(platform.value(insert, record.raw_id, record.payload))


@pytest.mark.parametrize("name", STORIES)
def test_what_stands_and_what_became_of_each_record(built: Built, name: str) -> None:
    story, landed = STORIES[name], built.landed[name]

    outcomes = built.platform.outcomes(story.table)
    rows = built.platform.rows(f"select {SHOWN[story.table]} from {SCHEMA}.{story.table} where _raw_seq = any(%s)", landed)

    assert " ".join(str(outcomes[raw_seq][0]) for raw_seq in landed) == story.outcomes
    assert rows == ([story.row] if story.row else [])


@pytest.mark.parametrize("name", STORIES)
def test_the_self_tests_own_reading_of_changes_says_the_same(name: str) -> None:
    """These stories are labelled by hand: what the self-test expects of other objects is held by them."""
    story = STORIES[name]
    definition = next(d for d in CHANGE_LIBRARY if d["table_schema"]["table_name"] == story.table)
    ledger, seq = Ledger(ObjectModel.model_validate_json(json.dumps(definition))), 0
    for batch in story.batches:
        arrived = []
        for record in batch:
            seq += 1
            told = record if isinstance(record, Told) else Told("", record)
            text = told.payload if isinstance(told.payload, str) else json.dumps(told.payload)
            arrived.append(Arrived(seq, interpret(ledger.model, text, told.raw_id or None), datetime.now(UTC)))
        ledger.take_in(arrived)

    assert " ".join(ledger.outcomes[number][0] for number in range(1, seq + 1)) == story.outcomes
    rows = [row for row in ledger.rows.values() if not row.is_mark]
    assert [row.is_delete for row in rows] == ([story.row[-1]] if story.row else [])
    shown = [name for name in SHOWN_PLAIN[story.table] if rows]
    assert [_plain(rows[0].values[name]) for name in shown] == list(story.row[:-1] if story.row else [])
    if name in REASONS:
        assert [record.verdict.reasons for record in arrived] == [(REASONS[name].partition(": ")[0],)]


def _plain(value: Any) -> Any:
    return str(value.date()) if isinstance(value, datetime) else str(value) if isinstance(value, Decimal) else value


def test_every_rejected_change_says_why(built: Built) -> None:
    found = {
        name: built.platform.reasons(story.table)[built.landed[name][0]]
        for name, story in STORIES.items()
        if story.row is None
    }

    assert found == {name: [reason] for name, reason in REASONS.items()}


def test_a_delete_sets_deleted_at_to_its_own_time(built: Built) -> None:
    raw_seqs = built.landed["a delete keeps what was last known"]
    of_customers = f"select deleted_at::text from {SCHEMA}.customers where _raw_seq = any(%s)"
    of_sales = f"select distinct deleted_at::text from {SCHEMA}.sales where _deleted"

    assert built.platform.rows(of_customers, raw_seqs) == [("2024-01-01 00:00:01+00",)]
    assert built.platform.rows(of_sales) == [("2024-03-09 01:00:00",)]  # in Europe/Berlin


def test_readers_see_no_deleted_row_and_what_came_back_without_its_mark(built: Built) -> None:
    hidden = f"select count(*) from {SCHEMA}.customers_read as r inner join {SCHEMA}.customers as w using (customer_id)"
    back = f"select deleted_at from {SCHEMA}.customers_read where name = 'N'"

    assert built.platform.value(f"{hidden} where w._deleted") == 0
    assert built.platform.rows(back) == [(None,), (None,)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a delete keeps what was last known", [("A", None, False), ("B", 2, False), ("B", 2, True)]),
        ("in one batch too", [("A", None, False), ("B", 2, False), ("B", 2, True)]),
        ("a tombstone behind its delete says nothing new", [("A", None, False), ("A", None, True)]),
        ("a tombstone in the next batch neither", [("A", None, False), ("A", None, True)]),
        ("a tombstone alone deletes", [("A", None, False), ("A", None, True)]),
        # Told late, it is what the delete deleted.
        ("a late update does not resurrect", [("A", None, False), ("B", None, False), ("B", None, True)]),
        ("an insert after the delete is a row again", [("A", None, False), ("A", None, True), ("N", None, False)]),
    ],
)
def test_the_history_of_an_entity_gets_a_closing_version(
    built: Built, name: str, expected: list[tuple[Any, ...]]
) -> None:
    query = (
        f"select name, level, _deleted, valid_to is null, is_current from {SCHEMA}.customers_versions"
        " where _raw_seq = any(%s) order by _source_order, _raw_seq"
    )

    found = built.platform.rows(query, built.landed[name])

    assert [row[:3] for row in found] == expected
    assert [row[3:] for row in found] == [(False, False)] * (len(found) - 1) + [(True, True)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a delete keeps what was last known", [
            ("insert", None, None), ("update", {"name": "A", "level": None}, {"name": "B", "level": 2}), ("delete", "B", None),
        ]),
        ("a tombstone behind its delete says nothing new", [("insert", None, None), ("delete", "A", None)]),
        ("an insert after the delete is a row again", [
            ("insert", None, None), ("delete", "A", None), ("insert", None, None),
        ]),
        ("the same change again is a duplicate", [("insert", None, None)]),
        ("a delete of what nobody told of", [("delete", None, None)]),
    ],
)  # fmt: skip
def test_changes_say_what_was_done_from_what_to_what_and_in_which_transaction(
    built: Built, name: str, expected: list[tuple[Any, ...]]
) -> None:
    query = f"""select operation, old_values, new_values, version, correlation_id, deleted_at is not null
        from {SCHEMA}.customers_changes where customer_id = (
            select customer_id from {SCHEMA}.customers_versions where _raw_seq = any(%s) limit 1) order by version"""

    found = built.platform.rows(query, built.landed[name])

    assert [row[0] for row in found] == [operation for operation, _, _ in expected]
    assert [row[3:] for row in found] == [(n, "553", op == "delete") for n, (op, _, _) in enumerate(expected, 1)]
    for (operation, old, new, *_), (_, was, became) in zip(found, expected, strict=True):
        if operation == "update":
            assert ({k: old[k] for k in was}, {k: new[k] for k in became}) == (was, became)
        elif operation == "delete":
            assert (old and old["name"], new) == (was, None)
        else:
            assert (old, new["name"] is not None) == (None, True)
