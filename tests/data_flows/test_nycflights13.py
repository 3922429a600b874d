"""The flights from New York: columns named year, month and day, "NA" for nothing, a quarter archived by its UTC hours.

A month of flights; with WHOLE_YEAR=1 all 336,776 of them.
"""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flow import Flow, flow_of
from lost_database import lose_and_rebuild, when_asked
from platform_under_test import SCHEMA
from typer.testing import CliRunner

from archive_jobs.cli import app
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

DEFINITIONS = Path(__file__).parent / "nycflights13" / "definitions"
OBJECTS = {"airlines": "AIRLINE", "airports": "AIRPORT", "planes": "PLANE", "weather": "WEATHER", "flights": "FLIGHT"}
MONTHS = {str(month) for month in range(1, 13)} if os.environ.get("WHOLE_YEAR") else {"1"}
# 90 days later all but the last days of January are archived.
AS_OF = "2013-04-25"
BY_CARRIER = "select carrier, count(*), sum(distance), count(dep_time), sum(arr_delay) from {} group by carrier"


class Flights:
    """The flow after each of its steps, and the same counted from the files alone."""

    def __init__(self, flow: Flow, data: Path, folder: Path) -> None:
        self.flow = flow
        self.files = {table: data / f"{table}.csv" for table in OBJECTS} | {"flights": unzip(data, folder)}
        self.landed = {table: flow.land(OBJECTS[table], path).records for table, path in self.files.items()}
        self.build = flow.build()
        self.hot_before = flow.rows(BY_CARRIER.format(f"{SCHEMA}.flights_read"))
        self.report = flow.archive("--as-of", AS_OF)
        self.hot_after = flow.value(f"select count(*) from {SCHEMA}.flights")
        self.lake_build = flow.build("duckdb")

    def records(self, table: str) -> list[dict[str, str]]:
        with self.files[table].open(newline="") as file:
            return list(csv.DictReader(file))


def unzip(data: Path, folder: Path) -> Path:
    """The flights of the chosen months, line for line as they are."""
    with zipfile.ZipFile(data / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
        lines = io.TextIOWrapper(file, newline="")
        kept = [next(lines), *(line for line in lines if line.split(",", 2)[1] in MONTHS)]
    path = folder / "flights.csv"
    path.write_text("".join(kept), newline="")
    return path


@pytest.fixture(scope="module")
def flights(server: EmbeddedPostgres, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flights]:
    folder = tmp_path_factory.mktemp("nycflights13")
    with flow_of(server, DEFINITIONS, folder) as flow:
        yield Flights(flow, shared_data / "nycflights13", folder)


def by_carrier(records: list[dict[str, str]]) -> list[tuple[str, int, int, int, int]]:
    """The same as BY_CARRIER, in plain Python."""
    totals: dict[str, Counter[str]] = {}
    for record in records:
        total = totals.setdefault(record["carrier"], Counter())
        total["flights"] += 1
        total["distance"] += int(record["distance"])
        total["departed"] += record["dep_time"] != "NA"
        total["delay"] += int(record["arr_delay"]) if record["arr_delay"] != "NA" else 0
    return sorted((name, t["flights"], t["distance"], t["departed"], t["delay"]) for name, t in totals.items())


@pytest.mark.parametrize("table", OBJECTS)
def test_every_record_is_landed_and_loaded(flights: Flights, table: str) -> None:
    records = len(flights.records(table))

    assert flights.landed[table] == records
    assert flights.flow.counts(table) == {"loaded": records}


def test_the_build_warns_only_of_planes_and_airports_that_the_lists_lack(flights: Flights) -> None:
    warned = {name.split("__")[0] for name in flights.build.failed}

    assert flights.build.success and flights.lake_build.success
    assert warned == {"refers_to_flights_dest", "refers_to_flights_tailnum"}
    assert flights.lake_build.failed == {}


def test_hot_totals_are_those_of_the_file(flights: Flights) -> None:
    assert sorted(flights.hot_before) == by_carrier(flights.records("flights"))


def test_na_is_null_and_local_times_stay_as_sent(flights: Flights) -> None:
    sent = Counter(record["wind_gust"] == "NA" for record in flights.records("weather"))
    query = "select wind_gust is null, count(*) from {{ ref('history_weather') }} group by 1"

    assert dict(flights.flow.history(query)) == sent


def test_what_is_older_than_the_retention_has_left_postgresql(flights: Flights) -> None:
    kept = [record for record in flights.records("flights") if record["time_hour"] >= "2013-01-25"]

    assert 0 < flights.hot_after == len(kept) < flights.landed["flights"]


def test_history_over_hot_and_archived_rows_has_the_totals_of_the_file(flights: Flights) -> None:
    found = flights.flow.history(BY_CARRIER.format("{{ ref('history_flights') }}"))

    assert sorted((row[0], *map(int, row[1:])) for row in found) == by_carrier(flights.records("flights"))


def test_the_hour_that_summer_time_repeats_is_two_hours(flights: Flights) -> None:
    """2013-11-03 01:00 in New York came twice; in UTC it is two moments."""
    query = """select origin, count(*), count(distinct time_hour) from {{ ref('history_weather') }}
        where "year" = 2013 and "month" = 11 and "day" = 3 and "hour" = 1 group by origin order by origin"""

    assert flights.flow.history(query) == [("EWR", 2, 2), ("JFK", 2, 2), ("LGA", 2, 2)]


def test_the_raw_records_are_archived_too(flights: Flights) -> None:
    query = "select sum(rows) from archive_catalog.readable_files where kind = 'source' and table_name = 'flights'"

    assert flights.flow.value(query) == flights.landed["flights"]


def test_every_row_hot_or_archived_says_what_its_record_says(flights: Flights) -> None:
    ended = CliRunner().invoke(app, ["compare", "flights", "--json", "--definitions", str(DEFINITIONS)])

    assert (ended.exit_code, json.loads(ended.stdout)["counts"]["equal"]) == (0, flights.landed["flights"]), (
        ended.output
    )


@when_asked
@pytest.mark.long
def test_layer_2_is_made_again_from_the_lake_alone(flights: Flights) -> None:
    # The last, as it archives all but the last quarter: what is cold is not to come back hot.
    flights.flow.archive("--as-of", "2014-01-01" if len(MONTHS) > 1 else AS_OF)
    assert flights.flow.build("duckdb").success
    history = sorted(flights.flow.history(BY_CARRIER.format("{{ ref('history_flights') }}")))

    rebuilt = lose_and_rebuild(flights.flow, OBJECTS.values())

    print(rebuilt)
    assert rebuilt.differences == {}
    assert flights.flow.build("duckdb").success
    assert sorted(flights.flow.history(BY_CARRIER.format("{{ ref('history_flights') }}"))) == history
