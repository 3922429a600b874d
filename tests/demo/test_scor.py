"""SCOR measurements of the shop, and the committed SCOR lists."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import load_library
from demo import scor

DEFINITIONS = Path(__file__).parents[2] / "definitions"
LAYER_2 = """
create schema analytics_service;
set search_path = analytics_service;
create table stores (store_id int, store_name text, updated_at timestamptz, _deleted boolean default false);
create table supplies (supply_id text, sku text, cost int, _deleted boolean default false);
create table orders (
    order_id int, store_id int, ordered_at timestamptz, status text, fulfilled_at timestamptz,
    subtotal int, tax_paid int, order_total int, _deleted boolean default false
);
create table order_items (order_id int, sku text, ordered_at timestamptz, _deleted boolean default false);
insert into stores values (1, 'San Francisco', '2024-01-01 00:00+00');
insert into supplies values ('SUP-001', 'JAF-001', 150), ('SUP-002', 'JAF-001', 50);
insert into orders values
    (1, 1, '2024-05-01 08:00+00', 'fulfilled', '2024-05-01 08:05+00', 1000, 60, 1060),
    (2, 1, '2024-05-01 23:50+00', 'fulfilled', '2024-05-02 00:10+00', 1000, 60, 1060),
    (3, 1, '2024-05-01 09:00+00', 'refunded', '2024-05-01 09:05+00', 1000, 60, 1060),
    (4, 1, '2024-05-01 10:00+00', 'cancelled', null, 0, 0, 0),
    (5, 1, '2024-05-02 10:00+00', 'cancelled', null, 0, 0, 0);
insert into order_items (order_id, sku, ordered_at)
select order_id, 'JAF-001', ordered_at from orders where order_id < 4;
"""


@pytest.fixture
def layer_2(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    connection.execute(LAYER_2)
    return connection


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def listed(table: str) -> list[dict[str, Any]]:
    return list(json.loads((Path(scor.__file__).parent / "scor_reference" / f"{table}.json").read_bytes()))


def test_a_days_measurements_follow_the_formulas_of_the_catalogue(
    layer_2: psycopg.Connection[Any], tmp_path: Path
) -> None:
    path = tmp_path / "scor_metrics.ndjson"

    written = scor.write_measurements(layer_2, path, date(2024, 5, 1), date(2024, 5, 1))

    measured = {record["metric_id"]: record["value"] for record in records(path)}
    assert written == len(measured) == 10
    assert {record["process_id"] for record in records(path)} == {"F1.SAN_FRANCISCO"}
    assert {record["timestamp"] for record in records(path)} == {"2024-05-01T00:00:00Z"}
    assert measured == {
        "SCOR.RL.1.1": 25.0,
        "SCOR.RL.2.1": 75.0,
        "SCOR.RL.2.2": 50.0,
        "SCOR.RL.2.3": 100.0,
        "SCOR.RS.1.1": 10.0,
        "SCOR.CO.1.1": 83.0,  # (600 + 1060) / 2000
        "SCOR.CO.2.3": 30.0,
        "SCOR.CO.2.4": 53.0,
        "SCOR.F1.REVENUE_PER_ORDER": 1000.0,
        "SCOR.R1.RETURN_RATE": pytest.approx(33.333333),
    }


def test_what_cannot_be_worked_out_is_not_written(layer_2: psycopg.Connection[Any], tmp_path: Path) -> None:
    path = tmp_path / "scor_metrics.ndjson"

    scor.write_measurements(layer_2, path, date(2024, 5, 2), date(2024, 5, 2))

    assert {record["metric_id"] for record in records(path)} == {f"SCOR.RL.{n}" for n in ("1.1", "2.1", "2.2", "2.3")}


def test_days_without_orders_are_refused_by_name(layer_2: psycopg.Connection[Any], tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="from 2023-01-01 to 2023-01-31, found none"):
        scor.write_measurements(layer_2, tmp_path / "none.ndjson", date(2023, 1, 1), date(2023, 1, 31))

    assert not (tmp_path / "none.ndjson").exists()


def test_each_store_becomes_a_process_of_level_4(layer_2: psycopg.Connection[Any], tmp_path: Path) -> None:
    path = tmp_path / "scor_processes.ndjson"

    assert scor.write_store_processes(layer_2, path) == 1

    (process,) = records(path)
    columns = load_library(DEFINITIONS).object("scor_processes").columns
    assert process.keys() == {column.name for column in columns}
    assert (process["process_id"], process["parent_process_id"]) == ("F1.SAN_FRANCISCO", "F1")


def test_the_lists_fit_their_definitions_and_each_other() -> None:
    library = load_library(DEFINITIONS)
    rows = {file.table_name: listed(file.table_name) for file in scor.reference_files()}
    for table, records_of_table in rows.items():
        key_of_table = library.object(table).primary_key
        keys = {tuple(record[name] for name in key_of_table) for record in records_of_table}
        assert len(keys) == len(records_of_table), table
        for column in library.object(table).columns:
            values = {record[column.name] for record in records_of_table} - {None}
            if column.foreign_key:
                parent, key = column.foreign_key.split(".")
                assert values <= {record[key] for record in rows[parent]}, (table, column.name)
        assert all(record.keys() == {c.name for c in library.object(table).columns} for record in records_of_table)


def test_every_metric_that_is_measured_or_steered_by_is_in_the_catalogue() -> None:
    known = {record["metric_id"] for record in listed("scor_metric_catalog")}
    measured = set(re.findall(r"SCOR\.[A-Z0-9_.]+", scor._MEASUREMENTS))
    kpis = [kpi for kpi in load_library(DEFINITIONS).kpis if kpi.formula.object == "SCOR_METRIC"]
    steered_by = {name for kpi in kpis for name in re.findall(r"'(.+)'", kpi.formula.numerator.filter or "")}

    assert steered_by <= measured <= known
