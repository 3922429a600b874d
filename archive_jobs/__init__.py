"""PostgreSQL in, Parquet out, and back. A unit meets the folders in this order:

command_line, commands                  (what a command says, then what it does; worker and service ask only the second)
planning → copying → lake → moving      (archive-jobs plan, run, reconcile)
keeping                                 (verify, status, and what happens to an archive over the years)
reading, handing_over                   (archive-jobs retrieve, sql, shell, views, files; handover to Spark)
tracing                                 (archive-jobs trace, compare, prove TABLE)
replaying                               (archive-jobs recall, replay)
serving, monitoring                     (archive-jobs serve, tokens, metrics)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive_jobs.moving.archive_source import archive_source_data as archive_source_data
    from archive_jobs.reading.retrieve import retrieve as retrieve
    from archive_jobs.reading.retrieve import retrieve_archived_data as retrieve_archived_data
    from archive_jobs.tracing.validate import validate_transformation as validate_transformation

__all__ = ["archive_source_data", "retrieve", "retrieve_archived_data", "validate_transformation"]


def __getattr__(name: str) -> Any:
    # DuckDB and pyarrow take a third of a second to import; `archive-jobs --help` needs neither.
    if name == "archive_source_data":
        from archive_jobs.moving.archive_source import archive_source_data

        return archive_source_data
    if name == "validate_transformation":
        from archive_jobs.tracing.validate import validate_transformation

        return validate_transformation
    if name in __all__:
        from archive_jobs.reading import retrieve as retrieving

        return getattr(retrieving, name)
    raise AttributeError(name)
