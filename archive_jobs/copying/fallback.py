"""Columns with a value that is more than their lake type holds: there they leave as text. Only asks PostgreSQL."""

from __future__ import annotations

import psycopg

from archive_jobs.copying.lake_values import as_text, beyond
from archive_jobs.database import Connection, first_line, is_about_rows, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.moving.attempt import Attempt


def choose_lake_types(control: Connection, attempt: Attempt) -> None:
    """Let columns leave as text where a value of the unit asks for it; in the snapshot that is exported.

    An attempt gets a reason where an extension's value does not come back from its own text.
    """
    table = attempt.table
    too_small, doubts = beyond(table.columns), table.travelling.doubts
    if not too_small and not doubts:
        return
    asked = ", ".join([*too_small.values(), *doubts.values()])
    try:
        with control.transaction():
            answers = iter(one_row(control, f"select {asked} from {table.relation} where {attempt.predicate}"))
    except psycopg.Error as error:
        if not is_about_rows(error):
            raise
        is_doubt = doubts and isinstance(error, psycopg.DataError)  # a type that does not even read what it wrote
        what = (
            f"values of {', '.join(doubts)} do not come back from their own text"
            if is_doubt
            else "PostgreSQL cannot read it"
        )
        attempt.reason = f"{what}: {first_line(error)}"
        return
    too_much = [name for name in too_small if next(answers)]
    unproven = [name for name in doubts if next(answers)]
    if guarded("export.fallback"):
        attempt.columns = as_text(table.columns, too_much)
    if unproven and guarded("export.doubts"):
        attempt.reason = f"values of {', '.join(unproven)} do not come back from their own text"
