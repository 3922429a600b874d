"""Opportunities, leads and results of a vendor's portal: nested payloads, lists, ids that are missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flow import Flow, flow_of
from platform_under_test import SCHEMA

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

DEFINITIONS = Path(__file__).parent / "partner_central" / "definitions"
SAMPLES = "*-samples/*.json"


class Portal:
    """The sample payloads by object, and the flow they went through."""

    def __init__(self, flow: Flow, data: Path, folder: Path) -> None:
        self.flow = flow
        documents = [json.loads(path.read_text(encoding="utf-8-sig")) for path in sorted(data.glob(SAMPLES))]
        payloads = [
            json.loads(path.read_text()) for path in sorted(data.rglob("*.json")) if "LifeCycle" in path.read_text()
        ]
        self.sent = {
            "partner_central_opportunity": payloads,
            "ace_opportunities": [one for document in documents for one in document.get("opportunities", [])],
            "partner_central_lead": [one for d in documents for one in (*d.get("leads", []), *d.get("Leads", []))],
            "ace_results": list(results(documents)),
        }
        for table, records in self.sent.items():
            path = folder / f"{table}.ndjson"
            path.write_text("".join(json.dumps(record) + "\n" for record in records))
            code = table.removesuffix("s") if table.startswith("ace") else table
            flow.land({"ace_opportunitie": "ACE_OPPORTUNITY"}.get(code, code.upper()), path)
        self.build = flow.build()
        flow.archive()
        self.lake_build = flow.build("duckdb")


def results(documents: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each result with the file it speaks of."""
    for document in documents:
        for result in document.get("inboundApiResults", []):
            file = {"name": document["fileName"], "processed_at": document["fileApnProcessedDT"]}
            yield {"file": file, "result": result}


@pytest.fixture(scope="module")
def portal(server: EmbeddedPostgres, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("partner_central")
    with flow_of(server, DEFINITIONS, folder) as flow:
        yield Portal(flow, shared_data / "partner_central", folder)


def test_both_builds_pass(portal: Portal) -> None:
    assert portal.build.success, portal.build.failed
    assert portal.lake_build.failed == {}


def test_opportunities_without_an_id_are_rejected_and_the_newest_of_each_id_stands(portal: Portal) -> None:
    sent = portal.sent["partner_central_opportunity"]
    known = {record["Identifier"] for record in sent if record.get("Identifier")}

    counts = portal.flow.counts("partner_central_opportunity")

    assert counts["rejected"] == sum("Identifier" not in record or "LastModifiedDate" not in record for record in sent)
    assert (
        counts["loaded"]
        == len(known)
        == portal.flow.value(f"select count(*) from {SCHEMA}.partner_central_opportunity")
    )
    assert sum(counts.values()) == len(sent)


def test_nested_values_arrive_under_their_columns(portal: Portal) -> None:
    newest = max(
        (record for record in portal.sent["partner_central_opportunity"] if record.get("Identifier") == "O5465588"),
        key=lambda record: record["LastModifiedDate"],
    )

    (row,) = portal.flow.rows(
        "select lifecycle_stage, engagement_status, close_date::text, customer_company_name, customer_address,"
        " contacts, primary_needs, apn_programs, expected_spend, expected_revenue_usd::text, software_revenue::text"
        f" from {SCHEMA}.partner_central_opportunity where pc_opportunity_id = 'O5465588'"
    )

    assert row == (
        newest["LifeCycle"]["Stage"],
        newest["LifeCycle"]["ReviewStatus"],
        newest["LifeCycle"]["TargetCloseDate"],
        newest["Customer"]["Account"]["CompanyName"],
        newest["Customer"]["Account"]["Address"],
        newest["Customer"]["Contacts"],
        newest["PrimaryNeedsFromAws"],
        newest["Project"].get("ApnPrograms"),
        newest["Project"]["ExpectedCustomerSpend"],
        f"{float(newest['Project']['ExpectedCustomerSpend'][0]['Amount']):.2f}",
        f"{float(newest['SoftwareRevenue']['Value']['Amount']):.2f}",
    )


def test_lists_of_texts_become_arrays(portal: Portal) -> None:
    last = portal.sent["ace_opportunities"][-1]

    found = portal.flow.rows(
        f"select products, solutions, expected_monthly_revenue::text from {SCHEMA}.ace_opportunities"
    )

    assert found == [(last["awsProducts"], last["solutionOffered"], f"{last['expectedMonthlyAwsRevenue']:.2f}")]


def test_a_lead_shows_a_token_in_place_of_its_address(portal: Portal) -> None:
    found = dict(portal.flow.rows(f"select pc_lead_id, email from {SCHEMA}.partner_central_lead_read"))

    assert set(found) == {record["apnCrmUniqueIdentifier"] for record in portal.sent["partner_central_lead"]}
    assert all(email.startswith("tok_") for email in found.values())


def test_results_of_2023_are_read_back_from_the_archive(portal: Portal) -> None:
    query = "select apn_crm_id, partner_crm_id, is_success, errors, result from {{ ref('history_ace_results') }}"

    found = portal.flow.history(query)

    assert portal.flow.value(f"select count(*) from {SCHEMA}.ace_results") == 0
    sent = {(r["apnCrmUniqueIdentifier"], r["partnerCrmUniqueIdentifier"], r["isSuccess"]): r for r in
            (record["result"] for record in portal.sent["ace_results"])}  # fmt: skip
    assert {row[:3]: json.loads(row[4]) for row in found} == sent
    assert {row[:3] for row in found if row[3] is None} == {
        key for key, result in sent.items() if result["errors"] is None
    }
