"""PySpark and Sail open the very files, told their shape by the lake alone; Sail reads a Delta table and Azure too."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from object_services import ACCOUNT, KEY, Proxy
from running import Project
from small_shop import SALE, SCHEMA, Shop, write_definitions
from spark_servers import missing, sail_server
from spark_side import RefusedError, SparkSide
from test_models_on_spark import COLUMNS, add, definition

sys.path.append(str(Path(__file__).parents[2] / "docs"))
SUMS = (
    "select count(*), sum(cast(big as decimal(38, 0))), sum(amount), sum(share), sum(reading), sum(weight), sum(tiny),"
    " sum(small), count(note), count(clock), unix_micros(min(at_time)), cast(max(born) as string)"
)


@pytest.fixture
def sail(tmp_path: Path) -> Iterator[SparkSide]:
    if why := missing("sail"):
        pytest.skip(why)
    with sail_server() as url:
        side = SparkSide(tmp_path / "side", url)
        yield side
        side.close()


@pytest.fixture(params=["sail", "pyspark"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SparkSide]:
    if why := missing(request.param):
        pytest.skip(why)
    if request.param == "sail":
        yield request.getfixturevalue("sail")
        return
    side = SparkSide(tmp_path / "side")
    yield side
    side.close()


def readings(connection: psycopg.Connection[Any], tmp_path: Path, **archive: str) -> Shop:
    model = definition()
    model["archive"] = {"analytics": {"retention": "90 days", **archive}}
    shop = Shop(connection, write_definitions(tmp_path / "definitions", model), tmp_path / "lake")
    shop.make_tables()
    add(shop, 1, 300)
    shop.execute(f"create table {SCHEMA}.before as table {SCHEMA}.readings")
    assert shop.run("analytics").tables[0].kept_hot == []
    return shop


def expected(shop: Shop) -> list[str]:
    shop.execute("set TimeZone = 'UTC'")
    sums = SUMS.replace("unix_micros(min(at_time))", "(extract(epoch from min(at_time)) * 1000000)::bigint")
    sums = sums.replace("as string", "as text")
    return [str(value) for value in shop.execute(f"{sums} from {SCHEMA}.before".encode()).fetchone()]


def test_the_sums_of_the_files_are_those_of_the_table(
    engine: SparkSide, connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    from spark_schema import spark_schema  # type: ignore[import-not-found]  # a script of the docs

    shop = readings(connection, tmp_path)
    schemas = {spark_schema(json.loads(file.read_bytes())) for file in shop.lake.rglob("_manifests/readings/*.json")}
    found = json.loads(shop.invoke("files", "readings", "--json", "--definitions", str(shop.definitions))[1])

    if " " in engine.sql("select version()")[0][0]:  # Apache Spark, which has times of day only where it is told to
        engine.sql("set spark.sql.timeType.enabled = true")
    (schema,) = schemas
    for number, file in enumerate(found):
        engine.sql(f"create table one_{number} ({schema}) using parquet location '{file}'")
    together = " union all ".join(f"select * from one_{number}" for number in range(len(found)))

    (row,) = engine.sql(f"{SUMS} from ({together}) as files")
    assert [str(value) for value in row] == expected(shop)
    assert len(found) == 38
    assert len(COLUMNS) == 17


def test_pyspark_reads_files_on_azure_through_python_where_it_has_no_jar(
    connection: psycopg.Connection[Any], azure_lake: Proxy, tmp_path: Path
) -> None:
    from spark_schema import spark_schema

    if why := missing("pyspark"):
        pytest.skip(why)
    shop = readings(connection, tmp_path)
    found = json.loads(shop.invoke("files", "readings", "--json", "--definitions", str(shop.definitions))[1])
    assert [file[:7] for file in found] == 38 * ["abfs://"], azure_lake.service
    spark = SparkSide(tmp_path / "side")

    spark.sql("set spark.sql.timeType.enabled = true")
    (row,) = spark.ask(
        source="spark_source.ArchiveFiles", format="archive_files", load=json.dumps(found),
        schema=spark_schema(json.loads(shop.store.read(_manifest(shop)))), sql=f"{SUMS} from loaded",
    )  # fmt: skip

    spark.close()
    assert [str(value) for value in row] == expected(shop)


def _manifest(shop: Shop) -> str:
    return str(shop.value("select manifest_path from archive_catalog.attempts where manifest_path is not null limit 1"))


def test_sail_reads_the_delta_table_as_it_is_after_each_run(
    sail: SparkSide, connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    shop = readings(connection, tmp_path, format="delta")
    place = f"delta.`{shop.lake}/{SCHEMA}/analytics/readings`"
    # Delta has no time of day: that column is not in the table.
    sums = SUMS.replace(" count(clock),", "")
    wanted = expected(shop)
    del wanted[9]

    (row,) = sail.sql(f"{sums} from {place}")
    assert [str(value) for value in row] == wanted

    add(shop, 301, 310)
    shop.run("analytics")
    assert sail.sql(f"select count(*) from {place}") == [[310]]


def test_models_on_sail_over_azure_answer_and_raise(
    connection: psycopg.Connection[Any], azure_lake: Proxy, tmp_path: Path
) -> None:
    if why := missing("sail"):
        pytest.skip(why)
    shop = Shop(connection, write_definitions(tmp_path / "definitions", SALE), tmp_path / "none")
    shop.make_tables()
    shop.add_sales(days=40)
    shop.run("analytics", objects=("SALE",))
    shop.execute(
        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
        " select n, now(), n, n, n from generate_series(1, 7) n"
    )
    project = Project(tmp_path / "dbt_project", tmp_path / "target", shop.definitions)
    project.generate()
    status, said, why = shop.invoke("handover", "--definitions", str(shop.definitions))
    assert status == 0, why
    azure = {
        "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": KEY, "AZURE_ALLOW_HTTP": "true",
        "AZURE_STORAGE_ENDPOINT": f"{azure_lake.service.rstrip('/')}/{ACCOUNT}",
    }  # fmt: skip
    place = said.strip()

    with sail_server(**azure) as url:
        side = SparkSide(tmp_path / "side", url)
        built = side.dbt(project.folder, project.target_path, "build", ARCHIVE_HANDOVER=place)
        assert built["success"], built["said"]
        query = f"select count(*), cast(sum(amount) as string) from {SCHEMA}.history_sales"
        assert side.sql(query) == [[1607, str(shop.value("select 40 * sum(n * 1.37::numeric(18,6)) + 28.000000"
                                                         " from generate_series(1, 40) n"))]]  # fmt: skip
        shop.add_sales(days=1, first="2023-01-01")
        shop.run("analytics", objects=("SALE",))
        with pytest.raises(RefusedError, match="is behind the archive"):
            side.sql(query)
        side.close()
