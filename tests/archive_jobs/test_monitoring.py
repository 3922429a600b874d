"""What machines are told of jobs is true, holds no value of a row, and stops nothing: log lines, metrics, lineage."""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.transport import get_default_factory
from small_shop import SALE, SCHEMA, Shop, write_definitions

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.monitoring import telling
from archive_jobs.monitoring.endpoint import answering_prometheus
from archive_jobs.monitoring.metrics import exposition
from archive_jobs.settings import ArchiveSettings


@pytest.fixture(autouse=True)
def nobody_is_told_of_other_tests() -> Iterator[None]:
    yield
    telling.sinks.clear()
    telling._complained.clear()


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything is asked for: a log, textfiles and lineage events."""
    monkeypatch.setenv("ARCHIVE_JOBS_LOG", str(tmp_path / "jobs.jsonl"))
    monkeypatch.setenv("ARCHIVE_JOBS_LOG_LEVEL", "debug")
    monkeypatch.setenv("ARCHIVE_JOBS_METRICS", str(tmp_path / "metrics"))
    # One file for archive-jobs and dbt, as the docs have it; JSON is YAML.
    monkeypatch.setenv("OPENLINEAGE_CONFIG", str(tmp_path / "openlineage.yml"))
    (tmp_path / "openlineage.yml").write_text(json.dumps({"transport": joined(tmp_path / "lineage.jsonl")}))
    return tmp_path


def joined(file: Path) -> dict[str, Any]:
    """OpenLineage's settings of the docs."""
    into = {"type": "file", "log_file_path": str(file), "append": True}
    name = "archive_jobs.monitoring.dbt_events.JoinedGraph"
    return {"type": "transform", "transformer_class": name, "transport": into}


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def run(shop: Shop, *words: str) -> tuple[int, str, str]:
    return shop.invoke("run", "--yes", "--definitions", str(shop.definitions), *words)


def values(text: str) -> dict[str, float]:
    """Samples by name and labels."""
    found = re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_each_line_names_job_unit_and_attempt_and_the_catalogue_knows_them(shop: Shop, told: Path) -> None:
    shop.add_sales(days=3)

    run(shop)

    said = lines(told / "jobs.jsonl")
    archived = [line for line in said if line["event"] == "unit_archived"]
    assert [said[0]["event"], said[-1]["event"]] == ["job_began", "job_ended"]
    assert {line["job"] for line in said} == {said[0]["job"]}
    known = shop.execute("select unit_id::text, active_attempt::text, row_count from archive_catalog.units").fetchall()
    assert {(line["unit"], line["attempt"], line["rows"]) for line in archived} == set(known)
    assert (said[-1]["outcome"], said[-1]["units"], said[-1]["rows"]) == ("done", 3, 120)
    steps = [line["event"].removeprefix("step_") for line in said if line.get("attempt") == archived[0]["attempt"]]
    assert steps == ["plan", "export", "prove", "rehearse", "note", "publish", "manifest", "prepare", "unit_archived"]


def test_what_is_held_back_refused_or_stopped_is_said_with_its_reason_and_outcome(shop: Shop, told: Path) -> None:
    shop.add_sales(days=1)
    late = f"insert into {SCHEMA}.sales (sale_id, sold_at, _raw_seq, _source_order) values (1, '2024-01-01', 1, 9)"
    failpoints.interruptions["prepare.after"] = lambda: psycopg.connect(autocommit=True).execute(late)

    assert run(shop)[0] == 0  # what was held back is tried once more
    (file,) = shop.lake.rglob("*.parquet")
    file.chmod(0o644)
    file.write_bytes(b"damaged")
    assert shop.invoke("verify")[0] == 1
    assert shop.invoke("plan", "--object", "nobody", "--definitions", str(shop.definitions))[0] == 2

    said = lines(told / "jobs.jsonl")
    (held,) = [line for line in said if line["event"] == "unit_held_back"]
    assert "since the export" in held["reason"]
    ended = [line for line in said if line["event"] == "job_ended"]
    assert [(line["command"], line["outcome"]) for line in ended] == [
        ("run", "done"), ("verify", "check_failed"), ("plan", "refused"),
    ]  # fmt: skip
    assert (ended[0]["units"], ended[0]["held_back"], ended[0]["rows"]) == (1, 1, 41)
    assert "no object or table is called …" in ended[2]["reason"]


def test_no_value_of_a_row_and_no_secret_is_in_any_of_it(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Path
) -> None:
    """PostgreSQL quotes the value it refuses; in a database without an encoding it refuses bytes."""
    name = f"{database}_ascii"
    create = f"create database {name} encoding 'SQL_ASCII' template template0 locale_provider libc locale 'C'"
    with psycopg.connect(autocommit=True) as administrator:
        administrator.execute(create.encode())
    monkeypatch.setenv("PGDATABASE", name)
    monkeypatch.setenv("PGCLIENTENCODING", "UTF8")
    monkeypatch.setenv("PGPASSWORD", "hunter2-secret")
    with psycopg.connect(autocommit=True) as connection:
        shop = Shop(connection, write_definitions(tmp_path / "definitions", SALE), tmp_path / "lake")
        shop.make_tables()
        shop.add_sales(days=2)
        shop.execute(f"update {SCHEMA}.sales set note = E'Rumpelstilzchen\\xff' where sale_id % 1000000 = 100007")

        run(shop)
        shop.invoke(
            "erase", "--subject", "Rumpelstilzchen@example.com", "--yes", "--definitions", str(shop.definitions)
        )
        shop.invoke("sql", "select Rumpelstilzchen from history_sales", "--definitions", str(shop.definitions))

    texts = {file: file.read_text() for file in told.rglob("*.*") if file.suffix in (".jsonl", ".prom")}
    assert len(texts) >= 4
    assert "unit_held_back" in texts[told / "jobs.jsonl"]
    for text in texts.values():
        assert not re.search("Rumpelstilzchen|hunter2|0xff|\\\\xff", text)
    with psycopg.connect("dbname=postgres", autocommit=True) as administrator:
        administrator.execute(f"drop database {name} with (force)".encode())


def test_a_log_that_cannot_be_written_and_lineage_that_nobody_takes_stop_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop.add_sales(days=2)
    monkeypatch.setenv("ARCHIVE_JOBS_LOG", "/dev/full")
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("ARCHIVE_JOBS_METRICS", str(tmp_path / "taken"))
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:9/?key=hunter2")

    status, _, said = run(shop)

    assert status == 0
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert said.count("monitoring: ") == 3, said
    assert "hunter2" not in said


def test_the_metrics_of_a_port_say_what_the_worker_did_and_what_the_catalogue_says(shop: Shop) -> None:
    shop.add_sales(days=2)
    shop.add_raw(5)
    settings = ArchiveSettings(metrics_port=0)

    with answering_prometheus(settings):
        with telling.told(telling.Job("archive")):
            shop.run()
        text = exposition(settings).decode()

    found, labels = values(text), f'kind="analytics",schema="{SCHEMA}",table="sales"'
    assert found[f'archive_rows{{kind="analytics",schema="{SCHEMA}",table="sales"}}'] == 80
    assert found[f"archive_rows_moved_total{{{labels}}}"] == 80
    assert found[f"archive_units_moved_total{{{labels}}}"] == 2
    assert found['archive_jobs_total{command="archive",outcome="done"}'] == 1
    assert found['archive_step_seconds_count{kind="analytics",step="prove"}'] == 2
    assert found["archive_catalogue_up"] == 1
    assert found["archive_paused"] == 0
    assert found[f'archive_bytes{{kind="analytics",schema="{SCHEMA}",table="sales"}}'] == shop.value(
        "select sum(bytes) from archive_catalog.readable_files where kind = 'analytics'"
    )


def test_a_worker_answers_prometheus_and_nobody_else(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    with answering_prometheus(ArchiveSettings(metrics_port=0)):
        url = capfd.readouterr().err.split()[-1]
        with urllib.request.urlopen(url) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            assert b"archive_catalogue_up 1.0" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(url.replace("/metrics", "/"))
        status, _, said = shop.invoke("worker", "--once", "--metrics-port", url.split(":")[2].split("/")[0])
    assert status == 2
    assert "metrics cannot be served on 127.0.0.1" in said


def test_a_server_that_does_not_answer_is_a_metric(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")

    status, said, _ = shop.invoke("metrics")

    assert status == 1
    assert values(said)["archive_catalogue_up"] == 0
    assert "archive_rows" not in said


def test_textfiles_are_replaced_whole_and_a_failure_does_not_forget_the_last_success(shop: Shop, told: Path) -> None:
    shop.add_sales(days=1)
    run(shop)
    file = told / "metrics" / f"archive_jobs.{SCHEMA}.run.prom"
    first = values(file.read_text())
    labels = f'{{command="run",schema="{SCHEMA}"}}'

    shop.execute("create table spy ()")
    shop.execute(f"create rule spying as on delete to {SCHEMA}.sales do also insert into spy default values")
    assert run(shop)[0] == 2

    second, success = values(file.read_text()), f"archive_last_job_success_timestamp_seconds{labels}"
    assert (first[f"archive_last_job_success{labels}"], second[f"archive_last_job_success{labels}"]) == (1, 0)
    assert first[success] == second[success]
    assert second[f"archive_last_job_end_timestamp_seconds{labels}"] > second[success]
    of_catalogue = values((told / "metrics" / f"archive_jobs.{SCHEMA}.prom").read_text())
    assert of_catalogue[f'archive_units{{kind="analytics",schema="{SCHEMA}",table="sales"}}'] == 1
    assert [path.name for path in (told / "metrics").iterdir() if path.name.startswith(".")] == []


def test_lineage_names_table_and_folder_as_others_do_and_each_column(shop: Shop, told: Path) -> None:
    shop.add_sales(days=2)
    run(shop, "--type", "analytics")
    (first_day,) = shop.execute("select min(sold_at)::date::text from analytics_service.sales").fetchone()
    assert first_day is None
    shop.invoke("restore", "sales", "--start", "2024-01-01", "--end", "2024-01-01", "--yes", "--definitions",
                str(shop.definitions))  # fmt: skip

    start, complete, back_start, back = lines(told / "lineage.jsonl")

    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert complete["job"] == {**complete["job"], "namespace": "archive-jobs", "name": f"archive.{SCHEMA}.sales"}
    (hot,), (cold,) = complete["inputs"], complete["outputs"]
    with connect(ArchiveSettings()) as connection:
        database, host, port = (connection.info.dbname, connection.info.host, connection.info.port)
    assert (hot["namespace"], hot["name"]) == (f"postgres://{host}:{port}", f"{database}.{SCHEMA}.sales")
    assert (cold["namespace"], cold["name"]) == ("file", f"{shop.lake}/{SCHEMA}/analytics/sales")
    count = cold["outputFacets"]["outputStatistics"]
    assert (count["rowCount"], count["fileCount"]) == (80, 2)
    assert count["size"] == shop.value("select sum(byte_count) from archive_catalog.files")
    types = {field["name"]: field["type"] for field in hot["facets"]["schema"]["fields"]}
    assert (types["amount"], types["sold_at"]) == ("numeric(18,6)", "timestamptz")
    (amount,) = cold["facets"]["columnLineage"]["fields"]["amount"]["inputFields"]
    assert (amount["name"], amount["field"]) == (hot["name"], "amount")
    assert complete["run"]["facets"]["archive"]["units"] == 2
    assert (back_start["eventType"], back["eventType"]) == ("START", "COMPLETE")
    assert (back["inputs"][0]["name"], back["outputs"][0]["name"]) == (cold["name"], hot["name"])
    assert back["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 40


def test_what_dbt_says_of_duckdb_meets_the_archives_graph(shop: Shop, told: Path) -> None:
    """A model of dbt-ol's as it came from `dbt-ol build --target duckdb`, through the transport of the docs."""
    shop.add_sales(days=1)
    run(shop, "--type", "analytics")
    database = shop.value("select current_database()")
    duck = "duckdb:///srv/lake.duckdb"
    event = RunEvent(
        eventTime="2026-11-21T20:01:05Z", producer="dbt-ol", eventType=RunState.COMPLETE,
        run=Run("01939c2e-0000-7000-8000-000000000000"), job=Job("platform", "lake.archive_sales.build.run"),
        inputs=[InputDataset(duck, f"{database}.{SCHEMA}.sales")],
        outputs=[OutputDataset(duck, f"lake.{SCHEMA}.archive_sales")],
    )  # fmt: skip

    get_default_factory().create(joined(told / "dbt.jsonl")).emit(event)

    (said,) = lines(told / "dbt.jsonl")
    archived = lines(told / "lineage.jsonl")[-1]
    names = [(dataset["namespace"], dataset["name"]) for dataset in said["inputs"]]
    ours = [(dataset["namespace"], dataset["name"]) for dataset in (*archived["inputs"], *archived["outputs"])]
    assert names == ours
    assert said["outputs"][0]["namespace"] == duck


def test_lineage_goes_over_http(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add_sales(days=1)
    taken: list[dict[str, Any]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{collector.server_port}")
        assert run(shop, "--type", "analytics")[0] == 0
        collector.shutdown()

    assert [event["eventType"] for event in taken] == ["START", "COMPLETE"]
