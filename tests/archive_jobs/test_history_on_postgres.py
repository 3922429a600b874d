"""`history_<table>` asked in PostgreSQL once rows have left: an error whatever is asked, whatever the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from chunked_shop import LATE
from chunked_shop import make_shop as make_chunked_shop
from months_of_sales import make_months
from small_shop import SCHEMA, Shop

from definitions_to_dbt.catalogue_ddl import catalogue_ddl
from definitions_to_dbt.hot_history import hot_history_ddl

HISTORY = f"{SCHEMA}.history_sales"
GONE, COLD = "of a month that has left", "are in the archive, which PostgreSQL cannot read"
QUESTIONS = {
    "all": f"select count(*) from {HISTORY}",
    GONE: f"select sum(amount) from {HISTORY} where sold_at < '2024-02-01'",
    "whether there is one": f"select exists (select from {HISTORY} where sold_at < '2024-02-01')",
    "the last": f"select max(sold_at) from {HISTORY} where sold_at < '2024-02-01'",
    "one row": f"select sale_id from {HISTORY} limit 1",
    "one row is there": f"select exists (select from {HISTORY})",
    "beside a table": f"select h.sale_id from {SCHEMA}.sales as s left join {HISTORY} as h using (sale_id)",
}

EITHER = pytest.mark.parametrize("layout", ["months", pytest.param("chunks", marks=pytest.mark.timescale)])


@pytest.fixture
def months(shop: Shop) -> Shop:
    """Two days of January in a partition of their own, and a row of today."""
    make_months(shop, "2024-01")
    return with_sales(shop)


@pytest.fixture
def chunks(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """The same as a hypertable."""
    return with_sales(make_chunked_shop(connection, tmp_path))


def with_sales(shop: Shop) -> Shop:
    shop.execute(catalogue_ddl())
    shop.execute(hot_history_ddl(shop.library.object("SALE"), SCHEMA))
    shop.add_sales(days=2)
    shop.execute(LATE, 1, "now")
    assert shop.value(QUESTIONS["all"]) == 81
    return shop


@EITHER
@pytest.mark.usefixtures("database")
def test_once_rows_have_left_each_question_is_told_so(request: pytest.FixtureRequest, layout: str) -> None:
    """Of a hypertable without a chunk of that month PostgreSQL knows beforehand that nothing is to be found."""
    shop: Shop = request.getfixturevalue(layout)
    shop.run("analytics", objects=("SALE",))

    for question in QUESTIONS.values():
        with pytest.raises(psycopg.errors.RaiseException, match=f"80 rows of sales {COLD}"):
            shop.execute(question)


@EITHER
@pytest.mark.usefixtures("database")
def test_a_question_from_before_a_part_was_dropped_is_told_so(request: pytest.FixtureRequest, layout: str) -> None:
    """In its snapshot no row has left, and those of a part that was dropped since are in none any more."""
    shop: Shop = request.getfixturevalue(layout)
    with psycopg.connect() as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select 1 from pg_class limit 1")
        shop.run("analytics", objects=("SALE",))

        with pytest.raises(psycopg.errors.SerializationFailure, match="a part of sales was dropped after"):
            reader.execute(QUESTIONS[GONE].encode())
