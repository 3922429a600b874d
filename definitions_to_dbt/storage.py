"""How the rows of an object are laid out in PostgreSQL, as its definition says it. Checks what one file can tell."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from definitions_to_dbt.parts import Part

Layout = Literal["auto", "hypertable", "partitions", "plain"]
# What PostgreSQL cuts a table by: the words of date_trunc.
Span = Literal["1 day", "1 week", "1 month", "1 year"]


class Storage(Part):
    """Where the rows of an event stand: one table, or one cut by time.

    `auto` is a hypertable where the database has TimescaleDB and native partitions where not.
    """

    layout: Layout = "auto"
    interval: Span = "1 month"
    ahead: int = Field(3, ge=0, le=60)
