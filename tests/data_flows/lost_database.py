"""The database is lost: Layers 2 and 3 are made again from the lake alone, and compared with what was there."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import pytest
from flow import Flow
from platform_under_test import SCHEMA
from replayed_shop import in_process
from typer.testing import CliRunner

from archive_jobs.cli import app
from archive_jobs.commands.replay import replay_records
from archive_jobs.replaying.beside import Wanted
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import parse_interval
from definitions_to_dbt.library import load_library

# Every record is transformed twice more: minutes, so only when asked for.
when_asked = pytest.mark.skipif("REBUILD" not in os.environ, reason="set REBUILD=1: every record is transformed twice")
_OF_THE_RUN = "array['_batch_id', '_loaded_at', '_rejected_at']"


@dataclass
class Rebuilt:
    """Rows and a digest of every table, before and after, and how long it took."""

    before: dict[str, tuple[int, str]]
    after: dict[str, tuple[int, str]]
    records: int
    seconds: float


def what_stands(flow: Flow, tables: list[str]) -> dict[str, tuple[int, str]]:
    """Each table without the columns that tell of the run."""
    digest = (
        "select count(*), md5(coalesce(string_agg(row, chr(10) order by row), '')) from"
        f" (select (to_jsonb(t) - {_OF_THE_RUN})::text as row from {SCHEMA}.{{}} as t) as rows"
    )
    return {table: flow.rows(digest.format(table))[0] for table in tables}


def lose_and_rebuild(flow: Flow, objects: list[str]) -> Rebuilt:
    """Drop everything in the database, and make it again from the lake."""
    library = load_library(flow.project.definitions)
    models = [library.object(name) for name in objects]
    tables = [name for m in models for name in (m.table_name, f"rejected_{m.table_name}")]
    tables += [f"{model.table_name}_versions" for model in models if model.has_versions]
    flow.archive("--type", "source")  # each record is in the lake before the loss
    before = what_stands(flow, tables)
    flow.execute(f"drop schema {SCHEMA} cascade; drop schema archive_catalog cascade")
    began, records = time.monotonic(), 0
    assert CliRunner().invoke(app, ["catalog", "rebuild", "--yes"]).exit_code == 0
    assert flow.project.dbt("run").success
    for model in models:
        done = replay_records(
            ArchiveSettings(), flow.project.definitions, model.code, Wanted(parse_interval(None, None)),
            in_process(flow.project), lambda *_: None, into=None, ttl="1 day", really=True,
        )  # fmt: skip
        records += done.records
    return Rebuilt(before, what_stands(flow, tables), records, time.monotonic() - began)
