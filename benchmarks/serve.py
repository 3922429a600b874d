"""What the service gives: requests in a second and their times for a small retrieval, memory for a large one.

`make bench-serve`. An embedded PostgreSQL, a lake of daily files of three tenants, and `archive-jobs serve` as a
process of its own. A small retrieval is a page of 100 rows of one tenant out of one archived day; a large one streams
the range. Beside them, by turns in the same run, what none of it can be faster than: the same process answering
`/health`, which needs the token and one question to PostgreSQL, and a plain DuckDB reading the tenant's file of that
day (or all of the tenant's files of the range) by name, without a service, a snapshot or hot rows. The key holds the
time, as that of measurements does: where it does not, one day asks for later records of the same keys everywhere
(`--key id`).
"""

from __future__ import annotations

import argparse
import copy
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb
import orjson
import psycopg
from served_shop import ORDER
from small_shop import SCHEMA, Shop, write_definitions

from archive_jobs.database import connect
from archive_jobs.lake.lake_identity import part_of_tenant
from archive_jobs.serving.service_settings import ServiceSettings
from archive_jobs.serving.tokens import create_token
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

FIRST, DAYS = date(2024, 1, 1), 200
SECONDS, ROUNDS, TENANT = 5, 3, "tenant1"
_MIB = 1 << 20


def model_of(key: str) -> dict[str, Any]:
    """The tests' purchases, with the time in the key or without."""
    schema: dict[str, Any] = copy.deepcopy(ORDER["table_schema"])
    for column in schema["columns"]:
        column["primary_key"] = column["name"] == "purchase_id" or (key == "time" and column["name"] == "bought_at")
    return ORDER | {"table_schema": schema}


def make(folder: Path, rows: int, key: str) -> tuple[Shop, str]:
    """Rows of three tenants, archived; the definitions are the tests' own."""
    os.environ["ARCHIVE_URL"] = str(folder / "lake")
    definitions = write_definitions(folder / "definitions", model_of(key))
    shop = Shop(psycopg.connect(autocommit=True), definitions, folder / "lake")
    shop.make_tables()
    shop.execute(
        f"insert into {SCHEMA}.purchases (purchase_id, tenant_id, bought_at, amount, quantity, note, email, phone,"
        " _raw_seq, _source_order) select 'p' || n, 'tenant' || n %% 3,"
        " %s::timestamptz + n * (%s * interval '1 day') / %s,"
        " n * 1.37, n %% 97, 'note ' || md5(n::text), n %% 1000 || '@example.com', '+49 170 ' || n, n, n"
        " from generate_series(0, %s - 1) n", FIRST.isoformat(), DAYS, rows, rows,
    )  # fmt: skip
    shop.run("analytics")
    with connect(ServiceSettings()) as connection:
        _, token = create_token(connection, SCHEMA, "bench", ["retrieve"], TENANT, timedelta(hours=6))
    return shop, token


def ask(client: http.client.HTTPConnection, token: str, path: str) -> int:
    """One request that is answered; its bytes."""
    client.request("GET", f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
    answer, size = client.getresponse(), 0
    while chunk := answer.read(1 << 20):
        size += len(chunk)
    if answer.status != 200:
        raise RuntimeError(f"{path} ended with {answer.status}")
    return size


def retrieve(**query: object) -> str:
    """The path of a retrieval."""
    return f"retrieve?{urlencode({'table_name': 'purchases', **query})}"


def small(port: int, token: str, clients: int, path: Callable[[date], str]) -> list[float]:
    """Seconds of each of the requests that so many clients made at once."""
    found: list[float] = []
    until, lock = time.monotonic() + SECONDS, threading.Lock()

    def load(number: int) -> None:
        client = http.client.HTTPConnection("127.0.0.1", port)
        mine = []
        for n in range(10**9):
            began = time.monotonic()
            if began > until:
                break
            ask(client, token, path(_some_day(n, number)))
            mine.append(time.monotonic() - began)
        with lock:
            found.extend(mine)

    threads = [threading.Thread(target=load, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def plain(files: Mapping[date, str]) -> list[float]:
    """Seconds of each of the questions that a DuckDB in this process answers, file by file, as JSON."""
    engine, found, until = duckdb.connect(config={"threads": 2}), [], time.monotonic() + SECONDS
    for n in range(10**9):
        began = time.monotonic()
        if began > until:
            break
        asked = f"select * from read_parquet('{files[_some_day(n, 0)]}') order by bought_at, purchase_id limit 100"
        orjson.dumps(engine.execute(asked).to_arrow_table().to_pylist(), default=str)
        found.append(time.monotonic() - began)
    return found


def _some_day(n: int, client: int) -> date:
    return FIRST + timedelta(days=(n * 17 + client) % (DAYS - 1))


def large(process: int, port: int, token: str, days: int, format: str) -> tuple[float, int, int, int]:
    """Seconds, bytes, and the process's memory before and at its highest."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    before = _memory(process, "VmRSS")
    began = time.monotonic()
    client = http.client.HTTPConnection("127.0.0.1", port)
    size = ask(client, token, retrieve(start_time=FIRST, end_time=FIRST + timedelta(days=days - 1), format=format))
    return time.monotonic() - began, size, before, _memory(process, "VmHWM")


def plain_large(files: list[str], format: str, folder: Path) -> float:
    """Seconds in which a plain DuckDB writes the same rows to a file."""
    way = "(format csv)" if format == "csv" else "(format parquet)"
    began = time.monotonic()
    copied = f"copy (select * from read_parquet({files})) to '{folder / 'plain'}' {way}"
    duckdb.connect(config={"threads": 2}).execute(copied)
    return time.monotonic() - began


def files_of(shop: Shop) -> dict[date, str]:
    """The files of the tenant that asks, by their day."""
    rows = shop.execute(
        "select u.lo::date, f.path, f.part_tenant, l.lake_id::text from archive_catalog.units as u"
        " inner join archive_catalog.files as f on f.attempt_id = u.active_attempt"
        " inner join archive_catalog.lakes as l on l.schema_name = u.schema_name where u.state = 'active'"
    ).fetchall()
    own = [(day, path) for day, path, part, lake in rows if part == part_of_tenant(lake.encode(), TENANT)]
    return {day: str(shop.lake / path) for day, path in own}


def _cpu_seconds(process: int) -> float:
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _memory(process: int, word: str) -> int:
    found = re.search(rf"{word}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def main() -> None:
    """Print tables for docs/50_measurements.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--key", choices=("time", "id"), default="time")
    given = parser.parse_args()
    rows = given.rows
    with tempfile.TemporaryDirectory(prefix="bench-serve-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with EmbeddedPostgres(folder / "postgres") as server:
            os.environ.update(server.environment)
            shop, token = make(folder, rows, given.key)
            limits = {
                "ARCHIVE_API_MAX_PER_MINUTE": "1000000",
                "ARCHIVE_API_MAX_AT_ONCE": "3",
                "ARCHIVE_API_ENGINES": "4",
            }
            words = ["serve", "--port", "0", "--definitions", str(shop.definitions)]
            process = subprocess.Popen(
                [Path(sys.executable).with_name("archive-jobs"), *words], stderr=subprocess.PIPE, text=True,
                env=os.environ | limits,
            )  # fmt: skip
            try:
                measure(process, token, rows, files_of(shop))
            finally:
                process.terminate()
                process.wait()


def measure(process: subprocess.Popen[str], token: str, rows: int, files: Mapping[date, str]) -> None:
    """Small ones by one and by three clients, then large ones."""
    assert process.stderr is not None
    port = next(
        int(found[1]) for line in process.stderr if (found := re.search(r"listening on http://\S+:(\d+)", line))
    )
    threading.Thread(target=lambda: [None for _ in process.stderr or ()], daemon=True).start()
    while True:
        try:
            http.client.HTTPConnection("127.0.0.1", port).connect()
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    print(f"{rows:,} rows of three tenants in {DAYS} days; load of the machine {os.getloadavg()[0]:.1f} on"
          f" {os.cpu_count()} cores\n")  # fmt: skip
    of_a_day = lambda day: retrieve(start_time=day, end_time=day, limit=100)  # noqa: E731  # one of two ways to ask
    ways: list[tuple[str, int, Callable[[date], str]]] = [
        (f"{name}, {clients} at once", clients, path)
        for clients in (1, 3)
        for name, path in (("a page of a day", of_a_day), ("`/health`", lambda _: "health"))
    ]
    small(port, token, 3, of_a_day)
    taken: dict[str, tuple[list[float], float]] = {name: ([], 0.0) for name, *_ in ways}
    of_duckdb: list[float] = []
    for _ in range(ROUNDS):
        of_duckdb += plain(files)
        for name, clients, path in ways:
            before = _cpu_seconds(process.pid)
            taken[name] = (
                taken[name][0] + small(port, token, clients, path),
                (taken[name][1] + _cpu_seconds(process.pid) - before),
            )
    print("| what | answers a second | median, ms | p99, ms | CPU of the service, ms each |\n|" + "---|" * 5)
    for name, (took, cpu) in taken.items():
        _say(name, took, f"{cpu / len(took) * 1000:.0f}")
    _say("plain DuckDB, that file by name, 1 at once", of_duckdb, "")
    page = statistics.median(taken[ways[0][0]][0])
    print(f"\nA page takes {page / statistics.median(taken[ways[1][0]][0]):.1f} times `/health`, and"
          f" {page / statistics.median(of_duckdb):.1f} times plain DuckDB.")  # fmt: skip
    print("\n| large retrieval | rows | seconds | × plain DuckDB to a file | MB sent | memory before, MiB | at its"
          " highest |\n|" + "---|" * 7)  # fmt: skip
    for days in (DAYS // 4, DAYS):
        own = [files[FIRST + timedelta(days=n)] for n in range(days)]
        for format in ("csv", "parquet", "arrow"):
            with tempfile.TemporaryDirectory() as folder:
                floor = plain_large(own, format, Path(folder))
            seconds, size, before, most = large(process.pid, port, token, days, format)
            count = rows * days // DAYS // 3
            print(f"| {format}, {days} days | {count:,} | {seconds:.1f} | {seconds / floor:.1f} | {size / 1e6:.1f}"
                  f" | {before // _MIB} | {most // _MIB} |", flush=True)  # fmt: skip


def _say(name: str, took: list[float], cpu: str) -> None:
    found = sorted(took)
    p99 = found[int(len(found) * 0.99)]
    print(f"| {name} | {len(found) / SECONDS / ROUNDS:.0f} | {statistics.median(found) * 1000:.0f}"
          f" | {p99 * 1000:.0f} | {cpu} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
