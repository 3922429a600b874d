"""A thousand lines of cloud bills of three providers in the form of FOCUS, through the library's own definition."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from flow import Flow, flow_of
from library_part import library_of
from platform_under_test import SCHEMA

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

LINES = f"{SCHEMA}.focus_cost_line"


@pytest.fixture(scope="module")
def sample(shared_data: Path) -> Path:
    return shared_data / "focus_billing" / "focus_sample.csv"


@pytest.fixture(scope="module")
def lines(sample: Path) -> list[dict[str, str]]:
    with sample.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def bill(server: EmbeddedPostgres, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    folder = tmp_path_factory.mktemp("focus")
    with flow_of(server, library_of(folder / "definitions", ["focus_cost_line"]), folder) as flow:
        flow.land("FOCUS_COST_LINE", sample)
        built = flow.build()
        assert built.success, built.failed
        yield flow


def test_every_line_is_loaded(bill: Flow, lines: list[dict[str, str]]) -> None:
    counts = bill.counts("focus_cost_line")

    assert (counts["loaded"], sum(counts.values())) == (len(lines), len(lines))


def test_costs_add_up_to_the_last_of_their_eleven_places(bill: Flow, lines: list[dict[str, str]]) -> None:
    columns = {"billed_cost": "BilledCost", "effective_cost": "EffectiveCost", "list_cost": "ListCost"}

    (found,) = bill.rows(f"select {', '.join(f'sum({column})' for column in columns)} from {LINES}")

    assert found == tuple(sum(Decimal(line[name]) for line in lines) for name in columns.values())


def test_the_word_null_is_no_value(bill: Flow, lines: list[dict[str, str]]) -> None:
    (found,) = bill.rows(
        "select count(contracted_cost), count(resource_id), count(tags_text), count(commitment_discount_status),"
        f" count(*) filter (where 'NULL' in (resource_id, tags_text, availability_zone)) from {LINES}"
    )

    names = ("ContractedCost", "ResourceId", "Tags", "CommitmentDiscountStatus")
    assert found == (*(sum(line[name] not in ("NULL", "") for line in lines) for name in names), 0)


def test_what_is_out_of_place_is_flagged_and_kept(bill: Flow, lines: list[dict[str, str]]) -> None:
    issues = Counter(issue.partition(":")[0] for (issue,) in bill.rows(
        f"select unnest(_quality_issues) from {LINES}"))  # fmt: skip

    assert issues.pop("tenant_id") == len(lines)  # landed by hand, of no tenant
    # One exporter writes a price where the zone should stand; another spells Usage-based in its own way.
    assert issues == {
        "availability_zone": sum(line["AvailabilityZone"][:1].isdigit() for line in lines),
        "charge_frequency": sum(line["ChargeFrequency"] == "Usage-based" for line in lines),
    }
