"""Erasing leaves nothing of a person that can be read, everything of everybody else, and a certificate that says so."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest
from people_shop import PERSON, PERSONAL_SALE, sell
from small_shop import SALE, SCHEMA, Shop, shared, write_definitions

from archive_jobs.failpoints import ERASE_POINTS, disabled_guards, interruptions
from archive_jobs.keeping.holds import HoldRequest, place_hold
from archive_jobs.privacy.keys import KeyRing
from archive_jobs.privacy.master_key import new_master_key

PLANTED = "Adelheid Quassnitz"
OLD, NEW = "2024-01-01 10:00+00", "now()"


@pytest.fixture
def people(connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shop:
    """The shop with buyers, a master key, and no grace for readers of purged files."""
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    monkeypatch.setenv("ARCHIVE_JOBS_PURGE_GRACE", "immediate")
    definitions = write_definitions(tmp_path / "people", PERSONAL_SALE, PERSON)
    made = Shop(connection, definitions, Path(os.environ["ARCHIVE_URL"]))
    made.make_tables()
    return made


def erase(shop: Shop, *words: str, subject: str = PLANTED) -> tuple[int, Any]:
    status, found, problem = shop.invoke(
        "erase", "--object", "SALE", "--subject", subject, "--definitions", str(shop.definitions), "--json", *words
    )
    return status, json.loads(found) if found else problem


def everything_written(shop: Shop) -> bytes:
    """Every byte of the lake, the key store and the catalogue, and of the hot tables with their statistics."""
    found = b"".join(p.read_bytes() for p in shop.lake.parent.rglob("*") if p.is_file())
    tables = shop.execute(
        "select format('%%I.%%I', n.nspname, relname) from pg_class c join pg_namespace n on n.oid = relnamespace"
        " where n.nspname in (%s, 'archive_catalog') and relkind in ('r', 'p')",
        SCHEMA,
    ).fetchall()
    for (table,) in tables:
        found += str(shop.execute(f"select t::text from {table} t").fetchall()).encode()
    return (
        found
        + str(shop.execute("select most_common_vals::text, histogram_bounds::text from pg_stats").fetchall()).encode()
    )


def left(shop: Shop) -> dict[str, list[str]]:
    """Whose records can be read, hot and cold."""
    names = {}
    for type, column in (("analytics", "note"), ("source", "raw_data")):
        status, found, problem = shop.invoke(
            "retrieve", "sales", "--type", type, "--format", "json", "--columns", column,
            "--definitions", str(shop.definitions),
        )  # fmt: skip
        assert status == 0, problem
        texts = [str(json.loads(line)[column]) for line in found.splitlines()]
        names[type] = sorted(name for name in (PLANTED, "Bo", "Cy") for text in texts if f"secret of {name}" in text)
    return names


def notes(shop: Shop) -> set[str]:
    """The notes of all sales, hot and cold, by plain means."""
    files = [str(shop.lake / path) for (path,) in shop.execute(
        "select path from archive_catalog.readable_files where kind = 'analytics'")]  # fmt: skip
    with duckdb.connect() as reader:
        cold = reader.execute("select note from read_parquet(?)", [files]).fetchall() if files else []
    return {note for (note,) in [*cold, *shop.execute(f"select note from {SCHEMA}.sales")]}


def fill(shop: Shop) -> None:
    """Rows hot and cold, sealed and in the clear, of three people."""
    sell(shop, PLANTED, "Bo", None, at=OLD)
    sell(shop, PLANTED, first=4, at="2024-01-02 10:00+00")
    shop.run()
    sell(shop, PLANTED, "Cy", first=5, at="2026-11-20 10:00+00", processed=True)
    shop.execute(f"insert into {SCHEMA}.rejected_sales (_raw_seq, raw_id, reasons) values (1, %s, '{{}}')", PLANTED)
    shop.execute(
        f"insert into {SCHEMA}.people (name, city, _raw_seq, _source_order) values (%s, 'Jena', 1, 1)", PLANTED
    )
    shop.execute(f"analyze {SCHEMA}.sales")


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


def test_rows_of_who_is_erased_meanwhile_are_not_handed_over(people: Shop) -> None:
    fill(people)
    interruptions["handover.seen.after"] = lambda: erase(people, "--yes")

    status, _, why = people.invoke("handover", "--definitions", str(people.definitions))

    assert (status, "somebody was erased while rows were handed over" in why) == (2, True)
    assert PLANTED.encode() not in everything_written(people)


@pytest.mark.parametrize("lost", ["everything", "the erasure"])
def test_a_catalogue_of_an_older_day_is_told_by_the_certificates_who_was_erased(people: Shop, lost: str) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    people.run("source")
    keys = people.execute("select key_id, wrapped_key from archive_catalog.subject_keys").fetchall()
    erase(people, "--yes")
    people.execute("delete from archive_catalog.erasures")
    if lost == "everything":
        people.execute("delete from archive_catalog.subject_keys")
    for key_id, wrapped in keys:
        statement = "update archive_catalog.subject_keys set wrapped_key = %s, destroyed_at = null where key_id = %s"
        people.execute(statement, wrapped, key_id)
    sell(people, PLANTED, first=7, at=OLD)

    assert people.invoke("keys", "check", "--mend")[0] == 0
    assert people.invoke("erase", "--again", "--yes", "--definitions", str(people.definitions))[0] == 0

    assert left(people) == {"analytics": ["Bo"], "source": ["Bo"]}
    assert PLANTED.encode() not in everything_written(people)
    assert people.invoke("keys", "check")[0] == 0


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


def test_old_files_that_bring_an_erased_person_back_are_erased_before_a_run_archives(people: Shop) -> None:
    fill(people)
    erase(people, "--yes")
    sell(people, PLANTED, "Bo", first=20, at=OLD)
    sell(people, PLANTED, first=22, at="2024-01-03 10:00+00", processed=False)

    status, _, said = people.invoke("run", "--yes", "--definitions", str(people.definitions))

    assert status == 0 and "1 erased subjects had landed again and were erased again" in said
    assert PLANTED.encode() not in everything_written(people)
    assert left(people) == {"analytics": ["Bo", "Bo", "Cy"], "source": ["Bo", "Bo", "Cy"]}
    assert people.value("select count(*) from archive_catalog.events where event = 'erased'") == 2
    assert people.invoke("verify", "--deep")[0] == 0


@pytest.mark.parametrize("is_down", [False, True])
def test_rows_of_an_erased_person_that_land_while_a_run_goes_on_get_into_no_file(people: Shop, is_down: bool) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    erase(people, "--yes")
    interruptions["plan.insert.before"] = lambda: sell(people, PLANTED, first=7, at=OLD)
    disabled_guards.update({"erased rows"} if is_down else ())

    analytics = people.run("analytics").tables[0]

    files = b"".join(path.read_bytes() for path in people.lake.rglob("*.parquet"))
    assert (PLANTED.encode() in files) == is_down
    assert is_down or "rows of 1 erased subjects have landed again; run `archive-jobs erase --again" in str(
        analytics.kept_hot
    )


@pytest.mark.parametrize("is_down", [False, True])
def test_where_nobody_can_tell_who_was_erased_the_tables_stay_hot(
    people: Shop, monkeypatch: pytest.MonkeyPatch, is_down: bool
) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    erase(people, "--yes")
    monkeypatch.delenv("ARCHIVE_MASTER_KEY")
    disabled_guards.update({"returned"} if is_down else ())

    table = people.run("analytics").tables[0]

    reasons = str(table.plan.blocked_by)
    assert ("ARCHIVE_MASTER_KEY" in reasons and "`archive-jobs erase --again --yes`" in reasons) != is_down
    assert table.units == 0  # each unit is asked too
    assert "it may hold rows of erased people" in str(table.kept_hot) or not is_down


@pytest.mark.parametrize("guards", [set(), {"erase guard"}])
def test_a_commit_under_way_does_not_take_erased_rows_into_a_file(
    people: Shop, tmp_path: Path, guards: set[str]
) -> None:
    """Rows that are copied and stay hot are not deleted by the commit: only its guard row tells it."""
    kept = PERSONAL_SALE | {"archive": {"analytics": {"retention": "90 days", "drop": "never"}}}
    people.definitions = write_definitions(tmp_path / "kept", kept, PERSON)
    sell(people, PLANTED, "Bo", at=OLD)
    erased: list[int] = []
    interruptions["commit.attempt.after"] = lambda: erased.append(erase(people, "--yes")[0])
    disabled_guards.update(guards)

    people.run("analytics")

    found = b"".join(Path(people.lake / path).read_bytes() for (path,) in people.execute(
        "select path from archive_catalog.readable_files"))  # fmt: skip
    assert erased == [0]
    assert (PLANTED.encode() in found) == bool(guards)


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


def restore(shop: Shop, type: str) -> tuple[int, str, str]:
    return shop.invoke("restore", "sales", "--type", type, "--yes", "--definitions", str(shop.definitions))


def test_a_restore_brings_back_everybody_but_the_erased(people: Shop) -> None:
    sell(people, PLANTED, "Bo", None, at=OLD)
    people.run()
    before = people.execute(f"select raw_seq, raw_id, raw_data::text, raw_bytes from {SCHEMA}.source_sales").fetchall()
    erase(people, "--yes")

    for type in ("source", "analytics"):
        assert restore(people, type)[0] == 0

    assert before == []
    back = people.execute(
        f"select raw_seq, raw_id, raw_bytes, raw_data ->> 'buyer' from {SCHEMA}.source_sales order by 1"
    )
    assert back.fetchall() == [(2, "Bo-2", None, "Bo"), (3, None, b"\xffsecret", None)]
    assert people.execute(f"select buyer from {SCHEMA}.sales").fetchall() == [("Bo",)]
    assert PLANTED.encode() not in everything_written(people)


@pytest.mark.parametrize("guards", [set(), {"erasing"}])
def test_nothing_is_restored_while_somebody_is_half_erased(people: Shop, guards: set[str]) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    people.run()
    interruptions["erase.hot.after"] = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        erase(people, "--yes")
    disabled_guards.update(guards)

    status, _, problem = restore(people, "analytics")

    came_back = people.value(f"select count(*) from {SCHEMA}.sales where buyer = %s", PLANTED)
    assert (status, came_back) == ((0, 1) if guards else (1, 0)), problem


def test_a_hold_on_a_person_is_kept_as_a_digest_and_in_the_way_of_erasing(people: Shop) -> None:
    sell(people, PLANTED, "Bo", at=OLD)
    status, _, problem = people.invoke(
        "hold", "place", "--subject", PLANTED, "--table", "SALE", "--reason", "court",
        "--definitions", str(people.definitions),
    )  # fmt: skip

    assert status == 0, problem
    assert PLANTED not in str(people.execute("select h::text from archive_catalog.holds h").fetchall())
    assert (erase(people, "--yes")[0], erase(people, "--yes", subject="Bo")[0]) == (2, 0)


@pytest.mark.parametrize("buyer", ["numeric(12,2)", "numeric"])
def test_an_erased_person_whose_name_is_a_number_is_told_in_files_however_it_is_written_there(
    connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buyer: str
) -> None:
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    columns = [*SALE["table_schema"]["columns"], {"name": "buyer", "type": buyer}]  # type: ignore[index]  # a dict of many kinds of values
    sale = PERSONAL_SALE | {"table_schema": {"table_name": "sales", "columns": columns}}
    shop = Shop(connection, write_definitions(tmp_path / "numbers", sale), tmp_path / "lake")
    shop.make_tables()
    sell(shop, "7.00", "70.50", at=OLD)
    shop.run("analytics")
    shop.execute(f"truncate {SCHEMA}.source_sales")  # only the file is left to tell
    ring = KeyRing(shop.settings)
    shop.execute(
        "insert into archive_catalog.erasures (erasure_id, schema_name, subject_kind, subject_digest, token_digest,"
        " state, requested_at) values (gen_random_uuid(), %s, 'sales.buyer', %s, 'none', 'erased', now())",
        SCHEMA, ring.digest("sales.buyer", "7"),
    )  # fmt: skip

    status, said, problem = shop.invoke("erase", "--again", "--yes", "--definitions", str(shop.definitions))

    assert status == 0, said + problem
    query = "select buyer::text as b from archive_sales"
    left = shop.invoke("sql", query, "--format", "csv", "--definitions", str(shop.definitions))
    assert left[1] == "b\n70.50\n"
