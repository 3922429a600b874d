"""The steps of a verdict, in their order, each with what it found. Decides nothing about printing."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from definitions_to_dbt.evolution.change import Change
from definitions_to_dbt.evolution.compare import compare
from definitions_to_dbt.evolution.earlier import earlier_library
from definitions_to_dbt.library import Library, load_library
from definitions_to_dbt.postgres import connect
from definitions_to_dbt.render import render
from definitions_to_dbt.verdict.dbt_runs import ENGINES, Dbt, Said, profiles_of
from definitions_to_dbt.verdict.schema import copy_raw_records, drop_schema, make_schema
from definitions_to_dbt.verdict.state import production_state, state_beside
from definitions_to_dbt.write import find_drift
from definitions_to_dbt.written_models import written_models

_SHOWN = 3


@dataclass(frozen=True)
class Asked:
    """What a verdict is asked about, and where it may work."""

    against: str
    definitions: Path
    project: Path
    schema: str
    production: str
    folder: Path
    sample: int
    breaking_is_meant: bool = False
    has_server: bool = True
    keep: bool = False


@dataclass
class Step:
    """One step: what was asked, what was found, how long it took."""

    name: str
    is_good: bool
    found: str
    seconds: float


@dataclass
class Verdict:
    """All steps that were taken. The first that is bad ends it."""

    steps: list[Step] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return all(step.is_good for step in self.steps)


def judge(asked: Asked, tell: Callable[[Step], None]) -> Verdict:
    """Take the steps, telling each. Raises ProblemError for what cannot be asked at all."""
    verdict = Verdict()
    library = load_library(asked.definitions, lambda: written_models(asked.project))
    changes: list[Change] = []

    def take(name: str, step: Callable[[], tuple[bool, str]]) -> None:
        if verdict.is_good:
            began = time.monotonic()
            is_good, found = step()
            verdict.steps.append(Step(name, is_good, found, time.monotonic() - began))
            tell(verdict.steps[-1])

    take("definitions", lambda: (True, f"{len(library.objects)} objects, {len(library.kpis)} KPIs: no problem"))
    take("generated files", lambda: _drift(library, asked.project))
    take("change", lambda: _difference(library, asked, changes))
    if verdict.is_good and asked.has_server:
        _try_it(library, asked, changes, take)
    return verdict


def _drift(library: Library, project: Path) -> tuple[bool, str]:
    drift = find_drift(project, render(library))
    stale = [*drift.changed, *drift.orphans]
    shown = ", ".join(stale[:_SHOWN]) + (f" and {len(stale) - _SHOWN} more" if len(stale) > _SHOWN else "")
    return drift.is_clean, f"{shown} differ; run `definitions-to-dbt generate`" if stale else "as the definitions say"


def _difference(library: Library, asked: Asked, changes: list[Change]) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory() as scratch:
        changes += compare(earlier_library(asked.against, asked.definitions, Path(scratch)), library)
    breaking = [
        f"{change.object} {change.at}: {change.what}" for change in changes if change.change_class == "breaking"
    ]
    objects = ", ".join(dict.fromkeys(change.object for change in changes)) or "no definition"
    said = f"{objects} changed against {asked.against}" + (f"; breaking: {'; '.join(breaking)}" if breaking else "")
    return asked.breaking_is_meant or not breaking, said


def _try_it(
    library: Library, asked: Asked, changes: list[Change], take: Callable[[str, Callable[[], tuple[bool, str]]], None]
) -> None:
    """Build what changed, and what stands on it, in a schema of its own; all else is read where production has it."""
    changed = {change.object for change in changes}
    models = [model for model in library.objects if model.code in changed]
    states: list[Path] = []

    def state() -> tuple[bool, str]:
        states.append(production_state(asked.against, asked.folder / "state", asked.project, asked.production))
        return True, f"in {states[0]}"

    def sample() -> tuple[bool, str]:
        copied = copy_raw_records(connection, models, asked.schema, asked.production, asked.sample)
        return True, ", ".join(f"{count:,} of {table}" for table, count in copied.items()) or "none: nothing to try"

    take("production's manifests", state)
    with connect(application_name="verdict") as connection:
        make_schema(connection, asked.schema, asked.production)
        try:
            take("production's raw records", sample)
            built: list[str] = []
            for engine in ENGINES:
                take(f"dbt build on {engine}", partial(_built, engine, states[0], asked, built))
        finally:
            if not asked.keep:
                drop_schema(connection, asked.schema)


def _built(engine: str, state: Path, asked: Asked, built: list[str]) -> tuple[bool, str]:
    lake = asked.folder / f"{asked.schema}_lake.duckdb"
    known = state / engine
    if engine == "duckdb":
        lake.parent.mkdir(parents=True, exist_ok=True)
        lake.unlink(missing_ok=True)
        known = state_beside(known, built, asked.schema, asked.folder / f"{asked.schema}_state")
    target = asked.folder / "target" / engine
    dbt = Dbt(engine, asked.schema, target, asked.project, profiles_of(asked.project), lake)
    selected = [f"state:modified+,config.meta.engine:{engine}"]
    deferred = ["--defer", "--favor-state", "--state", str(known.resolve())]
    if engine == "postgres":
        # A test between two engines is run by DuckDB, which reads both.
        more = ["--exclude", "config.meta.engine:duckdb"]
    else:
        # In a file of its own: also the views that what changed stands on, and those that a test compares it with.
        selected, more = dbt.changed(selected[0], *deferred), ["--indirect-selection", "empty"]
        if not selected:
            return True, "nothing to build"
    said: Said = dbt.run("build", "--select", *selected, *more, *deferred)
    built += said.built
    return said.is_good, str(said)


def production_schema() -> str:
    """The schema that production builds in."""
    return os.environ.get("ANALYTICS_SCHEMA", "analytics_service")
