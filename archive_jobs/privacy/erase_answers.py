"""Withdraw what the service has answered to jobs about tables of a person who is erased. Opens no answer."""

from __future__ import annotations

from collections.abc import Iterable

from archive_jobs.database import Connection
from definitions_to_dbt.definition import ObjectModel

_REASON = "somebody was erased from the table meanwhile; ask for it again"


def withdraw_answers(connection: Connection, schema: str, models: Iterable[ObjectModel]) -> int:
    """From now on nobody fetches these answers, and each process of the service removes its files; how many they are.

    Nobody looks into them: all about these tables go, and those that are being made. One that nobody has begun sees
    the tables without the person. What was asked for goes too: it may name the person.
    """
    names = [
        name.lower()
        for model in models
        for table in (model.code, model.table_name, model.renamed_from)
        if table
        for name in (table, f"source_{table}")
    ]
    done = connection.execute(
        "update archive_catalog.api_jobs set state = 'cancelled', reason = %s, result = null,"
        " finished_at = coalesce(finished_at, now()), request = request - 'filter', request_sha256 = ''"
        " where schema_name = %s and work = 'retrieve' and state in ('running', 'done')"
        " and lower(request ->> 'table_name') = any(%s)",
        (_REASON, schema, names),
    )
    return done.rowcount
