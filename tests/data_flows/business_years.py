"""Two invented years of revenue, pipeline, marketing, compliance and SCOR, and every mart over them."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from flow import Flow, flow_of
from library_part import LIBRARY, add_marts, library_of
from platform_under_test import SCHEMA
from running import REPOSITORY, Ended
from typer.testing import CliRunner

from archive_jobs.cli import app
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from demo.business_data import make_business, write_business
from demo.business_dice import Record

AREAS = ("calendar", "revenue", "partner_central", "marketing", "compliance", "ascm_scor")
TABLES = (
    "subscription", "marketplace_product", "marketplace_billing_event", "tenant", "partner_central_opportunity",
    "partner_central_solution", "marketing_campaign", "campaign_spend", "marketing_touchpoint", "marketing_lead",
    "compliance_policy", "compliance_control", "compliance_violation", "compliance_action", "approval_request",
    "control_assessment", "legal_hold", "scor_processes", "scor_metric_catalog", "scor_metrics", "scor_metric_targets",
)  # fmt: skip
LISTS = {"SCOR_PROCESS": "scor_processes", "SCOR_METRIC_DEFINITION": "scor_metric_catalog"}
# What is archived is what these are about.
OF_THE_CATALOGUE = ("mart_archive_coverage", "mart_legal_holds")
Rows = dict[tuple[Any, ...], tuple[Any, ...]]


class Business:
    """Two years of records, and every mart as it was before and after the archive took what had aged."""

    def __init__(self, flow: Flow, folder: Path) -> None:
        self.flow, self._lake = flow, folder / "lake.duckdb"
        last_day = datetime.now(UTC).date()
        self.as_of = last_day - timedelta(days=33)
        self.sent = make_business(last_day)
        files = write_business(folder / "files", self.sent)
        lists = {code: REPOSITORY / f"demo/scor_reference/{table}.json" for code, table in LISTS.items()}
        for code, path in [*lists.items(), *files.items()]:
            flow.land(code, path)
        no_tests = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        needed = ("--select", "config.meta.engine:postgres", "--exclude", "*_changes")
        self.layer_2 = self._dbt("build", "postgres", *no_tests, *needed)
        self.built_hot = self._dbt("build", "duckdb")
        self.before = self._marts()
        flow.archive("--type", "analytics")
        words = ["hold", "place", "--table", "marketing_touchpoint", "--reason", "HLD-0001: inquiry", "--definitions"]
        assert CliRunner().invoke(app, [*words, str(flow.project.definitions)]).exit_code == 0
        self.built_cold = self._dbt("run", "duckdb", "--select", "archive_*+", *OF_THE_CATALOGUE)
        self.after = self._marts()

    def _dbt(self, command: str, target: str, *words: str) -> Ended:
        day = f"{{reporting_day: {self.as_of}}}"
        return self.flow.project.dbt(command, "--vars", day, *words, target=target)

    def _marts(self) -> dict[str, list[tuple[Any, ...]]]:
        # dbt keeps its own connection to the file, which nobody else may open meanwhile.
        DuckDBConnectionManager.close_all_connections()
        with duckdb.connect(str(self._lake), read_only=True) as lake:
            named = lake.execute("select table_name from information_schema.tables where table_type = 'BASE TABLE'")
            return {
                name: lake.execute(f"select * from {SCHEMA}.{name} order by all").fetchall()
                for (name,) in named.fetchall()
            }

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query over the marts gives."""
        with duckdb.connect(str(self._lake), read_only=True) as lake:
            lake.execute(f"set TimeZone = 'UTC'; use {SCHEMA}")
            return lake.execute(query).fetchall()

    def keyed(self, mart: str, key: str, columns: str) -> Rows:
        """Columns of a mart by its key."""
        width = len(key.split(","))
        found = [tuple(map(plain, row)) for row in self.rows(f"select {key}, {columns} from {mart}")]
        return {row[:width]: row[width:] for row in found}

    def known(self, code: str, key: str, time: str) -> dict[str, list[Record]]:
        """Records of an object by their key, oldest first, as far as they were sent by the reporting day."""
        found: dict[str, list[Record]] = defaultdict(list)
        for record in sorted(self.sent[code], key=lambda record: str(record[time])):
            if day_of(record[time]) <= self.as_of:
                found[record[key]].append(record)
        return dict(found)


def plain(value: Any) -> Any:
    """As the records have it: ids as text, amounts as floats."""
    if value is None or isinstance(value, str | bool | int | date):
        return value
    return round(float(value), 6) if not hasattr(value, "hex") or isinstance(value, float) else str(value)


def time_of(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def day_of(text: str) -> date:
    return time_of(text).date()


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def share(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 6) if whole else None


def business_of(server: EmbeddedPostgres, folder: Path) -> Iterator[Business]:
    """The two years on a platform of their own."""
    definitions = library_of(folder / "definitions", TABLES)
    shutil.copytree(LIBRARY / "industries", definitions / "industries")
    shutil.copytree(LIBRARY / "benchmarks/ascm_scor", definitions / "benchmarks")
    (definitions / "kpis").mkdir()
    for kpi in (LIBRARY / "kpis/ascm_scor").glob("scor_*.json"):
        shutil.copy(kpi, definitions / "kpis")
    add_marts(folder / "dbt_project", *AREAS)
    with flow_of(server, definitions, folder) as flow:
        yield Business(flow, folder)
