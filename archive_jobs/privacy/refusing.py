"""Refuse a unit that holds rows of somebody who was erased: whoever has landed again gets into no file that counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from archive_jobs.database import Connection
from archive_jobs.failpoints import guarded
from archive_jobs.moving.attempt import Attempt, UnarchivableError
from archive_jobs.privacy.keys import KeyRing
from archive_jobs.privacy.ledger import erased_of_kind
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.sql import quote_identifier
from definitions_to_dbt.subject import subject_text

ERASE_AGAIN = "`archive-jobs erase --again --yes`"


def refuse_returned(connection: Connection, open_ring: Callable[[], KeyRing], attempt: Attempt) -> None:
    """Raise UnarchivableError where the unit holds rows of somebody who was erased, in the clear or under a token.

    The server is asked after the copy was made: a row that was sent and is gone by now fails the commit.
    """
    table = attempt.table
    if table.kind != "analytics" or not table.subject_kind or not guarded("erased rows"):
        return
    ledger = erased_of_kind(connection, table.schema, table.subject_kind)
    if not ledger:
        return
    try:
        found = set(_erased(connection, open_ring(), attempt, ledger))
    except ProblemError as problem:
        raise UnarchivableError(f"it may hold rows of erased people: {problem}. {problem.hint}") from problem
    if found:
        raise UnarchivableError(f"rows of {len(found)} erased subjects have landed again; run {ERASE_AGAIN}")


def _erased(connection: Connection, ring: KeyRing, attempt: Attempt, ledger: Mapping[str, str]) -> Iterator[str]:
    table = attempt.table
    column = quote_identifier(str(table.model.subject_column))
    query = (
        f"select distinct {subject_text(table.model, column)} from {attempt.relation}"
        f" where ({attempt.predicate}) and {column} is not null"
    )
    by_token = {token: digest for digest, token in ledger.items()}
    for (text,) in connection.execute(query.encode()):
        digest = ring.digest(table.subject_kind, text)
        if digest in ledger:
            yield digest
        elif text.startswith("tok_") and (token := ring.digest(f"token of {table.subject_kind}", text)) in by_token:
            yield by_token[token]
