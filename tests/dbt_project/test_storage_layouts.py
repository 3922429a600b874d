"""Tables of events are cut by time: months are there before their rows, and no time can fill the catalogue."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project
from small_library import TICK, Definition

from definitions_to_dbt.ddl import layer2_ddl, platform_ddl
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

RUN = ("run", "--select", "+ticks_read +visits_read")
VISIT: Definition = {
    "code": "VISIT",
    "name": "Visit",
    "module": "SHOP",
    "kind": "event",
    "time_column": "seen_at",
    "storage": {"layout": "auto", "interval": "1 month", "ahead": 2},
    "table_schema": {
        "table_name": "visits",
        "columns": [
            {"name": "id", "type": "integer", "primary_key": True},
            {"name": "seen_at", "type": "timestamptz", "nullable": False},
            {"name": "seconds", "type": "integer"},
        ],
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of(tmp_path_factory.mktemp("visits"), [VISIT, TICK])


@pytest.fixture(params=["partitions", pytest.param("hypertable", marks=pytest.mark.timescale)])
def platform(
    request: pytest.FixtureRequest, server: EmbeddedPostgres, project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    with fresh_database(server, tmp_path_factory.mktemp("lake")), psycopg.connect(autocommit=True) as connection:
        if request.param == "hypertable":
            connection.execute("create extension timescaledb")
        yield Platform(project, connection).prepare()


def test_late_early_and_moved_records_find_their_partition(platform: Platform, project: Project) -> None:
    times = ["2024-01-31T23:59:59Z", "2024-02-01T00:00:00Z", "1971-05-05T00:00:00Z", "9998-01-01T00:00:00Z"]
    platform.land("visits", *({"id": n, "seen_at": time, "seconds": n} for n, time in enumerate(times)))
    platform.land("ticks", *({"at_time": time, "reading": 1} for time in times))
    assert project.dbt(*RUN).success
    platform.land("visits", {"id": 0, "seen_at": "2023-06-01T00:00:00Z"}, {"id": 1, "seen_at": times[1], "seconds": 5})

    ended = project.dbt(*RUN)

    assert ended.success, ended.failed
    assert platform.rows(f"select id, seconds from {SCHEMA}.visits_read order by id") == [
        (0, None), (1, 5), (2, 2), (3, 3),
    ]  # fmt: skip
    assert platform.value(f"select count(*) from {SCHEMA}.ticks_read") == 4
    assert platform.value(f"select {SCHEMA}.layout_of('{SCHEMA}.visits')") != "plain"
    if platform.value(f"select {SCHEMA}.layout_of('{SCHEMA}.visits')") == "partitions":
        stands_in = f"select tableoid::regclass::text from {SCHEMA}.visits where not _deleted order by id"
        assert [name.rpartition(".")[2] for (name,) in platform.rows(stands_in)] == [
            "visits_p2023_06", "visits_p2024_02", "visits_p1971_05", "visits_p_other",
        ]  # fmt: skip


class Visits:
    """The table of visits in a database, made by hand."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        connection.execute(platform_ddl(SCHEMA).encode())
        connection.execute(f"set search_path = {SCHEMA}; set time zone 'UTC'".encode())

    def make(self, **storage: object) -> None:
        definition = copy.deepcopy(VISIT) | {"storage": {"layout": "partitions", **storage}}
        self.connection.execute(layer2_ddl(ObjectModel.model_validate(definition), SCHEMA).encode())

    def add(self, key: int, time: str) -> None:
        self.connection.execute(
            f"insert into visits (id, seen_at, _raw_seq, _source_order) values ({key}, '{time}', 1, 1)".encode()
        )

    def partitions(self) -> list[str]:
        query = "select inhrelid::regclass::text from pg_inherits where inhparent = 'visits'::regclass order by 1"
        return [name for (name,) in self.connection.execute(query).fetchall()]

    def value(self, query: str) -> object:
        row = self.connection.execute(query.encode()).fetchone()
        return row[0] if row else None


@pytest.fixture
def visits(connection: psycopg.Connection) -> Visits:
    return Visits(connection)


@pytest.mark.parametrize(
    ("interval", "name"), [("1 day", "YYYY_MM_DD"), ("1 week", "YYYY_MM_DD"), ("1 month", "YYYY_MM"), ("1 year", "YYYY")]
)
def test_partitions_stand_ahead_of_the_clock(visits: Visits, interval: str, name: str) -> None:
    visits.make(interval=interval, ahead=2)

    unit = interval.split()[1]
    query = f"select array_agg('visits_p' || to_char(date_trunc('{unit}', now()) + n * interval '{interval}', '{name}'))"
    assert visits.partitions() == [*visits.value(f"{query} from generate_series(0, 2) n"), "visits_p_other"]  # type: ignore[misc]
    visits.make(interval=interval, ahead=2)


def test_times_without_end_and_times_all_over_the_calendar_have_somewhere_to_go(visits: Visits) -> None:
    visits.make()
    for number, time in enumerate(["infinity", "-infinity", "0001-01-01", "294000-01-01", "1969-12-31"]):
        visits.add(number, time)
    every_month = "array(select generate_series('0001-01-01'::timestamp, '9999-01-01', '1 month'))"

    for _ in range(12):
        visits.connection.execute(f"select make_partitions('visits', '1 month', 3, {every_month})".encode())

    assert visits.value("select count(*) from visits_p_other") == 5
    assert 500 < len(visits.partitions()) <= 1000


def test_a_month_whose_rows_stand_elsewhere_already_is_left_where_it_is(visits: Visits) -> None:
    visits.make()
    visits.add(1, "2020-05-05")

    visits.connection.execute("select make_partitions('visits', '1 month', 0, array['2020-05-01'::timestamp])")

    visits.add(2, "2020-05-06")
    assert visits.value("select count(*) from visits_p_other") == 2
    assert "visits_p2020_05" not in visits.partitions()


def test_a_new_partition_waits_for_no_reader(visits: Visits) -> None:
    visits.make()
    with psycopg.connect() as reader:
        reader.execute(f"select * from {SCHEMA}.visits".encode())

        visits.connection.execute("select make_partitions('visits', '1 month', 0, array['2020-05-01'::timestamp])")

    visits.add(1, "2020-05-05")
    assert visits.value("select count(*) from visits_p_other") == 1


def test_a_row_that_comes_while_its_month_is_made_waits_and_finds_it(visits: Visits) -> None:
    visits.make()
    make = f"select {SCHEMA}.make_partitions('visits', '1 month', 0, array['2020-05-01'::timestamp])".encode()
    add = f"insert into {SCHEMA}.visits (id, seen_at, _raw_seq, _source_order) values (1, '2020-05-05', 1, 1)".encode()
    with psycopg.connect() as maker, psycopg.connect(autocommit=True) as writer, ThreadPoolExecutor(1) as other:
        maker.execute(make)
        ended = other.submit(writer.execute, add)
        while not ended.done() and not visits.value("select exists (select from pg_locks where not granted)"):
            pass

        maker.commit()

        ended.result()
    assert visits.value("select tableoid::regclass::text from visits") == "visits_p2020_05"


def test_two_runs_that_make_the_same_partition_do_not_fail_each_other(visits: Visits) -> None:
    visits.make()
    make = f"select {SCHEMA}.make_partitions('visits', '1 month', 0, array['2020-05-01'::timestamp])".encode()
    with psycopg.connect() as first, psycopg.connect(autocommit=True) as second, ThreadPoolExecutor(1) as other_run:
        first.execute(make)
        ended = other_run.submit(second.execute, make)
        while not ended.done() and not visits.value("select exists (select from pg_locks where not granted)"):
            pass

        first.commit()

        ended.result()
    assert "visits_p2020_05" in visits.partitions()


def test_a_plain_table_stays_one_and_says_so(visits: Visits) -> None:
    visits.make(layout="plain")
    visits.make(layout="partitions")

    assert visits.value("select layout_of('visits')") == "plain"
    note = visits.value("select layout_note('visits', 'partitions')")
    assert note == (
        "visits stays a plain table: the definition says partitions, but a table that stands is never moved over by itself"
    )
    assert visits.value("select layout_note('visits', 'plain')") is None


def test_a_hypertable_without_timescaledb_is_one_clear_message(visits: Visits) -> None:
    problem = visits.value("select layout_problem('visits', 'hypertable')")

    assert problem == (
        "visits asks for a hypertable, but this database has no TimescaleDB. Nothing was changed. Run `create extension "
        "timescaledb`, or state the layout auto or partitions, and run `dbt build` again."
    )


@pytest.mark.timescale
def test_a_hypertable_is_made_where_timescaledb_is_and_takes_the_same_changes(visits: Visits) -> None:
    visits.make(layout="auto")
    visits.add(1, "2024-01-05")
    definition = copy.deepcopy(VISIT)
    definition["table_schema"]["columns"][2] |= {"type": "bigint", "name": "duration", "renamed_from": "seconds"}
    definition["table_schema"]["columns"].append({"name": "note", "type": "text"})

    visits.connection.execute(layer2_ddl(ObjectModel.model_validate(definition), SCHEMA).encode())

    assert visits.value("select layout_of('visits')") == "hypertable"
    assert visits.value("select pg_typeof(duration)::text from visits") == "bigint"


def test_partitions_take_the_same_changes(visits: Visits) -> None:
    visits.make()
    visits.add(1, "2024-01-05")
    visits.add(2, "infinity")
    visits.connection.execute("create view odd_times as select id, seconds from visits_p_other")
    definition = copy.deepcopy(VISIT)
    definition["table_schema"]["columns"][0]["type"] = "bigint"
    definition["table_schema"]["columns"][2] |= {"type": "bigint", "name": "duration", "renamed_from": "seconds"}

    visits.connection.execute(layer2_ddl(ObjectModel.model_validate(definition), SCHEMA).encode())

    assert visits.value("select pg_typeof(duration)::text from visits_p_other limit 1") == "bigint"
    assert visits.value("select count(*) from visits") == 2
    assert visits.value("select pg_typeof(seconds)::text from odd_times limit 1") == "bigint"


def test_the_column_that_partitions_are_cut_by_keeps_its_type(visits: Visits) -> None:
    dated = copy.deepcopy(VISIT) | {"storage": {"layout": "partitions"}}
    dated["table_schema"]["columns"][1]["type"] = "date"
    visits.connection.execute(layer2_ddl(ObjectModel.model_validate(dated), SCHEMA).encode())
    dated["table_schema"]["columns"][1]["type"] = "timestamp"

    with pytest.raises(psycopg.errors.RaiseException, match=r"the column seen_at of visits is date, .* is cut by it"):
        visits.connection.execute(layer2_ddl(ObjectModel.model_validate(dated), SCHEMA).encode())
