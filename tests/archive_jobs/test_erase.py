"""Erasing leaves nothing of a person that can be read, everything of everybody else, and a certificate that says so."""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from erased_people import OLD, PLANTED, erase, everything_written, fill, left, notes, restore
from people_shop import PERSON, PERSONAL_SALE, sell
from shares import shared
from small_shop import SCHEMA, Shop, write_definitions

from archive_jobs.failpoints import ERASE_POINTS, disabled_guards, interruptions
from archive_jobs.keeping.holds import HoldRequest, place_hold


def test_nothing_of_the_person_is_left_and_everything_of_the_others(people: Shop) -> None:
    fill(people)
    # Hot rows that other engines were handed count as well.
    assert people.invoke("handover", "--definitions", str(people.definitions))[0] == 0
    assert PLANTED.encode() in everything_written(people)
    # What the service was asked for, and answered.
    asked = {"table_name": "sales", "filter": [{"col": "buyer", "op": "=", "value": PLANTED}]}
    people.execute(
        "insert into archive_catalog.api_jobs (schema_name, principal, work, request, request_sha256, state)"
        " values (%s, 'x', 'retrieve', %s, 'x', 'done')", SCHEMA, json.dumps(asked),
    )  # fmt: skip

    status, certificate = erase(people, "--yes")

    assert status == 0, certificate
    assert left(people) == {"analytics": ["Bo", "Cy"], "source": ["Bo", "Cy"]}
    assert PLANTED.encode() not in everything_written(people)
    assert certificate["hot_rows_removed"] == {
        "people": 1, "people_versions": 0, "rejected_people": 0, "rejected_sales": 1, "sales": 1,
        "source_people": 0, "source_sales": 1,
    }  # fmt: skip
    assert [unit["rows_left"] for unit in certificate["units_rewritten"]] == [1, 0]
    assert certificate["sealed_records_closed"] == {"source_people": 0, "source_sales": 2}
    assert certificate["answers_withdrawn"] == 1
    assert people.value("select request::text || state from archive_catalog.api_jobs") == (
        '{"table_name": "sales"}cancelled'
    )
    assert people.invoke("verify", "--deep")[0] == 0
    assert people.run().tables[1].kept_hot == []
    status, proof, _ = people.invoke("prove", "--json")
    assert (status, json.loads(proof)["erasures"], json.loads(proof)["rows_erased"]) == (0, 1, 2)


def test_rows_under_a_token_are_erased_and_the_token_with_them(people: Shop, tmp_path: Path) -> None:
    schema = PERSONAL_SALE["table_schema"]
    columns = [c | ({"pii": "tokenize"} if c["name"] == "buyer" else {}) for c in schema["columns"]]  # type: ignore[index]  # a dict of many kinds of values
    columns[-1].pop("foreign_key")
    tokenized = PERSONAL_SALE | {"table_schema": schema | {"columns": columns}}  # type: ignore[operator]  # as above
    people.definitions = write_definitions(tmp_path / "tokens", tokenized, PERSON)
    sell(people, PLANTED, "Bo", at=OLD)
    people.run("analytics")
    token = people.value(f"select {SCHEMA}.tokenize(%s)", PLANTED)
    assert token.encode() in everything_written(people)

    status, certificate = erase(people, "--yes")

    assert status == 0 and [unit["rows_left"] for unit in certificate["units_rewritten"]] == [1]
    assert token.encode() not in everything_written(people)


def test_records_that_name_nobody_are_erased_by_their_days(people: Shop) -> None:
    sell(people, PLANTED, None, at=OLD)
    sell(people, None, first=3, at="2024-01-05 10:00+00")
    people.run("source")

    status, found, _ = people.invoke(
        "erase", "--unknown", "--object", "SALE", "--end", "2024-01-02", "--yes", "--json",
        "--definitions", str(people.definitions),
    )  # fmt: skip

    assert status == 0 and json.loads(found)[0]["sealed_records_closed"] == {"source_sales": 1}
    assert restore(people, "source")[0] == 0
    back = people.execute(f"select raw_seq, raw_bytes from {SCHEMA}.source_sales order by 1").fetchall()
    assert back == [(1, None), (3, b"\xffsecret")]


def test_a_person_may_come_back_once_the_erasure_is_lifted(people: Shop) -> None:
    sell(people, PLANTED, at=OLD)
    people.run("source")
    erase(people, "--yes")
    assert erase(people, "--lift", "--yes")[0] == 0
    sell(people, PLANTED, first=9, at=OLD)

    people.run("source")

    assert left(people)["source"] == [PLANTED]
    assert people.value("select count(*) from archive_catalog.subject_keys where purpose = 'subject'") == 2


def test_a_certificate_that_is_gone_is_a_fault(people: Shop) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    people.run("analytics")
    erase(people, "--yes")
    for certificate in (people.lake / SCHEMA / "_erasures").iterdir():
        certificate.unlink()

    assert "_erasures" in people.invoke("verify")[1]
    assert "its chain says that it was erased, no certificate does" in people.invoke("prove")[1]


def test_without_yes_it_only_shows_what_is_there(people: Shop) -> None:
    fill(people)
    before = left(people)

    status, found = erase(people)

    assert (status, left(people)) == (0, before)
    assert found["hot_rows"]["sales"] == 1 and found["cold_rows"] == {"sales": 2}
    assert found["sealed_records"]["source_sales"] == 2 and found["keys"] == 1


def test_killed_at_any_step_the_same_command_finishes_it(people: Shop) -> None:
    fill(people)
    before = notes(people)
    for point in shared(ERASE_POINTS, 3):
        status = people.die_in(point, lambda dying: erase(dying, "--yes"))

        # Nothing is cold any more once it was rewritten.
        assert os.WIFSIGNALED(status) or point == "erase.cold.after", point
        assert notes(people) - {f"secret of {PLANTED}"} == before - {f"secret of {PLANTED}"}, point

    status, _ = erase(people, "--yes")

    assert status == 0
    assert left(people) == {"analytics": ["Bo", "Cy"], "source": ["Bo", "Cy"]}
    assert PLANTED.encode() not in everything_written(people)
    assert people.invoke("verify", "--deep")[0] == 0


def test_a_legal_hold_on_the_person_is_in_the_way(people: Shop) -> None:
    fill(people)
    status, found = erase(people)
    digest = people.value("select subject_digest from archive_catalog.subject_keys where purpose = 'subject' limit 1")
    hold = place_hold(people.connection, HoldRequest(SCHEMA, "court", table="sales"))
    before = left(people)

    status, problem = erase(people, "--yes")

    assert (status, left(people)) == (2, before)
    assert f"a legal hold is in the way: hold {hold.hold_id} (court)" in problem
    assert digest and found["keys"] == 1
    refused = people.value("select details from archive_catalog.events where event = 'erasure_refused'")
    assert refused["holds"] == [str(hold.hold_id)]


def test_a_name_that_may_be_two_peoples_is_refused(people: Shop, tmp_path: Path) -> None:
    other = PERSON | {"code": "VENDOR", "table_schema": PERSON["table_schema"] | {"table_name": "vendors"}}  # type: ignore[operator]  # a dict of many kinds of values
    folder = write_definitions(tmp_path / "two", PERSONAL_SALE, PERSON, other)

    status, _, problem = people.invoke("erase", "--subject", PLANTED, "--definitions", str(folder))

    assert status == 2
    assert "it is not clear whose name this is: people.name (PERSON, SALE); vendors.name (VENDOR)" in problem
    assert PLANTED not in problem


@pytest.mark.parametrize("guards", [set(), {"erase proof"}])
def test_a_unit_is_rewritten_only_with_a_proof_of_all_the_rest(people: Shop, guards: set[str]) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    people.run("analytics")

    def bend_a_value() -> None:
        staged = next(path for path in (people.lake / ".staging").glob("*.part"))
        with duckdb.connect() as engine:
            rows = engine.execute(f"select * replace ('bent' as note) from read_parquet('{staged}')").to_arrow_table()
        pq.write_table(rows, staged)

    interruptions["erase.cold.copied.after"] = bend_a_value
    disabled_guards.update(guards)
    status, said = erase(people, "--yes")

    assert status == (0 if guards else 2), said
    assert ("secret of Bo" in notes(people)) != bool(guards)
    assert guards or "what is left and what is erased do not add up to what was there" in said


def test_a_hold_on_a_person_is_kept_as_a_digest_and_in_the_way_of_erasing(people: Shop) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    status, _, problem = people.invoke(
        "hold", "place", "--subject", PLANTED, "--table", "SALE", "--reason", "court",
        "--definitions", str(people.definitions),
    )  # fmt: skip

    assert status == 0, problem
    assert PLANTED not in str(people.execute("select h::text from archive_catalog.holds h").fetchall())
    assert (erase(people, "--yes")[0], erase(people, "--yes", subject="Bo")[0]) == (2, 0)
