"""How many of a hundred defects in real records `dbt test` notices, alone: `make bench-defects`.

    python -m benchmarks.planted_defects              with sample data in ../shared/data, or SHARED_DATA

Each defect has an object of its own, a copy of flights, weather or planes of New York in 2013 with the definitions
that the tests use. All copies share six batches of past; the seventh holds the defect. Twelve more copies get a seventh
batch without one: what is said of those is a false alarm. The table goes to stdout as Markdown, progress to stderr.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.defects import Batch, Defect, Record
from benchmarks.defects_planted import DEFECTS
from definitions_to_dbt.ddl import layer2_ddl, layer3_ddl, platform_ddl
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.library import load_library

SCHEMA = "analytics_service"
_TESTS = Path(__file__).parents[1] / "tests"
_DEFINITIONS = _TESTS / "data_flows" / "nycflights13" / "definitions"
_PAST, _CONTROLS = 6, {"flights": 6, "weather": 3, "planes": 3}
_STAGING = "stg_nyc_aviation__"


def batches(data: Path) -> dict[str, list[Batch]]:
    """Twelve days of flights and weather, and planes in eight heaps, as the files hold them."""
    with zipfile.ZipFile(data / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
        flights = [r for r in csv.DictReader(io.TextIOWrapper(file)) if r["month"] == "1" and int(r["day"]) <= 12]
    with (data / "weather.csv").open() as text:
        weather = [r for r in csv.DictReader(text) if r["month"] == "1" and int(r["day"]) <= 12]
    with (data / "planes.csv").open() as text:
        planes = list(csv.DictReader(text))
    random.Random(1).shuffle(planes)
    days = range(1, 13)
    return {
        "flights": [[r for r in flights if r["day"] == str(day)] for day in days],
        "weather": [[r for r in weather if r["day"] == str(day)] for day in days],
        "planes": [planes[n::9] for n in range(9)],
    }


def write_definitions(folder: Path, copies: dict[str, str]) -> None:
    """The definitions of the five objects and of each copy. Nothing ages, nothing is cut by time."""
    (folder / "object_models").mkdir(parents=True)
    (folder / "modules").mkdir()
    module = next((_DEFINITIONS / "modules").glob("*.json"))
    (folder / "modules" / module.name).write_text(module.read_text())
    for file in (_DEFINITIONS / "object_models").glob("*.json"):
        definition = json.loads(file.read_text())
        definition.pop("archive", None)
        table = definition["table_schema"]["table_name"]
        if definition.get("kind") == "event":
            definition["storage"] = {"layout": "plain"}
        for copy in [table, *(copy for copy, of in copies.items() if of == table)]:
            definition["code"] = copy.upper()
            definition["table_schema"]["table_name"] = copy
            definition["table_schema"]["indexes"] = []
            if copy != table:
                definition["table_schema"].pop("relationships", None)
            (folder / "object_models" / f"{copy}.json").write_text(json.dumps(definition))


def land(connection: psycopg.Connection[Any], table: str, records: Batch) -> None:
    """As any tool may: JSON as it is, what is none as bytes."""
    with connection.cursor() as cursor:
        for record in records:
            text = record if isinstance(record, str) else json.dumps(record)
            try:
                json.loads(text)
                cursor.execute(f"insert into {SCHEMA}.source_{table} (raw_data) values (%s)".encode(), [text])
            except ValueError:
                cursor.execute(f"insert into {SCHEMA}.source_{table} (raw_bytes) values (%s)".encode(), [text.encode()])


def share_past(connection: psycopg.Connection[Any], copy: str, of: str) -> None:
    """Rows and ledger of the original, for the copy."""
    connection.execute(f"insert into {SCHEMA}.{copy} select * from {SCHEMA}.{of}".encode())
    kept = "state, claimed, loaded, rejected, superseded, duplicate, opened_at, closed_at, profile, judged_at"
    connection.execute(
        f"insert into {SCHEMA}.transform_batches (table_name, {kept}) select '{copy}', {kept}"
        f" from {SCHEMA}.transform_batches where table_name = '{of}' order by batch_id".encode()
    )


def run(folder: Path, data: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What `dbt test` says of each copy: the tests that warn or fail, and what is odd about its last batch."""
    sys.path[:0] = [str(_TESTS), str(_TESTS / "dbt_project")]
    from running import Project  # tests are no package

    days = batches(data)
    planted = {f"{defect.table}_d{n:03}": defect for n, defect in enumerate(DEFECTS, 1)}
    controls = {f"{table}_c{n}": n for table, many in _CONTROLS.items() for n in range(many)}
    copies = {name: defect.table for name, defect in planted.items()} | {n: n.rpartition("_")[0] for n in controls}
    write_definitions(folder / "definitions", copies)
    project = Project(folder / "dbt_project", folder / "target", folder / "definitions")
    project.generate()
    with psycopg.connect(autocommit=True) as connection:
        connection.execute(platform_ddl(SCHEMA).encode())
        for model in load_library(project.definitions).objects:
            connection.execute((layer3_ddl(model, SCHEMA) + layer2_ddl(model, SCHEMA)).encode())
        for table in ("airlines", "airports"):
            with (data / f"{table}.csv").open() as text, connection.transaction():
                land(connection, table, list(csv.DictReader(text)))
        originals = [f"{_STAGING}{table}+" for table in (*_CONTROLS, "airlines", "airports")]
        for place in range(_PAST):
            for table in _CONTROLS:
                with connection.transaction():
                    land(connection, table, days[table][place])
            _told(project.dbt("run", "--select", *originals), f"batch {place + 1} of the past")
        for copy, of in copies.items():
            share_past(connection, copy, of)
            with connection.transaction():
                land(connection, copy, _seventh(days[of], planted.get(copy), controls.get(copy, 0)))
        _told(project.dbt("seed", "--select", "data_quality_rules"), "rules")
        _told(project.dbt("run", "--select", *[f"{_STAGING}{copy}+" for copy in copies]), "the seventh batches")
        tested = project.dbt("test", "--select", *copies)
        said = {copy: [] for copy in copies}
        for name, status in tested.statuses.items():
            copy = next((copy for copy in copies if copy in name), None)
            if copy and status in ("warn", "fail", "error"):
                said[copy].append(name.partition(f"_{copy}")[0] + (_column_of(name) if "refers" in name else ""))
        odd = {
            copy: [sample["what"] for sample in samples]
            for copy, samples in connection.execute(
                f"select table_name, sample_failures from {SCHEMA}.data_quality_results"
                " where checked_by like 'resembles%' and failed_count > 0".encode()
            )
        }
    return said, odd


def _seventh(of_days: list[Batch], defect: Defect | None, control: int) -> Batch:
    if defect is None:
        return of_days[_PAST + control]
    records: list[Record] = [dict(record) for record in of_days[_PAST]]
    return defect.change(records, random.Random(7))


def _column_of(name: str) -> str:
    return ":" + name.split("__")[1] if "__" in name else ""


def _told(ended: Any, what: str) -> None:
    bad = {name: text for name, text in ended.failed.items() if "skipped" not in text}
    print(f"{what}: {len(ended.statuses)} nodes, {'done' if ended.success else bad}", file=sys.stderr)


def report(said: dict[str, list[str]], odd: dict[str, list[str]]) -> None:
    """Caught by which kind of test, and what was missed."""
    # Planes that the list of planes lacks are real: a test of the table says the same of every copy.
    usual = {
        table: set.intersection(*(set(said[f"{table}_c{n}"]) for n in range(many))) - {"resembles_its_past"}
        for table, many in _CONTROLS.items()
    }
    # What is odd about the clean batches of a table says nothing of its defects.
    natural = {
        table: {what for n in range(many) for what in odd.get(f"{table}_c{n}", [])} for table, many in _CONTROLS.items()
    }
    caught, missed = [], []
    for n, defect in enumerate(DEFECTS, 1):
        copy = f"{defect.table}_d{n:03}"
        found = sorted(set(said[copy]) - usual[defect.table])
        if set(odd.get(copy, [])) <= natural[defect.table]:
            found = [name for name in found if name != "resembles_its_past"]
        (caught if found else missed).append((defect, found, odd.get(copy, [])))
    alarms = {copy: sorted(set(said[copy]) - usual[copy.rpartition("_")[0]]) for copy in said if "_c" in copy}
    kinds = Counter(name.partition(":")[0] for _, found, _ in caught for name in found)
    alone = Counter(found[0].partition(":")[0] for _, found, _ in caught if len(found) == 1)
    print(
        f"\n{len(caught)} of {len(DEFECTS)} caught;"
        f" {sum(map(bool, alarms.values()))} of {len(alarms)} clean batches with an alarm\n"
    )
    print("| test | catches | and nothing else does |\n|---|---:|---:|")
    for kind, many in kinds.most_common():
        print(f"| `{kind}` | {many} | {alone[kind]} |")
    print("\n| missed | in | what would catch it |\n|---|---|---|")
    for defect, _, _ in missed:
        print(f"| {defect.name} | {defect.table} | {defect.rule} |")
    print("\n| caught | in | by | what is odd |\n|---|---|---|---|")
    for defect, found, what in caught:
        print(f"| {defect.name} | {defect.table} | {', '.join(found)} | {'; '.join(what[:2])} |")
    print("\nfalse alarms:", {copy: (found, odd.get(copy)) for copy, found in alarms.items() if found})


def main() -> None:
    """Plant, build, test, tell."""
    data = Path(os.environ.get("SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data") / "nycflights13"
    with tempfile.TemporaryDirectory(prefix="defects-") as name, EmbeddedPostgres(Path(name) / "postgres") as server:
        os.environ.update(server.environment | {"ANALYTICS_SCHEMA": SCHEMA})
        # dbt prints what fails, which is what this is about, before the table.
        with contextlib.redirect_stdout(sys.stderr):
            found = run(Path(name), data)
        report(*found)


if __name__ == "__main__":
    main()
