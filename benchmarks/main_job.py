"""Records per second of landing, building and archiving, each beside PostgreSQL's own COPY of the same rows.

    make bench                                   300,000 orders, the median of three rounds
    python -m benchmarks.main_job --records 50000 --rounds 1

Each step is the command that a user types, in a process of its own: starting Python and dbt's parsing count. Each
round has an empty database and an empty lake on one embedded PostgreSQL, which writes through to the disk as in
production. The table goes to stdout as Markdown, progress to stderr.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer

from definitions_to_dbt.command_line import run_command_line
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.errors import ProblemError

SCHEMA = "analytics_service"
_BIN = Path(sys.executable).parent
_DAYS = 90
_STORES, _CUSTOMERS = 6, 1000
# Old enough for both archives: analytics after 90 days, raw records dropped after 7.
_NEWEST_DAYS_AGO = 100


@dataclass
class Step:
    """One step in all rounds: seconds of ours and of COPY, and the most memory our process held, in bytes."""

    name: str
    copied: str
    seconds: list[float] = field(default_factory=list)
    copy_seconds: list[float] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)

    def row(self, records: int) -> str:
        """The step's line of the table: medians over the rounds, the ratio's too."""
        ours = statistics.median(self.seconds)
        if not self.copy_seconds:
            return f"| {self.name} | {ours:.1f} | | | | {max(self.peak_bytes) / 1e6:,.0f} | |"
        copy = statistics.median(self.copy_seconds)
        ratio = statistics.median(a / b for a, b in zip(self.seconds, self.copy_seconds, strict=True))
        peak = max(self.peak_bytes) / 1e6
        rates = f"{records / ours:,.0f} | {records / copy:,.0f}"
        return f"| {self.name} | {ours:.1f} | {rates} | {ratio:.1f} | {peak:,.0f} | {self.copied} |"


HEADING = """\
| step | seconds | records per second | COPY, records per second | times COPY's time | peak memory, MB | what COPY did |
|---|---|---|---|---|---|---|"""


def steps() -> dict[str, Step]:
    """The steps in the order in which they run."""
    return {
        "land": Step("`landing load`", "the lines into one json column, no key"),
        "build": Step("`dbt build`, all models and tests", "the typed rows into one table, no key"),
        "nothing": Step("`dbt build` with nothing new", ""),
        "source": Step("`archive-jobs run --type source`", "the raw rows out to a file"),
        "analytics": Step("`archive-jobs run --type analytics`", "the typed rows out to a file"),
        "drop": Step("`archive-jobs run`: drop the raw rows", "the raw rows out to a file"),
    }


def write_orders(folder: Path, records: int) -> dict[str, Path]:
    """Write orders of 90 days that have aged, and the stores and customers they name. The same on every run."""
    rng = random.Random(1)
    stores, customers = (_ids(rng, count) for count in (_STORES, _CUSTOMERS))
    newest = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=_NEWEST_DAYS_AGO)
    opened = _text(newest - timedelta(days=_DAYS))
    # Never in memory as a whole: what this process holds would count as held by the processes that it starts.
    files: dict[str, Iterator[dict[str, Any]]] = {
        "STORE": (
            {"id": one, "name": f"Store {n}", "opened_at": opened, "tax_rate": "0.06", "updated_at": opened}
            for n, one in enumerate(stores)
        ),
        "CUSTOMER": ({"id": one, "name": f"Customer {n}", "updated_at": opened} for n, one in enumerate(customers)),
        "ORDER": (_order(rng, stores, customers, newest, n / records) for n in range(records)),
    }
    written = {}
    for code, rows in files.items():
        written[code] = folder / f"{code.lower()}.ndjson"
        with written[code].open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return written


def _order(
    rng: random.Random, stores: list[str], customers: list[str], newest: datetime, share: float
) -> dict[str, Any]:
    at = newest - timedelta(days=_DAYS * (1 - share))
    cents = rng.randrange(400, 6000)
    tax = cents * 6 // 100
    handed_over = _text(at + timedelta(minutes=rng.randrange(2, 40)))
    return {
        "id": _ids(rng, 1)[0], "customer": rng.choice(customers), "ordered_at": _text(at),
        "store_id": rng.choice(stores), "subtotal": cents, "tax_paid": tax, "order_total": cents + tax,
        "status": "fulfilled", "fulfilled_at": handed_over, "updated_at": handed_over,
    }  # fmt: skip


def _ids(rng: random.Random, count: int) -> list[str]:
    return [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(count)]


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass
class Round:
    """One round in a database and a lake of its own."""

    folder: Path
    environment: dict[str, str]
    connection: psycopg.Connection[Any]
    measured: dict[str, Step]

    def run(self, files: dict[str, Path]) -> None:
        """Every step, then COPY of the same rows."""
        past = f"--ingested-at {datetime.now(UTC).date() - timedelta(days=30)}"
        for code in ("STORE", "CUSTOMER"):
            self._command(f"landing load {files[code]} --object {code} {past}")
        self._measure("land", f"landing load {files['ORDER']} --object ORDER {past}")
        self._copy_in("land", "(raw_data json)", files["ORDER"], "(format csv, delimiter e'\\x01', quote e'\\x02')")
        build = f"dbt --quiet build --selector shop --target postgres --target-path {self.folder}/target"
        self._measure("source", "archive-jobs run --type source --yes")
        self._copy_out(("source", "drop"), "source_orders")
        self._measure("build", build)
        typed = self._copy_out(("analytics",), "orders")
        self._copy_in("build", f"(like {SCHEMA}.orders)", typed, "(format text)")
        self._measure("nothing", build)
        self._measure("analytics", "archive-jobs run --type analytics --yes")
        self._measure("drop", "archive-jobs run --type source --yes")
        self._require_done()

    def _measure(self, step: str, command: str) -> None:
        seconds, peak = self._command(command)
        self.measured[step].seconds.append(seconds)
        self.measured[step].peak_bytes.append(peak)
        print(f"  {seconds:6.1f} s  {command}", file=sys.stderr)

    def _command(self, command: str) -> tuple[float, int]:
        """Run it; return its seconds and the most memory it held, in bytes. Raises ProblemError when it fails."""
        name, *words = command.split()
        began = time.monotonic()
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen([str(_BIN / name), *words], env=self.environment, stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            last = (self.folder / "log").read_text(errors="replace").strip().splitlines()[-5:]
            raise ProblemError(f"`{command}` ended with {process.returncode}: {' | '.join(last)}")
        # Kilobytes on Linux, bytes on macOS.
        return time.monotonic() - began, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    def _copy_in(self, step: str, columns: str, file: Path, options: str) -> None:
        self.connection.execute(f"create table raw_copy {columns}".encode())
        began = time.monotonic()
        with (
            self.connection.cursor().copy(f"copy raw_copy from stdin {options}".encode()) as copy,
            file.open("rb") as lines,
        ):
            while block := lines.read(1 << 20):
                copy.write(block)
        self.measured[step].copy_seconds.append(time.monotonic() - began)
        self.connection.execute("drop table raw_copy")

    def _copy_out(self, steps: tuple[str, ...], table: str) -> Path:
        file = self.folder / f"{table}.copy"
        began = time.monotonic()
        with self.connection.cursor().copy(f"copy {SCHEMA}.{table} to stdout".encode()) as copy, file.open("wb") as out:
            for block in copy:
                out.write(block)
        for step in steps:
            self.measured[step].copy_seconds.append(time.monotonic() - began)
        return file

    def _require_done(self) -> None:
        """A step that did nothing would be fast."""
        left = self.connection.execute(
            f"select (select count(*) from {SCHEMA}.orders), (select count(*) from {SCHEMA}.source_orders)".encode()
        ).fetchone()
        if left != (0, 0):
            raise ProblemError(f"expected every row to have left PostgreSQL, found {left} of orders and source_orders")


@contextmanager
def _round(server: EmbeddedPostgres, folder: Path, number: int, measured: dict[str, Step]) -> Iterator[Round]:
    database = f"round_{number}"
    place = folder / database
    place.mkdir()
    environment = (
        os.environ
        | server.environment
        | {
            "PGDATABASE": database,
            "ANALYTICS_SCHEMA": SCHEMA,
            "ARCHIVE_URL": str(place / "lake"),
            "LAKE_DB": str(place / "lake.duckdb"),
            "DBT_LOG_PATH": str(place / "logs"),
        }
    )
    server_at = f"host={environment['PGHOST']} port={environment['PGPORT']} user={environment['PGUSER']}"
    with psycopg.connect(f"{server_at} dbname=postgres", autocommit=True) as administrator:
        administrator.execute(f"create database {database}".encode())
    with psycopg.connect(f"{server_at} dbname={database}", autocommit=True) as connection:
        yield Round(place, environment, connection, measured)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    records: Annotated[int, typer.Option(min=1000, help="Orders to land.")] = 300_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds to take the median of.")] = 3,
) -> None:
    """Measure the main job beside PostgreSQL's COPY, on an embedded server.

    Touches temporary folders only. Exit status: 0 measured, 2 a step failed. Example: python -m benchmarks.main_job
    """
    measured = steps()
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        files = write_orders(folder, records)
        with EmbeddedPostgres(folder / "postgres", durable=True) as server:
            for number in range(1, rounds + 1):
                print(f"round {number} of {rounds}", file=sys.stderr)
                with _round(server, folder, number, measured) as one:
                    one.run(files)
    print(
        f"{records:,} orders, median of {rounds} rounds, {os.cpu_count()} cores, Python {platform.python_version()}\n"
    )
    print(HEADING)
    for step in measured.values():
        print(step.row(records))


def main() -> None:
    """Run the benchmark; problems end with exit status 2."""
    run_command_line(app)


if __name__ == "__main__":
    main()
