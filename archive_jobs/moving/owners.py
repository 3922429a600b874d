"""Who lives: each run holds an advisory lock under a number of its own, and stages its files under that number."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import time
from pathlib import Path

from archive_jobs.catalogue import OWNER_LOCK_CLASS
from archive_jobs.database import Connection, one_row
from archive_jobs.lake.lake_identity import system_identifier

_PROBE_SECONDS = 3600
_OWNED = re.compile(r"(?:small|spill)-([0-9a-f]{8})-(\d+)-.*")

# True for an owner whose session still holds its lock; {key} is an expression of type integer.
IS_ALIVE = (
    "exists (select from pg_locks as l where l.locktype = 'advisory' and l.classid = "
    f"{OWNER_LOCK_CLASS} and l.objid = ({{key}})::oid and l.objsubid = 2"
    " and l.database = (select oid from pg_database where datname = current_database()))"
)


def begin_to_live(connection: Connection) -> int:
    """Take a number of our own and hold its lock for as long as this session lasts."""
    while True:
        key = secrets.randbelow(2**31)
        if one_row(connection, "select pg_try_advisory_lock(%s, %s)", (OWNER_LOCK_CLASS, key))[0]:
            return key


def staged_name(connection: Connection, owner_key: int) -> str:
    """What the names of a run's own staged files hold. Databases that share a lake do not know each other's runs."""
    return f"{_database_mark(connection)}-{owner_key}-"


def remove_what_the_dead_left(connection: Connection, staging: Path) -> None:
    """Remove small staged files and spilled data of runs of this database that are no more."""
    if not staging.is_dir():
        return
    ours = _database_mark(connection)
    for found in staging.iterdir():
        if found.name.startswith("probe-") and _is_old(found):
            found.unlink(missing_ok=True)
        owned = _OWNED.fullmatch(found.name)
        if owned is None or owned[1] != ours:
            continue
        if not one_row(connection, f"select {IS_ALIVE.format(key='%s')}", (int(owned[2]),))[0]:
            shutil.rmtree(found, ignore_errors=True) if found.is_dir() else found.unlink(missing_ok=True)


def _database_mark(connection: Connection) -> str:
    return hashlib.sha256(system_identifier(connection).encode()).hexdigest()[:8]


def _is_old(file: Path) -> bool:
    """A probe of the disk lives for a moment, and is made before its run has a number: only its age tells it dead."""
    try:
        return file.stat().st_mtime < time.time() - _PROBE_SECONDS
    except FileNotFoundError:
        return False
