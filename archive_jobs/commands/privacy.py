"""What the commands about personal data do, without their words: settings and definitions in, results out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_jobs.catalogue import write_event
from archive_jobs.database import Connection, session
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.run import open_workshop
from archive_jobs.moving.worker import Workshop
from archive_jobs.planning.preflight import require_same_client
from archive_jobs.planning.tables import ArchivedTable, Selection, archived_tables, open_library
from archive_jobs.privacy import rotate
from archive_jobs.privacy.erase import Found, Scope, erase, look, scope_of
from archive_jobs.privacy.erased_again import erased_subjects
from archive_jobs.privacy.keys import KeyRing
from archive_jobs.privacy.subjects import Subject, find_subject, unknown_subjects
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library

_WHY = "erasing"


@dataclass(frozen=True)
class _Open:
    """What every step of erasing needs."""

    connection: Connection
    shop: Workshop
    ring: KeyRing
    library: Library
    tables: Sequence[ArchivedTable]
    schema: str

    def scope(self, subject: Subject) -> Scope:
        """Where rows of the subject may be."""
        return scope_of(self.connection, subject, self.schema, self.tables, self.library)


@contextmanager
def _opened(settings: ArchiveSettings, definitions: Path) -> Iterator[_Open]:
    library, schema = open_library(settings, definitions), settings.analytics_schema
    ring = KeyRing(settings, _WHY)
    with session(settings) as connection:
        require_same_client(connection, schema, settings.client)
        store = open_store(settings, writable=False)
        with open_workshop(connection, settings, store) as shop:
            tables = archived_tables(connection, library, schema, Selection())
            yield _Open(connection, shop, ring, library, tables, schema)


def look_for_subject(settings: ArchiveSettings, definitions: Path, value: str, named: str | None) -> Found:
    """What erasing would do."""
    with _opened(settings, definitions) as opened:
        subject = find_subject(opened.connection, opened.ring, opened.library, opened.schema, value, named)
        return look(opened.shop, opened.scope(subject))


def erase_subject(
    settings: ArchiveSettings,
    definitions: Path,
    value: str,
    named: str | None,
    reason: str | None,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Erase, and return the certificate."""
    with _opened(settings, definitions) as opened:
        subject = find_subject(opened.connection, opened.ring, opened.library, opened.schema, value, named)
        return erase(opened.shop, opened.scope(subject), reason, say)


def erase_again(
    settings: ArchiveSettings, definitions: Path, *, yes: bool, say: Callable[[str], None]
) -> tuple[int, list[dict[str, Any]]]:
    """Erase whoever was erased and has come back; finish what was begun. Returns how many, and the certificates."""
    with _opened(settings, definitions) as opened:
        found = list(
            erased_subjects(
                opened.connection, opened.ring, opened.library, opened.schema, opened.shop.store, opened.tables
            )
        )
        certificates = [erase(opened.shop, opened.scope(subject), None, say) for subject in found] if yes else []
        return len(found), certificates


def erase_unknown(
    settings: ArchiveSettings,
    definitions: Path,
    named: str | None,
    interval: Interval,
    reason: str | None,
    *,
    yes: bool,
    say: Callable[[str], None],
) -> tuple[int, list[dict[str, Any]]]:
    """Erase archived records of which nobody can tell whose they are. Returns how many units, and the certificates."""
    if named is None:
        raise ProblemError("expected --object with --unknown: whose records?", hint="Nothing was changed.")
    with _opened(settings, definitions) as opened:
        model = opened.library.object(named)
        found = unknown_subjects(opened.connection, opened.schema, model, interval)
        scopes = [opened.scope(subject) for subject in found]
        return len(found), [erase(opened.shop, scope, reason, say) for scope in scopes if yes]


def lift_erasure(settings: ArchiveSettings, definitions: Path, value: str, named: str | None) -> None:
    """Let an erased subject be a customer again, under a new key."""
    with _opened(settings, definitions) as opened:
        subject = find_subject(opened.connection, opened.ring, opened.library, opened.schema, value, named)
        lifted = opened.connection.execute(
            "update archive_catalog.erasures set state = 'lifted' where schema_name = %s and subject_digest = %s"
            " and state = 'erased'",
            (opened.schema, subject.digest),
        ).rowcount
        if not lifted:
            raise ProblemError("the subject given was not erased, or not to the end", hint="Nothing was changed.")
        write_event(opened.connection, "erasure_lifted", subject_digest=subject.digest)


def check_keys(settings: ArchiveSettings, *, mend: bool) -> rotate.Checked:
    """Compare the keys of the catalogue with those of the key store."""
    with session(settings) as connection:
        return rotate.check(connection, settings, open_store(settings, writable=False), mend=mend)


def rotate_keys(settings: ArchiveSettings, *, yes: bool) -> rotate.Rotated:
    """Wrap every key by the new master key."""
    with session(settings) as connection:
        return rotate.rotate(connection, settings, yes=yes)
