"""The committed library: large enough to be of use, and nothing in it for show."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from definitions_to_dbt.library import Library, load_library
from definitions_to_dbt.names import derived_names

REPOSITORY = Path(__file__).parents[2]
# Columns that users' own queries name: table -> column -> PostgreSQL type. An enum is text with a list of words.
FIXED_COLUMNS = {
    "orders": {
        "order_id": "uuid", "customer_id": "uuid", "status": "text", "total_amount": "numeric(10,2)",
        "currency": "varchar(3)", "created_at": "timestamptz", "created_by": "text", "updated_at": "timestamptz",
        "updated_by": "text", "version": "integer", "deleted_at": "timestamptz", "deleted_by": "text",
    },
    "scor_metrics": {
        "metric_id": "text", "process_id": "text", "value": "numeric(18,6)", "timestamp": "timestamptz",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(REPOSITORY / "definitions")


def test_there_are_at_least_88_objects_in_eight_modules(library: Library) -> None:
    modules = Counter(model.module for model in library.objects)

    assert sum(modules.values()) >= 88
    assert len(modules) >= 8
    assert set(modules) == {module.code for module in library.modules}


def test_every_object_has_an_example_whose_rows_name_every_column(library: Library) -> None:
    """JSON and arrays apart, which repeat a part of the payload."""
    for model in library.objects:
        assert model.examples, model.code
        shown = {name for example in model.examples for name in example.row}
        plain = {column.name for column in model.columns if column.pg_type.family not in ("json", "array")}
        assert plain <= shown, model.code


def test_every_object_is_read_by_a_kpi_a_mart_or_another_object(library: Library) -> None:
    read = {kpi.formula.object for kpi in library.kpis} | _named_by_others(library) | _named_by_marts(library)

    assert {model.code for model in library.objects} - read == set()


def _named_by_others(library: Library) -> set[str]:
    """Objects that another one relates to, or points at by a foreign key."""
    codes = {model.table_name: model.code for model in library.objects}
    found: set[str] = set()
    for model in library.objects:
        named = {link.target_entity for link in model.table_schema.relationships}
        named |= {codes[column.foreign_key.partition(".")[0]] for column in model.columns if column.foreign_key}
        found |= named - {model.code}
    return found


def _named_by_marts(library: Library) -> set[str]:
    """Objects of which a model that people wrote reads any form."""
    marts = "\n".join(path.read_text() for path in (REPOSITORY / "dbt_project/models/marts").rglob("*.sql"))
    named = set(re.findall(r"ref\('(\w+)'\)", marts))
    return {model.code for model in library.objects if named & set(derived_names(model))}


def test_everything_is_described(library: Library) -> None:
    for model in library.objects:
        assert len(model.description.split()) >= 8, model.code
        for column in model.columns:
            assert column.description.strip(), (model.code, column.name)
        assert model.owner, model.code
    for kind in (library.modules, library.kpis, library.industries, library.value_chains, library.clients):
        assert all(part.description.strip() for part in kind)


def test_no_description_stands_twice_for_two_objects(library: Library) -> None:
    counts = Counter(model.description for model in library.objects)

    assert [text for text, count in counts.items() if count > 1] == []


def test_no_two_objects_take_one_name(library: Library) -> None:
    counts = Counter(name for model in library.objects for name in derived_names(model))

    assert [name for name, count in counts.items() if count > 1] == []


def test_every_object_can_refuse_a_record(library: Library) -> None:
    """A definition whose rules accept anything says nothing of what it is about."""
    for model in library.objects:
        rules = [rule for column in model.columns for rule in column.quality]
        assert rules or any(column.foreign_key for column in model.columns), model.code
        assert model.primary_key, model.code


def test_what_happens_names_its_time_and_how_long_it_stays(library: Library) -> None:
    for model in library.objects:
        if model.kind == "event":
            assert model.time_column, model.code
            assert model.ages, model.code


def test_finance_keeps_its_records_for_ten_years(library: Library) -> None:
    for model in library.of_module("FINANCE"):
        policies = [model.archive.source] + ([model.archive.analytics] if model.archive.analytics else [])
        for policy in policies:
            assert policy.legal_minimum, model.code
            assert policy.legal_minimum.text == "10 years", model.code


@pytest.mark.parametrize("table", FIXED_COLUMNS)
def test_columns_that_users_know_are_there_by_their_names(library: Library, table: str) -> None:
    found = {column.name: column.pg_type for column in library.object(table).columns}

    for name, expected in FIXED_COLUMNS[table].items():
        assert name in found, name
        assert found[name].sql == expected or (expected == "text" and found[name].family == "text"), name


def test_every_benchmark_says_where_it_comes_from(library: Library) -> None:
    for benchmark in library.benchmarks:
        assert benchmark.source.startswith(("Illustrative", "http")), benchmark.code


def test_columns_that_mean_the_same_share_an_attribute(library: Library) -> None:
    """A tenant's id is one everywhere; a currency is, unless its object takes a wrong one with a warning."""
    columns = [(model, column) for model in library.objects for column in model.columns if column.expression is None]
    tenants = [c for _, c in columns if c.name == "tenant_id"]
    currencies = [c for _, c in columns if c.name == "currency" and c.pg_type.length == 3]

    assert tenants and all(column.attribute == "TENANT_ID" for column in tenants)
    assert sum(column.attribute == "CURRENCY_CODE" for column in currencies) >= len(currencies) - 3
