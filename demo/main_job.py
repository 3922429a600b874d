"""The steps of the main job: what each does, what is counted along the way. `run.py` says in which order."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg import sql

from archive_jobs.planning.tables import Kind
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import Library
from definitions_to_dbt.names import rejected, source_table, versions
from definitions_to_dbt.sql import quote_literal
from demo import counts, scor
from demo.command import run_command, run_dbt
from demo.counted import Counted, Landed, Size
from demo.counts import RowPlaces, open_lake
from demo.progress import Step, Steps
from demo.shop_data import SOURCE_SYSTEM, ShopData, make_shop_data
from demo.sums import Archived, Sum

SCHEMA = "analytics_service"
# As if the past had landed so long ago: its raw records are then old enough to leave PostgreSQL.
LANDED_DAYS_AGO = 30
# The library holds much more than a shop: `shop` in dbt_project/selectors.yml names the same modules.
MODULES = ("COMMERCE", "ASCM_SCOR")
KPIS_OF_MODULES = f"--vars '{{kpi_modules: [{', '.join(MODULES)}]}}'"
BUILD = {
    engine: f"dbt build --selector shop {KPIS_OF_MODULES} --target {engine} --target-path target/{engine}"
    for engine in ("postgres", "duckdb")
}


class MainJob:
    """One run of the main job in one folder, on the server that libpq's variables name."""

    def __init__(self, folder: Path, library: Library, connection: psycopg.Connection[Any], steps: Steps) -> None:
        self.folder, self.connection, self._steps = folder, connection, steps
        self.library = replace(library, objects=tuple(one for one in library.objects if one.module in MODULES))
        self.landed: list[Landed] = []
        self.counted = Counted()
        self.shop: ShopData

    def _step(self, title: str) -> AbstractContextManager[Step]:
        return self._steps.step(title)

    def make_shop(self) -> None:
        """jafgen's shop up to yesterday, so that the real clock decides what is old."""
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        with self._step("Make a shop's year of raw files") as step:
            step.commands.append(f"python -m demo.shop_data {self.folder}/shop --last-day {yesterday}")
            self.shop = make_shop_data(self.folder / "shop", last_day=yesterday)
            records = sum(file.records for file in self.shop.files)
            spoilt = sum(line.records - line.kinds.get("intact", 0) for line in self.shop.ledger.lines)
            step.says(
                f"{records:,} records in {len(self.shop.files)} files, {spoilt:,} of them broken, repeated or late"
            )

    def generate(self) -> None:
        """Definitions to dbt project: nothing changes unless a definition did."""
        with self._step("Check the definitions") as step:
            step.says(_run(step, "definitions-to-dbt validate").strip())
        with self._step("Generate the dbt project from them") as step:
            done = json.loads(_run(step, "definitions-to-dbt generate", "--json"))
            same = not (done["written"] or done["removed"])
            changed = f"{done['written']} of them written, {done['removed']} removed"
            step.says(f"{done['files']} files, " + ("as committed: nothing to write" if same else changed))

    def land_past(self) -> None:
        """The SCOR lists and the first batch."""
        lists = [
            Landed(_shown(file.path), file.object_code, file.table_name, "json", scor.REFERENCE_SYSTEM)
            for file in scor.reference_files()
        ]
        with self._step(f"Land the past, as if {LANDED_DAYS_AGO} days ago") as step:
            self._land(step, [*lists, *self._batch(1)], days_ago=LANDED_DAYS_AGO)

    def land_rest(self) -> None:
        """The second batch: the last weeks, late records, corrections, repeats, stale versions."""
        with self._step("Land the last weeks, with late and stale records") as step:
            self._land(step, self._batch(2))

    def _batch(self, number: int) -> list[Landed]:
        return [
            Landed(file.path, file.object_code, file.table_name, file.format, SOURCE_SYSTEM)
            for file in self.shop.batch(number)
        ]

    def measure_past(self) -> None:
        """SCOR figures of the first batch's days, before any order of them is archived."""
        first = self.shop.last_day - timedelta(days=self._days_simulated())
        last = self.shop.second_batch_from - timedelta(days=1)
        processes = self.folder / "scor" / "scor_processes.ndjson"
        with self._step("Measure those days by SCOR, land the figures") as step:
            scor.write_store_processes(self.connection, processes)
            stores = Landed(processes, "SCOR_PROCESS", "scor_processes", "ndjson", scor.SOURCE_SYSTEM)
            self._land(step, [stores, self._measurements(first, last)], days_ago=LANDED_DAYS_AGO)

    def measure_rest(self) -> None:
        """SCOR figures of the second batch's days."""
        with self._step("Measure the last weeks by SCOR, land the figures") as step:
            self._land(step, [self._measurements(self.shop.second_batch_from, self.shop.last_day)])

    def _days_simulated(self) -> int:
        found = self.connection.execute(
            sql.SQL("select %s::date - min(ordered_at at time zone 'utc')::date from {}").format(
                sql.Identifier(SCHEMA, "orders")
            ),
            [self.shop.last_day],
        ).fetchone()
        return int(found[0]) if found and found[0] is not None else 0

    def _measurements(self, first: date, last: date) -> Landed:
        path = self.folder / "scor" / f"scor_metrics_{first}_{last}.ndjson"
        scor.write_measurements(self.connection, path, first, last)
        return Landed(path, "SCOR_METRIC", "scor_metrics", "ndjson", scor.SOURCE_SYSTEM)

    def _land(self, step: Step, files: Iterable[Landed], days_ago: int | None = None) -> None:
        records = unreadable = 0
        for file in files:
            command = f"landing load {shlex.quote(str(file.path))} --object {file.object_code}"
            if file.source_system != self.library.object(file.object_code).source.system:
                command += f" --source-system {file.source_system}"
            if days_ago is not None:
                command += f" --ingested-at {datetime.now(UTC).date() - timedelta(days=days_ago)}"
            (done,) = json.loads(_run(step, command, "--json"))
            self.landed.append(file)
            records, unreadable = records + done["records"], unreadable + done["unreadable"]
        step.says(f"{records:,} records, {unreadable:,} of them unreadable and kept as bytes")

    def build(self, title: str) -> None:
        """Claim, transform and close what has landed."""
        with self._step(title) as step:
            step.commands.append(BUILD["postgres"])
            built = run_dbt(BUILD["postgres"])
            fresh = self._count_outcomes()
            step.says(f"{built}; " + ", ".join(f"{fresh[outcome]:,} {outcome}" for outcome in counts.OUTCOMES))

    def _count_outcomes(self) -> Counter[str]:
        """Count records that were not counted yet; the archive may drop them next."""
        fresh: Counter[str] = Counter()
        for model in self.library.objects:
            table = model.table_name
            after = self.counted.last_raw_seq.get(table, 0)
            found, last = counts.outcomes(self.connection, SCHEMA, table, after)
            self.counted.outcomes.setdefault(table, Counter()).update(found)
            self.counted.last_raw_seq[table] = last
            fresh += found
        return fresh

    def build_marts(self, title: str, *, months_before: int | None = None) -> None:
        """What stands on history: DuckDB over PostgreSQL and the lake.

        `months_before` has the hourly mart built anew from so many months ago on, for records that come later than it
        looks back.
        """
        command = BUILD["duckdb"]
        if months_before is not None:
            first = (self.shop.last_day - timedelta(days=31 * months_before)).replace(day=1)
            command += f" --event-time-start {first} --event-time-end {self.shop.last_day + timedelta(days=1)}"
        with self._step(title) as step:
            step.commands.append(command)
            built = run_dbt(command)
            totals = counts.mart_totals(self.folder / "lake.duckdb", SCHEMA)
            self.counted.marts.append(totals)
            orders, cents = totals["mart_daily_sales: orders"], totals["mart_daily_sales: gross sales in cents"]
            step.says(f"{built}; {orders:,} orders, {int(str(cents)) / 100:,.2f} USD")

    def archive_raw(self) -> None:
        """Raw records are copied at once, whether or not dbt has run."""
        with self._step("Copy the raw records into the lake at once") as step:
            done = json.loads(_run(step, "archive-jobs run --type source --yes", "--json"))
            step.says(_archived_in_words(done["tables"]))

    def archive(self, title: str) -> None:
        """What has aged leaves PostgreSQL; its rows and bytes are counted before and after."""
        before = self._row_places()
        if not self.counted.sizes:
            self.counted.sizes.append(self._size())
        with self._step(title) as step:
            done = json.loads(_run(step, "archive-jobs run --yes", "--json"))
            step.says(_archived_in_words(done["tables"]))
        after, run = self._row_places(), 1 + max((one.run for one in self.counted.archived), default=0)
        self.counted.archived += [Archived(table, run, before[table], after[table]) for table in before]
        self.counted.sizes.append(self._size())

    def _size(self) -> Size:
        """Layers 2 and 3 without the room of deleted rows, and all that is in the lake."""
        tables = [name for model in self.library.objects for name in _tables(model)]
        for name in tables:
            self.connection.execute(sql.SQL("vacuum (full) {}").format(sql.Identifier(SCHEMA, name)))
        return Size(counts.bytes_in_postgres(self.connection, SCHEMA, tables), *counts.bytes_in_folder(self.lake))

    @property
    def lake(self) -> Path:
        """The folder of the lake."""
        return self.folder / "lake"

    def _row_places(self) -> dict[str, RowPlaces]:
        with open_lake(SCHEMA) as lake:
            return {
                model.table_name: lake.row_places(model.table_name, files(model.table_name, "analytics"))
                for model in self.ageing()
            }

    def ageing(self) -> list[ObjectModel]:
        """The objects whose rows leave Layer 2."""
        return [model for model in self.library.objects if model.ages]

    def verify(self) -> None:
        """Every byte in the lake once more."""
        with self._step("Verify the archive") as step:
            step.says(_run(step, "archive-jobs verify").strip().splitlines()[-1])

    def read_back(self) -> None:
        """The same rows by `archive-jobs sql`, by `retrieve` and by a plain DuckDB session."""
        month = (self.shop.last_day.replace(day=1) - timedelta(days=150)).replace(day=1)
        end = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        output = self.folder / f"orders_{month:%Y_%m}.parquet"
        with self._step("Read a month that has left PostgreSQL") as step:
            question = (
                "select count(*) as orders, sum(order_total) as cents from history_orders"
                f" where ordered_at >= '{month}' and ordered_at < '{end + timedelta(days=1)}'"
            )
            answer = json.loads(_run(step, f'archive-jobs sql "{question}"', "--json"))
            _run(step, f"archive-jobs retrieve orders --start {month} --end {end} --format parquet -o {output}")
            step.says(f"{answer['orders']:,} orders of {month:%B %Y}, {int(answer['cents']) / 100:,.2f} USD")
        retrieved = duckdb.sql(f"select count(*), sum(order_total) from read_parquet({quote_literal(str(output))})")
        self.counted.answers.append(
            Sum(
                f"orders of {month:%B %Y} and their cents by `archive-jobs sql` = by `retrieve`",
                (answer["orders"], int(answer["cents"])),
                tuple(int(value) for value in retrieved.fetchone() or ()),
            )
        )


def files(table: str, kind: Kind) -> list[str]:
    """What `archive-jobs files` prints."""
    return list(json.loads(run_command(f"archive-jobs files {table} --type {kind} --json")))


def _run(step: Step, command: str, internally: str = "") -> str:
    """Run a command and show it as a user would type it; `internally` is what only the demo needs."""
    step.commands.append(command)
    return run_command(f"{command} {internally}")


def _tables(model: ObjectModel) -> list[str]:
    """The tables of Layers 2 and 3."""
    return [model.table_name, source_table(model), rejected(model), *([versions(model)] if model.has_versions else [])]


def _archived_in_words(tables: Sequence[dict[str, Any]]) -> str:
    rows: Counter[str] = Counter()
    for table in tables:
        rows[table["kind"]] += table["rows"]
    dropped = sum(table["dropped_rows"] for table in tables)
    parts = [f"{rows['source']:,} raw records copied", f"{rows['analytics']:,} aged rows moved"]
    return ", ".join(
        [*parts[: 2 if rows["analytics"] else 1], *([f"{dropped:,} raw records dropped"] if dropped else [])]
    )


def _shown(path: Path) -> Path:
    """The path as a user in the project's folder would type it."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
