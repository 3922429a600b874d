"""The same day and year over Azurite: first as they come from there, then from the checked copies that readers keep."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import duckdb
from azure.storage.blob import BlobServiceClient
from object_services import connection_string, start_azurite

from archive_jobs.lake.stores import open_store
from archive_jobs.reading.read_back import Session
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from benchmarks.reading_archive import SCHEMA, Bench, note
from benchmarks.reading_ways import SUMS, Way, condition, hive, medians, ours, plain_duckdb, print_table

_CONTAINER = "lake"


def over_azurite(bench: Bench, rounds: int) -> None:
    """Put the lake's files there under their own names, and ask again."""
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
    note(f"{len(paths)} objects in Azurite")
    settings = ArchiveSettings(memory_limit="512MB")
    try:
        with Session(settings, open_store(settings, writable=False)) as session:
            day, year = bench.interval(bench.days // 2, 1), bench.interval(0, 365)
            for heading, interval in (("a day's sums", day), ("a year's sums", year))[: 2 if bench.days >= 365 else 1]:
                query = SUMS.format(f"(select * from history_measures where {condition(interval)})")
                ways = {
                    "DuckDB's azure extension, told the files": _named(bench, said, interval),
                    "sql and shell": ours(bench, session, query),
                    "DuckDB's azure extension, glob and Hive folders": _globbed(said, interval),
                }
                found = medians(ways, max(rounds // 5, 2))
                print_table(f"Azurite: {heading}, of {bench.days:,} daily files", found)
    finally:
        azurite.close()
        os.environ["ARCHIVE_URL"] = str(root)


def _bare(said: str) -> duckdb.DuckDBPyConnection:
    session = plain_duckdb()
    for name in ("httpfs", "azure"):
        folder = files(f"duckdb_extension_{name}").joinpath("extensions", f"v{duckdb.__version__}")
        session.execute(f"load '{folder}/{name}.duckdb_extension'")
    session.execute(f"create secret (type azure, connection_string '{said}')")
    return session


def _named(bench: Bench, said: str, interval: Interval) -> Way:
    session = _bare(said)
    listed = [f"az://{_CONTAINER}/{path}" for path in bench.paths("measures", interval)]
    return lambda: session.execute(SUMS.format(f"read_parquet({listed})")).fetchall()


def _globbed(said: str, interval: Interval) -> Way:
    session = _bare(said)
    glob = f"read_parquet('az://{_CONTAINER}/{SCHEMA}/analytics/measures/**/*.parquet', hive_partitioning = true)"
    relation = f"(select * from {glob} where {hive(interval)})"
    return lambda: session.execute(SUMS.format(relation)).fetchall()
