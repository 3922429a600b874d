"""The analysts' worked queries over three years of orders, most of them archived: each answer against plain Python."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from analysed_orders import (
    ANALYSES,
    ANNA,
    AS_OF,
    FIRST,
    LATER,
    SENT,
    TABLES,
    Answers,
    uuid,
)
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from flow import flow_of
from library_part import LIBRARY, library_of
from platform_under_test import SCHEMA
from typer.testing import CliRunner

from archive_jobs.cli import app
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.library import load_library
from landing import load_file


@pytest.fixture(scope="module")
def answers(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    folder = tmp_path_factory.mktemp("analyses")
    definitions = library_of(folder / "definitions", TABLES)
    for path in (definitions / "object_models").glob("order*.json"):
        # Files by year, so that a unit is a month of orders instead of a day.
        path.write_text(path.read_text().replace('"partition_by": "day"', '"partition_by": "year"'))
    with flow_of(server, definitions, folder) as flow:
        shutil.copytree(ANALYSES, flow.project.folder / "analyses")
        library, now = load_library(definitions), datetime.now(UTC)
        for batch, records, age in [*((name, FIRST[name], 40) for name in TABLES), ("orders", LATER, 0)]:
            path = folder / f"{batch}_{age}.ndjson"
            broken = ['{"id": "cut o'] if batch == "orders" and age else []
            path.write_text("\n".join([*map(json.dumps, records), *broken]) + "\n")
            if not age:  # later is after the archive
                assert flow.project.dbt("run").success
                flow.archive("--as-of", AS_OF)
            model = next(one for one in library.objects if one.table_name == batch)
            load_file(flow.connection, model, path, ingested_at=now - timedelta(days=age))
        assert flow.project.dbt("run").success
        # Somebody wrote into Layer 2 by hand.
        flow.execute(f"update {SCHEMA}.orders set order_total = 651 where order_id = '{uuid('0', 11)}'")
        assert flow.project.dbt("run", target="duckdb").success
        yield Answers(flow)


def newest(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last state of each order that was accepted, in plain Python."""
    accepted = [one for one in records if isinstance(one["order_total"], int)]
    return list({one["id"]: one for one in sorted(accepted, key=lambda one: str(one["updated_at"]))}.values())


def by_month(records: list[dict[str, Any]]) -> dict[date, int]:
    totals: Counter[date] = Counter()
    for one in newest(records):
        if one["status"] != "cancelled":
            totals[date.fromisoformat(str(one["ordered_at"])[:10]).replace(day=1)] += one["order_total"]
    return dict(totals)


NOW = newest([*SENT, *LATER])
# By hand: what the update in Layer 2 added.
NOW_BY_MONTH = by_month([*SENT, *LATER]) | {date(2024, 12, 1): 620 + 651}


def test_the_trend_has_a_row_for_each_month_and_a_year_behind_it(answers: Answers) -> None:
    rows = {row["sales_month"]: row for row in answers.of("sales_trend")}

    months = sorted(rows)
    assert (months[0], months[-1], len(months)) == (date(2022, 1, 1), date(2024, 12, 1), 36)
    assert {month: row["sales_cents"] for month, row in rows.items() if row["order_count"]} == NOW_BY_MONTH
    assert [rows[month]["year_to_month_cents"] for month in months[:11]] == [None] * 11
    for place in range(11, 36):
        expected = sum(NOW_BY_MONTH.get(month, 0) for month in months[place - 11 : place + 1])
        assert rows[months[place]]["year_to_month_cents"] == expected


def test_a_month_is_held_against_the_same_month_a_year_before(answers: Answers) -> None:
    rows = answers.of("sales_year_on_year")

    before = {month: NOW_BY_MONTH.get(month.replace(year=month.year - 1)) for month in NOW_BY_MONTH}
    assert [(row["sales_month"], row["year_before_cents"]) for row in rows] == sorted(
        (month, cents) for month, cents in before.items() if cents is not None
    )
    assert rows[0]["growth_percent"] == round(100 * (1111 + 900 - 3000) / 3000, 1)


def test_a_record_is_shown_byte_for_byte_as_it_was_received(answers: Answers) -> None:
    rows = answers.of("record_as_received")

    sent = [json.dumps(one) for one in [*SENT, *LATER] if one["id"] == uuid("0", 10)]
    assert [row["raw_data"] for row in rows] == sent
    assert [row["raw_sha256"] for row in rows] == [hashlib.sha256(text.encode()).hexdigest() for text in sent]
    assert [Path(row["source_file"]).name for row in rows] == ["orders_40.ndjson", *["orders_0.ndjson"] * 2]


def test_the_life_of_an_order_is_told_state_by_state(answers: Answers) -> None:
    rows = answers.of("life_of_an_order")

    assert [(row["status"], row["cents_more_than_before"], row["held_for"]) for row in rows] == [
        ("placed", None, timedelta(hours=12)), ("fulfilled", 0, timedelta(days=1)), ("fulfilled", 20, None),
    ]  # fmt: skip


def test_what_was_known_a_week_ago_is_told_from_what_had_been_received(answers: Answers) -> None:
    rows = {row["sales_month"]: row for row in answers.of("sales_as_known_on")}

    assert {month: row["cents_known_then"] for month, row in rows.items() if row["cents_known_then"]} == by_month(SENT)
    assert {month: row["cents_known_now"] for month, row in rows.items() if row["cents_known_now"]} == NOW_BY_MONTH
    assert rows[date(2022, 2, 1)]["cents_learnt_since"] == 5


def test_corrections_of_archived_orders_are_told_and_the_others_not(answers: Answers) -> None:
    rows = answers.of("late_corrections")

    # The order of February moved to January: it is told where it was archived.
    assert [tuple(row.values()) for row in rows] == [(date(2023, 1, 1), 1, 1100, 1111), (date(2024, 2, 1), 1, 400, 450)]


def test_source_and_analytics_differ_where_a_record_was_rejected_or_a_row_touched(answers: Answers) -> None:
    rows = answers.of("source_against_analytics")

    assert [(row["order_id"], row["difference"], row["received_total"], row["analytics_total"]) for row in rows] == [
        (uuid("0", 11), "not the same", "650", 651), (uuid("0", 12), "received, not in history", "a lot", None),
    ]  # fmt: skip


def test_a_customer_is_joined_under_the_name_of_that_day(answers: Answers) -> None:
    rows = answers.of("customer_names_at_order")

    before = [one for one in NOW if one["customer"] == ANNA and str(one["ordered_at"]) < "2023-01-15"]
    assert [(str(row["order_id"]), row["name_then"], row["name_now"]) for row in rows] == [
        (one["id"], "Anna Alt", "Anna Neu") for one in sorted(before, key=lambda one: str(one["ordered_at"]))
    ]


def test_sales_are_reckoned_at_the_price_of_the_day_and_at_todays(answers: Answers) -> None:
    assert [tuple(row.values()) for row in answers.of("sales_at_todays_prices")] == [
        # The drink had no known price in January 2022; JAF-999 never had one.
        (2022, 2, 1, 1000, 1500), (2024, 3, 1, 1000 + 1500, 1500 + 1500),
    ]  # fmt: skip


def test_customers_are_followed_from_their_first_quarter(answers: Answers) -> None:
    quarters = defaultdict(set)
    for one in NOW:
        if one["status"] != "cancelled":
            year, month = map(int, str(one["ordered_at"]).split("-")[:2])
            quarters[one["customer"]].add(year * 4 + (month - 1) // 3)
    expected = Counter((min(seen), quarter - min(seen)) for seen in quarters.values() for quarter in seen)

    rows = answers.of("customer_cohorts")

    found = {
        (row["first_quarter"].year * 4 + (row["first_quarter"].month - 1) // 3, row["quarters_since"]): row
        for row in rows
    }
    assert {key: row["customer_count"] for key, row in found.items()} == expected
    for (first, since), row in found.items():
        assert row["percent_of_cohort"] == round(100 * expected[first, since] / expected[first, 0], 1)


def test_a_store_that_sold_nothing_for_a_week_is_seen(answers: Answers) -> None:
    days = sorted({date.fromisoformat(str(one["ordered_at"])[:10]) for one in NOW})
    expected = {(one, other, (other - one).days - 1) for one, other in pairwise(days)}

    found = [tuple(row.values())[1:] for row in answers.of("days_without_sales")]

    assert set(found) == {gap for gap in expected if gap[2] >= 7}
    assert len(found) == len(set(found))


def test_each_month_says_where_its_rows_stand(answers: Answers) -> None:
    rows = {row["sales_month"]: tuple(row.values())[1:] for row in answers.of("where_rows_stand")}

    assert rows[date(2022, 1, 1)] == (0, 2, 2)
    assert rows[date(2022, 2, 1)] == (1, 1, 2)  # a late one
    assert rows[date(2023, 1, 1)] == (1, 2, 2)  # a correction
    assert rows[date(2024, 12, 1)] == (2, 0, 2)


def test_the_archived_ranges_are_those_of_the_files(answers: Answers) -> None:
    rows = {(row["table_name"], row["kind"]): row for row in answers.of("archived_ranges")}

    orders = rows["orders", "analytics"]
    assert (orders["first_day"], orders["last_day"], orders["file_count"]) == (date(2022, 1, 1), date(2024, 2, 29), 6)
    assert orders["row_count"] == 9
    assert rows["orders", "source"]["row_count"] == len(SENT) + 1
    assert orders["all_verified_since"] is None


def test_a_query_over_raw_records_that_is_behind_the_archive_is_an_error(answers: Answers) -> None:
    moved = "update archive_catalog.table_guards set last_commit_seq = last_commit_seq {} 1 where kind = 'source'"
    answers.flow.execute(moved.format("+"))
    try:
        with pytest.raises(duckdb.Error, match="the archive of source_orders has moved on; compile the query again"):
            answers.of("record_as_received")
    finally:
        answers.flow.execute(moved.format("-"))


def test_a_query_compiled_before_anything_was_archived_is_an_error_once_something_is(answers: Answers) -> None:
    """Its hot half leaves out what the archive has marked since, and it has no other."""
    with pytest.raises(duckdb.Error, match="the archive of source_stores has moved on; compile the query again"):
        answers.engine.execute(answers.before).fetchall()


def test_a_view_over_the_archive_can_be_shown(answers: Answers) -> None:
    assert (answers.shown.success, answers.shown.warnings) == (True, [])


def test_every_analysis_is_asked_for_its_answer_above() -> None:
    asked = Path(__file__).read_text(encoding="utf-8")

    assert [path.stem for path in ANALYSES.glob("*.sql") if f'of("{path.stem}")' not in asked] == []


def notebook(lake: Path, answers: Answers) -> list[Any]:
    """What the cells of the notebook give, run one after the other over this file."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.chdir(LIBRARY.parent)
        # Of one file a process has one DuckDB, in which PostgreSQL may be attached already.
        patch.setenv("LAKE_DB", str(shutil.copy(lake, folder)))
        patch.setenv("COMPILED", str(answers.flow.project.target_path / "duckdb"))
        cells = json.loads((LIBRARY.parent / "docs/recipes/history.ipynb").read_text())["cells"]
        names: dict[str, Any] = {}
        shown = []
        for cell in cells:
            if cell["cell_type"] == "code":
                # What a cell shows is its last expression.
                body = ast.parse("".join(cell["source"])).body
                last = body.pop() if isinstance(body[-1], ast.Expr) else None
                exec(compile(ast.Module(body, []), "notebook", "exec"), names)
                if last is not None:
                    shown.append(eval(compile(ast.Expression(last.value), "notebook", "eval"), names))
        names["lake"].close()
        return [frame for frame in shown if hasattr(frame, "to_dict")]


@pytest.fixture(scope="module")
def views(answers: Answers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of views that needs no dbt, under the name that compiled queries have for the one of dbt."""
    target = tmp_path_factory.mktemp("views") / "lake.duckdb"
    ended = CliRunner().invoke(app, ["views", str(target), "--definitions", str(answers.flow.project.definitions)])
    assert ended.exit_code == 0, (ended.output, ended.exception)
    return target


def test_the_notebook_reads_the_models_of_dbt_and_the_file_of_views_alike(answers: Answers, views: Path) -> None:
    by_dbt, by_views = notebook(Path(os.environ["LAKE_DB"]), answers), notebook(views, answers)

    assert [frame.to_dict("records") for frame in by_dbt] == [frame.to_dict("records") for frame in by_views]
    assert int(by_dbt[0]["orders"].sum()) == len([one for one in newest(SENT + LATER) if one["status"] != "cancelled"])


def test_history_that_is_behind_is_an_error_in_dbt_in_plain_duckdb_and_in_a_notebook(
    answers: Answers, views: Path
) -> None:
    """Built, then archived, then asked without building again. Stands last: from here on the views are behind."""
    answers.flow.archive("--as-of", "2025-06-01")
    query = f"select count(*) from {SCHEMA}.history_orders"
    behind = "history_orders is behind the archive|archive_orders is behind the archive"

    # A filter that leaves out every year with a file leaves the guard where it is.
    for asked in (query, f"select 1 from {SCHEMA}.archive_orders where ordered_at < '1990-01-01' limit 1"):
        with pytest.raises(duckdb.Error, match=behind):
            answers.engine.execute(asked).fetchall()
    for lake in (Path(os.environ["LAKE_DB"]), views):
        with pytest.raises(duckdb.Error, match=behind):
            notebook(lake, answers)
    answers.engine.close()
    shown = answers.flow.project.dbt("show", "--inline", query, target="duckdb")
    DuckDBConnectionManager.close_all_connections()

    assert not shown.success
