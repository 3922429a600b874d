"""Opportunities, leads, products and file results of a vendor's portal, through the library's own definitions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flow import Flow, flow_of
from library_part import library_of
from platform_under_test import SCHEMA

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

SAMPLES = "*-samples/*.json"
TENANT = "3f2b9a52-6d0e-4c1b-8f57-0b6c1d9e2a10"
NOBODY = "00000000-0000-0000-0000-000000000000"
OPPORTUNITY = "partner_central_opportunity"


class Portal:
    """The sample payloads by table, and the flow they went through."""

    def __init__(self, flow: Flow, data: Path, folder: Path) -> None:
        self.flow = flow
        documents = [json.loads(path.read_text(encoding="utf-8-sig")) for path in sorted(data.glob(SAMPLES))]
        opportunities = [
            json.loads(path.read_text()) for path in sorted(data.rglob("*.json")) if "LifeCycle" in path.read_text()
        ]
        self.sent = {
            # What the connector adds. The leads come as a person landed the files: of no tenant.
            OPPORTUNITY: [{"tenant_id": TENANT, **one} for one in opportunities],
            "partner_central_lead": [one for d in documents for one in (*d.get("leads", []), *d.get("Leads", []))],
            "ace_opportunity": [one for document in documents for one in document.get("opportunities", [])],
            "ace_result": list(results(documents)),
            "aws_product": json.loads((data / "resources" / "aws_products.json").read_text()),
        }
        for table, records in self.sent.items():
            path = folder / f"{table}.ndjson"
            path.write_text("".join(json.dumps(record) + "\n" for record in records))
            flow.land(table.upper(), path)
        self.build = flow.build()
        flow.archive()
        self.lake_build = flow.build("duckdb")


def results(documents: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each result with the file it answers, and its place among the answers of that file."""
    answered = list[str]()
    for document in documents:
        for result in document.get("inboundApiResults", []):
            answered.append(document["fileName"])
            head = {name: document[name] for name in ("fileName", "fileApnProcessedDT")}
            yield {"tenant_id": TENANT, **head, "recordNumber": answered.count(answered[-1]), "result": result}


@pytest.fixture(scope="module")
def portal(server: EmbeddedPostgres, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("partner_central")
    tables = (OPPORTUNITY, "partner_central_lead", "ace_opportunity", "ace_result", "aws_product")
    with flow_of(server, library_of(folder / "definitions", tables), folder) as flow:
        yield Portal(flow, shared_data / "partner_central", folder)


def test_both_builds_pass(portal: Portal) -> None:
    # Whether the answer of 2023 speaks of an opportunity of today is no more than a warning: the samples do not match.
    assert portal.build.success, portal.build.failed
    assert portal.lake_build.success, portal.lake_build.failed


def test_each_sample_ends_as_what_it_is(portal: Portal) -> None:
    counts = {table: portal.flow.counts(table) for table in portal.sent}

    assert {table: sum(counts[table].values()) for table in counts} == {t: len(s) for t, s in portal.sent.items()}
    loaded = {table: {name: count for name, count in counts[table].items() if count} for table in counts}
    assert loaded == {
        OPPORTUNITY: {"loaded": 4, "superseded": 4, "rejected": 6},
        "partner_central_lead": {"loaded": 2},
        "ace_opportunity": {"loaded": 1, "superseded": 1},
        "ace_result": {"loaded": 4},
        "aws_product": {"loaded": len(portal.sent["aws_product"])},
    }


def test_only_what_has_no_id_yet_is_rejected(portal: Portal) -> None:
    requests = [record for record in portal.sent[OPPORTUNITY] if "ClientToken" in record]

    found = portal.flow.rows(f"select reasons from {SCHEMA}.rejected_{OPPORTUNITY}")

    assert found == [(["pc_opportunity_id: missing", "last_modified_at: missing", "id: missing"],)] * len(requests)


def test_nested_values_arrive_under_their_columns(portal: Portal) -> None:
    newest = max(
        (record for record in portal.sent[OPPORTUNITY] if record.get("Identifier") == "O5465588"),
        key=lambda record: record["LastModifiedDate"],
    )

    (row,) = portal.flow.rows(
        "select id, tenant_id::text, pc_stage, lifecycle_stage, outcome, engagement_status, close_date::text, quarter,"
        " customer_company_name, primary_needs, expected_revenue_usd::text, software_revenue_amount::text, payload_json"
        f" from {SCHEMA}.{OPPORTUNITY} where pc_opportunity_id = 'O5465588'"
    )

    assert row == (
        f"{TENANT}:O5465588",
        TENANT,
        newest["LifeCycle"]["Stage"],
        "technical_validation",
        "open",
        "approved",
        newest["LifeCycle"]["TargetCloseDate"],
        "2029-Q4",
        newest["Customer"]["Account"]["CompanyName"],
        newest["PrimaryNeedsFromAws"],
        f"{float(newest['Project']['ExpectedCustomerSpend'][0]['Amount']):.2f}",
        f"{float(newest['SoftwareRevenue']['Value']['Amount']):.2f}",
        newest,
    )


def test_the_pipeline_is_what_the_open_opportunities_bring_a_month(portal: Portal) -> None:
    newest = {record["Identifier"]: record for record in sorted(
        (record for record in portal.sent[OPPORTUNITY] if "Identifier" in record),
        key=lambda record: record["LastModifiedDate"].replace("T", " "),
    )}  # fmt: skip
    amounts = [float(record["Project"]["ExpectedCustomerSpend"][0]["Amount"]) for record in newest.values()]

    found = portal.flow.value(
        f"select sum(expected_revenue_usd) from {SCHEMA}.{OPPORTUNITY}_read where lifecycle_stage <> 'closed'"
    )

    assert float(found) == sum(amounts) == 50_000


def test_lists_of_texts_become_arrays(portal: Portal) -> None:
    last = portal.sent["ace_opportunity"][-1]

    found = portal.flow.rows(
        f"select products, solutions, expected_monthly_revenue::text from {SCHEMA}.ace_opportunity"
    )

    assert found == [(last["awsProducts"], last["solutionOffered"], f"{last['expectedMonthlyAwsRevenue']:.2f}")]


def test_a_lead_shows_a_token_in_place_of_its_address_and_nothing_of_what_is_hidden(portal: Portal) -> None:
    found = portal.flow.rows(
        "select pc_lead_id, tenant_id::text, email, company_name, _quality_issues"
        f" from {SCHEMA}.partner_central_lead_read order by pc_lead_id"
    )

    shown, hidden = found
    assert (shown[0], hidden[0]) == ("L1234567", "LXXXXXX")
    assert shown[2].startswith("tok_")
    assert hidden[2:4] == (None, None)
    assert all(NOBODY in str(row[4]) and row[1] == NOBODY for row in found)
    columns = portal.flow.rows(
        "select column_name from information_schema.columns"
        f" where table_schema = '{SCHEMA}' and table_name = 'partner_central_lead_read'"
    )
    assert ("payload_json",) not in columns


def test_results_of_2023_are_read_back_from_the_archive(portal: Portal) -> None:
    found = portal.flow.history(
        "select record_kind, apn_crm_id, pc_lead_id, is_success, errors is null from {{ ref('history_ace_result') }}"
    )

    assert portal.flow.value(f"select count(*) from {SCHEMA}.ace_result") == 0
    sent = [(record["fileName"].split("-")[0], record["result"]) for record in portal.sent["ace_result"]]
    ids = [(kind, result["apnCrmUniqueIdentifier"], result) for kind, result in sent]
    expected = [(kind, pc_id, pc_id if kind == "lead" else None, result["isSuccess"], result["errors"] is None)
                for kind, pc_id, result in ids]  # fmt: skip
    assert sorted(found, key=str) == sorted(expected, key=str)
