"""What the service gives: requests in a second and their times for a small retrieval, memory for a large one.

`make bench-serve`. An embedded PostgreSQL, a lake of daily files of three tenants, and `archive-jobs serve` as a
process of its own. A small retrieval is a page of 100 rows of one tenant out of one archived day; a large one streams
the range. The key holds the time, as that of measurements does: where it does not, one day asks for later records of
the same keys everywhere (`--key id`).
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
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from served_shop import ORDER
from small_shop import SCHEMA, Shop, write_definitions

from archive_jobs.database import connect
from archive_jobs.serving.service_settings import ServiceSettings
from archive_jobs.serving.tokens import create_token
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

FIRST, DAYS, SECONDS = date(2024, 1, 1), 200, 15
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
        _, token = create_token(connection, SCHEMA, "bench", ["retrieve"], "tenant1", timedelta(hours=6))
    return shop, token


def ask(client: http.client.HTTPConnection, token: str, **query: object) -> tuple[int, int]:
    """One retrieval; its status and bytes."""
    words = urlencode({"table_name": "purchases", **query})
    client.request("GET", f"/api/v1/retrieve?{words}", headers={"Authorization": f"Bearer {token}"})
    answer, size = client.getresponse(), 0
    while chunk := answer.read(1 << 20):
        size += len(chunk)
    return answer.status, size


def small(port: int, token: str, clients: int) -> list[float]:
    """Seconds of each of the requests that so many clients made at once."""
    found: list[float] = []
    until, lock = time.monotonic() + SECONDS, threading.Lock()

    def load(number: int) -> None:
        client = http.client.HTTPConnection("127.0.0.1", port)
        mine = []
        for n in range(10**9):
            day = FIRST + timedelta(days=(n * 17 + number) % (DAYS - 1))
            began = time.monotonic()
            if began > until:
                break
            status, _ = ask(client, token, start_time=day, end_time=day, limit=100)
            if status != 200:
                raise RuntimeError(f"a small retrieval ended with {status}")
            mine.append(time.monotonic() - began)
        with lock:
            found.extend(mine)

    threads = [threading.Thread(target=load, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def large(process: int, port: int, token: str, days: int, format: str) -> tuple[float, int, int, int]:
    """Seconds, bytes, and the process's memory before and at its highest."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    before = _memory(process, "VmRSS")
    began = time.monotonic()
    client = http.client.HTTPConnection("127.0.0.1", port)
    status, size = ask(client, token, start_time=FIRST, end_time=FIRST + timedelta(days=days - 1), format=format)
    if status != 200:
        raise RuntimeError(f"a large retrieval ended with {status}")
    return time.monotonic() - began, size, before, _memory(process, "VmHWM")


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
            limits = {"ARCHIVE_API_MAX_PER_MINUTE": "1000000", "ARCHIVE_API_MAX_AT_ONCE": "3"}
            words = ["serve", "--port", "0", "--definitions", str(shop.definitions)]
            process = subprocess.Popen(
                [Path(sys.executable).with_name("archive-jobs"), *words], stderr=subprocess.PIPE, text=True,
                env=os.environ | limits,
            )  # fmt: skip
            try:
                measure(process, token, rows)
            finally:
                process.terminate()
                process.wait()


def measure(process: subprocess.Popen[str], token: str, rows: int) -> None:
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
    print("| small retrieval | requests a second | median | p99 |\n|---|---|---|---|")
    small(port, token, 3)
    for clients in (1, 3):
        took = sorted(small(port, token, clients))
        p99 = took[int(len(took) * 0.99)]
        print(f"| {clients} at once | {len(took) / SECONDS:.0f} | {statistics.median(took) * 1000:.0f} ms"
              f" | {p99 * 1000:.0f} ms |", flush=True)  # fmt: skip
    print("\n| large retrieval | rows | seconds | MB sent | memory before, MiB | at its highest |\n|" + "---|" * 6)
    for days in (DAYS // 4, DAYS):
        for format in ("csv", "parquet", "arrow"):
            seconds, size, before, most = large(process.pid, port, token, days, format)
            count = rows * days // DAYS // 3
            print(f"| {format}, {days} days | {count:,} | {seconds:.1f} | {size / 1e6:.1f} | {before // _MIB}"
                  f" | {most // _MIB} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
