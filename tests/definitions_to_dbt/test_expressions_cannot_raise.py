"""Expressions are written anew so that no record can make them raise: PostgreSQL is the judge."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from definitions_to_dbt.expressions import checked
from definitions_to_dbt.types import parse_type

COLUMNS = {
    "a": parse_type("integer"),
    "b": parse_type("integer"),
    "t": parse_type("text"),
    "f": parse_type("double precision"),
    "d": parse_type("date"),
}


@pytest.mark.parametrize(
    "expression",
    [
        "a + b > 0",
        "a * b > 0",
        "-a > 0",
        "abs(a) > 0",
        "a / b > 0",
        "a % b = 0",
        "f * f > 0",
        "length(t) * 1000000000 > 0",
        "case when a < b then a else b end * a > 0",
        "greatest(a, b) * least(a, b) > 0",
        "coalesce(a, b) * nullif(a, 7) > 0",
        "extract(year from d) * extract(quarter from d) > 0",
        "extract(year from d) || '-Q' || extract(quarter from d) > ''",
    ],
)
def test_the_extremes_of_every_type_give_an_answer(connection: psycopg.Connection[Any], expression: str) -> None:
    written = checked(expression, COLUMNS)

    found = connection.execute(
        f"select {written} from (values"
        " (-2147483648, 0, repeat('x', 9), 1e308::double precision, date '-infinity'),"
        " (2147483647, -1, 'long', -1e308, '4713-01-01 BC'), (2147483647, 2147483647, '', 'NaN', '5874897-12-31'),"
        " (-2147483648, -1, null, 'Infinity', null)) as extremes (a, b, t, f, d)"
    ).fetchall()

    assert len(found) == 4
