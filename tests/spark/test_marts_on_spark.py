"""A mart that reads history alone is built on PySpark and on Sail too, by the same file, and says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from running import REPOSITORY, Project
from small_shop import SCHEMA, Shop, write_definitions
from spark_servers import side_on
from spark_side import RefusedError, SparkSide
from test_models_on_spark import handed_over

MARTS = REPOSITORY / "dbt_project/models/marts/commerce"
MART = "mart_hourly_revenue"
NUMBERS = "order_count, cancelled_order_count, net_sales_cents, tax_cents, gross_sales_cents"
ORDER = {
    "code": "ORDER", "name": "Order", "module": "SHOP", "description": "An order.", "kind": "event",
    "time_column": "ordered_at", "archive": {"analytics": {"retention": "90 days"}},
    "table_schema": {
        "table_name": "orders",
        "columns": [
            {"name": "order_id", "type": "uuid", "primary_key": True}, {"name": "store_id", "type": "uuid"},
            {"name": "ordered_at", "type": "timestamptz"}, {"name": "status", "type": "text"},
            {"name": "subtotal", "type": "integer"}, {"name": "tax_paid", "type": "integer"},
            {"name": "order_total", "type": "integer"},
        ],
    },
}  # fmt: skip


@pytest.fixture(params=["sail", "pyspark"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SparkSide]:
    """One of the engines, with a session of its own."""
    with side_on(request.param, tmp_path / "side") as side:
        yield side


def add_orders(shop: Shop, first: int, last: int, since: str) -> None:
    shop.execute(
        f"insert into {SCHEMA}.orders (order_id, store_id, ordered_at, status, subtotal, tax_paid, order_total,"
        " _raw_seq, _source_order) select md5(n::text)::uuid, md5((n %% 3)::text)::uuid,"
        " %s::timestamptz + n * interval '17 min',"
        " case n %% 4 when 0 then 'cancelled' else 'fulfilled' end, n * 10, n, n * 11, n, 1"
        " from generate_series(%s::int, %s::int) n",
        since, first, last,
    )  # fmt: skip


def test_revenue_by_the_hour_over_hot_and_archived_orders_is_postgresqls(
    engine: SparkSide, connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    shop = Shop(connection, write_definitions(tmp_path / "definitions", ORDER), tmp_path / "lake")
    shop.make_tables()
    add_orders(shop, 1, 200, since="2024-01-01 00:00Z")
    add_orders(shop, 201, 260, since="2024-06-01 05:59:59.5Z")
    add_orders(shop, 261, 300, since=str(shop.value("select date_trunc('hour', now())")))
    shop.execute(f"create table {SCHEMA}.every as table {SCHEMA}.orders")
    shop.run("analytics")
    assert shop.value(f"select count(*) from {SCHEMA}.orders") == 40
    project = Project(tmp_path / "dbt_project", tmp_path / "target", shop.definitions)
    project.generate()
    written = (MARTS / f"{MART}.sql").read_text()
    described = yaml.safe_load((MARTS / "_commerce__marts.yml").read_text())
    (project.folder / "models/marts").mkdir(parents=True)
    (project.folder / f"models/marts/{MART}.sql").write_text(written)
    mart = next(model for model in described["models"] if model["name"] == MART)
    (project.folder / "models/marts/marts.yml").write_text(
        yaml.safe_dump({"models": [{key: mart[key] for key in ("name", "config", "columns")}]})
    )

    built = engine.dbt(project.folder, project.target_path, "build", ARCHIVE_HANDOVER=handed_over(shop))

    assert built["success"], built["said"]
    assert built["statuses"][MART] == "success"
    asked = "select store_id, {}, {} from {} order by 1, 2"
    found = engine.sql(asked.format("unix_micros(hour_start)", NUMBERS, f"{SCHEMA}.{MART}"))
    select = re.sub(r"{{.*?ref.*?}}", f"{SCHEMA}.every", re.sub(r"(?s)\A{{.*?}}\n", "", written))
    shop.execute("set TimeZone = 'UTC'")
    query = asked.format("(extract(epoch from hour_start) * 1000000)::bigint", NUMBERS, f"({select}) as mart")
    assert found == [[str(row[0]), *row[1:]] for row in shop.execute(query.encode()).fetchall()]
    assert len(found) > 200

    add_orders(shop, 301, 310, since="2024-02-01Z")
    shop.run("analytics")
    with pytest.raises(RefusedError, match="is behind the archive"):
        engine.sql(f"select sum(order_count) from {SCHEMA}.{MART}")
