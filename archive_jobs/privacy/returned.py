"""Erased people whose rows have landed again are erased again before a run archives: nobody has to remember it.

Where that cannot be done now the tables stay hot, and the run says so. What lands while it goes on is refused unit by
unit (refusing.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archive_jobs.failpoints import guarded
from archive_jobs.moving.worker import Workshop
from archive_jobs.planning.tables import ArchivedTable, Selection, archived_tables
from archive_jobs.privacy.erase import erase, scope_of
from archive_jobs.privacy.erased_again import erased_subjects
from archive_jobs.privacy.ledger import erased_of_kind
from archive_jobs.privacy.refusing import ERASE_AGAIN
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library


@dataclass
class Returned:
    """What a run did about people who were erased, before it archived anything."""

    erased: int = 0
    # Whose personal data, as table.column -> why tables that hold it are not archived now.
    blocked: dict[str, str] = field(default_factory=dict)

    def reasons(self, table: ArchivedTable) -> tuple[str, ...]:
        """Why rows of the table have to stay hot."""
        reason = self.blocked.get(table.subject_kind)
        return (reason,) if reason else ()


def erase_returned(shop: Workshop, library: Library, tables: Sequence[ArchivedTable]) -> Returned:
    """Erase again who was erased and has hot rows of the same kind as these tables hold; finish what was begun."""
    connection = shop.worker().connection
    done, schema = Returned(), shop.settings.analytics_schema
    for kind in sorted({table.subject_kind for table in tables if table.subject_kind}):
        if not guarded("returned") or not erased_of_kind(connection, schema, kind):
            continue
        try:
            # All tables of these people, also those that this run is not about.
            scope_tables = archived_tables(connection, library, schema, Selection())
            for subject in erased_subjects(connection, shop.ring(), library, schema, None, scope_tables, kinds=(kind,)):
                erase(shop, scope_of(connection, subject, schema, scope_tables, library), None, lambda _: None)
                done.erased += 1
        except ProblemError as problem:
            done.blocked[kind] = f"rows of erased people may have landed again: {problem}. Then run {ERASE_AGAIN}"
    return done
