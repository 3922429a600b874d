"""What every run of dbt leaves in `data_quality_results`: which rules were held against what, and how it went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

# One after the other, the second told last; the fourth says nothing new.
PERSON = [
    {"customer_id": "p", "name": "A", "updated_at": "2024-01-01T00:00:00Z", "email": "old@example.org", "born_on": "1990-01-01"},
    {"customer_id": "p", "name": "B", "updated_at": "2024-01-03T00:00:00Z", "email": "old@example.org", "born_on": "1990-01-02"},
    {"customer_id": "p", "name": "A", "updated_at": "2024-01-02T00:00:00Z", "email": "new@example.org", "born_on": "1990-01-01",
     "correlation_id": "request 7"},
    {"customer_id": "p", "name": "A", "updated_at": "2024-01-02T00:00:00Z", "email": "new@example.org", "born_on": "1990-01-01"},
]  # fmt: skip
COLUMNS = "record_count, failed_count, success_rate, status, sample_failures"


@pytest.fixture(scope="module")
def judged(
    server: EmbeddedPostgres, small_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """A shop with a batch of 10 orders, of which one is below its range, one above and one speaks of nobody."""
    with fresh_database(server, tmp_path_factory.mktemp("judged")), psycopg.connect(autocommit=True) as connection:
        platform = Platform(small_project, connection).prepare()
        platform.land("customers", {"customer_id": "c1", "name": "A", "updated_at": "2024-03-01T00:00:00Z",
                                    "email": "a@example.org"})  # fmt: skip
        platform.land("customers", *PERSON)
        platform.land("orders", *(order(key) for key in range(7)))
        platform.land("orders", order(7, amount=-1), order(8, amount=2000), order(9, customer_id="nobody"))
        assert platform.project.dbt("build").success
        by_hand = f"insert into {SCHEMA}.orders (order_id, ordered_at, version, amount, status, _raw_seq, _source_order)"
        platform.execute(f"{by_hand} values (1000, '2024-04-01', 1, -5, 'open', 1, 1)")
        platform.execute(f"update {SCHEMA}.customers set email = 'two words' where customer_id = 'c1'")
        assert not platform.project.dbt("test").success
        yield platform


def order(key: int, **more: Any) -> dict[str, Any]:
    return {"order_id": key, "ordered_at": "2024-03-01T10:00:00Z", "version": 1, "amount": 1, "status": "open",
            "customer_id": "c1", **more}  # fmt: skip


def results(platform: Platform, rule_id: str, which: str) -> list[Any]:
    query = f"select {COLUMNS} from {SCHEMA}.data_quality_results where rule_id = %s and {which} order by check_id"
    return platform.rows(query, rule_id)


def test_a_rule_that_rejects_is_counted_over_all_records_of_the_batch(judged: Platform) -> None:
    ((records, failed, rate, status, samples),) = results(judged, "orders.amount.range", "batch_id is not null")

    seq = judged.value(f"select _raw_seq from {SCHEMA}.rejected_orders")
    assert (records, failed, float(rate), status, samples) == (10, 1, 0.9, "rejected", [{"_raw_seq": seq}])


def test_a_rule_that_flags_is_counted_over_the_rows_that_were_loaded(judged: Platform) -> None:
    ((records, failed, _, status, samples),) = results(judged, "orders.amount.range.2", "batch_id is not null")

    seq = judged.value(f"select _raw_seq from {SCHEMA}.orders where amount = 2000")
    assert (records, failed, status, samples) == (9, 1, "flagged", [{"_raw_seq": seq}])


def test_every_rule_on_records_has_a_result_for_every_batch(judged: Platform) -> None:
    query = f"""select rule_id from {SCHEMA}.data_quality_rules where checked_on = 'record' and is_active
        and table_name in (select table_name from {SCHEMA}.transform_batches) except
        select rule_id from {SCHEMA}.data_quality_results where batch_id is not null"""

    assert judged.rows(query) == []


def test_a_test_is_counted_over_the_rows_it_looks_at(judged: Platform) -> None:
    found = results(judged, "orders.customer_id.reference", "batch_id is null")

    assert [(records, failed, status) for records, failed, _, status, _ in found] == [(9, 1, "warn"), (10, 1, "warn")]
    assert [sample["customer_id"] for sample in found[0][4]] == ["nobody"]


def test_a_failing_test_of_many_rules_names_the_one_that_is_broken(judged: Platform) -> None:
    ((records, failed, _, status, samples),) = results(judged, "orders.amount.range", "batch_id is null")

    assert (records, failed, status) == (10, 1, "fail")
    assert samples == [{"order_id": "1000", "_raw_seq": 1, "broken_rules": "amount: expected at least 0"}]


def test_no_sample_holds_personal_data(judged: Platform) -> None:
    ((_, failed, _, status, samples),) = results(judged, "customers.email.pattern", "batch_id is null")
    everything = f"select string_agg(r::text, '') from {SCHEMA}.data_quality_results as r"

    assert (failed, status) == (1, "fail")
    assert set(samples[0]) == {"customer_id", "_raw_seq", "broken_rules"}
    assert "two words" not in judged.value(everything)
    assert "two words" not in judged.value(f"select string_agg(profile::text, '') from {SCHEMA}.transform_batches")


def test_results_are_kept_and_each_batch_is_told_once(judged: Platform) -> None:
    once = f"select count(*), count(distinct (batch_id, rule_id)) from {SCHEMA}.data_quality_results where batch_id > 0"
    runs = f"select count(distinct invocation_id) from {SCHEMA}.data_quality_results"

    ((rows, distinct),) = judged.rows(once)
    assert rows == distinct > 0
    assert judged.value(runs) == 2


def test_the_score_falls_where_checks_fail(judged: Platform) -> None:
    query = f"select score, failed_tests, worst_rule_id from {SCHEMA}.data_quality_scores where table_name = %s"

    (built, tested) = judged.rows(f"{query} order by checked_at", "orders")
    ((clean, _, _), _) = judged.rows(f"{query} order by checked_at", "customers")

    assert 0.9 < built[0] < clean <= 1
    assert (built[1], tested[1]) == (0, 1)
    assert tested[2] in ("orders.amount.range", "orders.customer_id.reference")


def test_a_run_that_died_before_its_end_is_told_by_the_next(judged: Platform) -> None:
    judged.execute(f"delete from {SCHEMA}.data_quality_results where batch_id is not null")
    judged.execute(f"update {SCHEMA}.transform_batches set judged_at = null")

    assert judged.project.dbt("run", "--select", "countries_read").success

    assert results(judged, "orders.amount.range", "batch_id is not null")[0][:2] == (10, 1)


def test_a_test_that_could_not_be_asked_leaves_a_row_too(judged: Platform) -> None:
    judged.execute(f"alter table {SCHEMA}.rejected_orders rename to put_away")

    ended = judged.project.dbt("test", "--select", "rejected_orders", "orders")

    judged.execute(f"alter table {SCHEMA}.put_away rename to rejected_orders")
    erred = [name for name, status in ended.statuses.items() if status == "error"]
    found = judged.rows(
        f"select checked_by, record_count, failed_count, success_rate from {SCHEMA}.data_quality_results"
        " where status = 'error' order by checked_by"
    )
    assert found == [(name, None, None, None) for name in sorted(erred)] != []
    assert results(judged, "orders.reasons", "status = 'error'") == [(None, None, None, "error", [])]


def test_changes_of_an_entity_stand_in_the_sources_own_order_and_hide_personal_data(judged: Platform) -> None:
    query = f"""select version, operation, changed_columns, old_values, new_values, correlation_id, changed_at::date::text
        from {SCHEMA}.customers_changes where customer_id = 'p' order by version"""

    first, second, third = judged.rows(query)

    assert [row[:2] for row in (first, second, third)] == [(1, "insert"), (2, "update"), (3, "update")]
    assert second[2] == ["updated_at", "email"] and third[2] == ["name", "updated_at", "email", "born_on"]
    assert second[3]["email"] != second[4]["email"] and second[4]["email"].startswith("tok_")
    assert (third[3]["name"], third[4]["name"]) == ("A", "B") and "born_on" not in third[4]
    assert (first[5], second[5], second[6]) == (None, "request 7", "2024-01-02")
    assert "example.org" not in str((first, second, third))
