"""The same day and year over Azurite: first as they come from there, then from the checked copies that readers keep."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from azure.storage.blob import BlobServiceClient
from object_services import connection_string, start_azurite

from archive_jobs.lake.stores import open_store
from archive_jobs.reading.read_back import Session
from archive_jobs.settings import ArchiveSettings

if TYPE_CHECKING:
    from benchmarks.reading import Bench

_CONTAINER = "lake"


def over_azurite(bench: Bench, rounds: int) -> None:
    """Put the lake's files there under their own names, and ask again."""
    from benchmarks import reading

    root = Path(os.environ["ARCHIVE_URL"])
    azurite = start_azurite()
    said = connection_string(next(azurite))
    os.environ |= {
        "AZURE_STORAGE_CONNECTION_STRING": said,
        "ARCHIVE_URL": f"abfs://{_CONTAINER}",
        "ARCHIVE_JOBS_CACHE": str(bench.folder / "cache"),
        "ARCHIVE_JOBS_STAGING": str(bench.folder / "staging"),
    }
    with BlobServiceClient.from_connection_string(said) as client:
        container = client.create_container(_CONTAINER)
        paths = [path for path in root.rglob("*") if path.is_file() and ".staging" not in path.parts]

        def put(path: Path) -> None:
            container.upload_blob(str(path.relative_to(root)), path.read_bytes())

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(put, paths))
    reading.note(f"{len(paths)} objects in Azurite")
    settings = ArchiveSettings(memory_limit="512MB")
    try:
        with Session(settings, open_store(settings, writable=False)) as session:
            day, year = bench.interval(bench.days // 2, 1), bench.interval(0, 365)
            for heading, interval in (("a day's sums", day), ("a year's sums", year))[: 2 if bench.days >= 365 else 1]:
                ways = {
                    "DuckDB's azure extension, told the files": _named(bench, root, said, interval),
                    "sql and shell": _ours(bench, session, interval),
                    "DuckDB's azure extension, glob and Hive folders": _globbed(said, interval),
                }
                found = reading.medians(ways, max(rounds // 5, 2))
                reading.print_table(f"Azurite: {heading}, of {bench.days:,} daily files", found)
    finally:
        azurite.close()
        os.environ["ARCHIVE_URL"] = str(root)


def _bare(said: str) -> duckdb.DuckDBPyConnection:
    from benchmarks.reading import plain_duckdb

    session = plain_duckdb()
    for name in ("httpfs", "azure"):
        folder = files(f"duckdb_extension_{name}").joinpath("extensions", f"v{duckdb.__version__}")
        session.execute(f"load '{folder}/{name}.duckdb_extension'")
    session.execute(f"create secret (type azure, connection_string '{said}')")
    return session


def _named(bench: Bench, root: Path, said: str, interval: Any) -> Any:
    from benchmarks.reading import SUMS

    session = _bare(said)
    listed = [
        f"az://{_CONTAINER}/{Path(path).relative_to(bench.folder / 'lake')}" for path in _paths(bench, root, interval)
    ]
    return lambda: session.execute(SUMS.format(f"read_parquet({listed})")).fetchall()


def _paths(bench: Bench, root: Path, interval: Any) -> list[str]:
    found = bench.connection.execute(
        "select path from archive_catalog.readable_files where table_name = 'measures' and lo >= %s and hi <= %s",
        (interval.start, interval.end),
    )
    return [str(root / path) for (path,) in found]


def _globbed(said: str, interval: Any) -> Any:
    from benchmarks.reading import SCHEMA, SUMS, hive

    session = _bare(said)
    glob = f"read_parquet('az://{_CONTAINER}/{SCHEMA}/analytics/measures/**/*.parquet', hive_partitioning = true)"
    relation = f"(select * from {glob} where {hive(interval)})"
    return lambda: session.execute(SUMS.format(relation)).fetchall()


def _ours(bench: Bench, session: Session, interval: Any) -> Any:
    from archive_jobs.reading.asked import ask
    from benchmarks.reading import SUMS, condition

    query = SUMS.format(f"(select * from history_measures where {condition(interval)})")

    def answer() -> Any:
        with session.snapshot(query) as reader:
            return reader.engine.execute(ask(reader, bench.library, query).query).fetchall()

    return answer
