"""Which chains of the lake a catalogue lacks, and room for them in it. A chain that it knows must be the same.

A database may have lost its catalogue and archived other tables since: their chains are its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive_jobs.database import Connection, one_row
from archive_jobs.lake.chains import Chain
from definitions_to_dbt.errors import ProblemError

_KEY = "(schema_name, table_name, kind) = (%s, %s, %s)"
_UNFINISHED = f"""
select count(*) from archive_catalog.attempts as a
where a.state in ('planned', 'prepared', 'abandoned', 'sweeping')
    and a.unit_id in (select unit_id from archive_catalog.units where {_KEY})
"""
# What was planned and came to nothing: the units of the lake take their places.
_CLEAR = (
    f"delete from archive_catalog.attempts where unit_id in (select unit_id from archive_catalog.units where {_KEY})",
    f"delete from archive_catalog.units where {_KEY}",
)
# Policies of today come after those under which the lake's units were archived: below zero while those are written.
_ASIDE = f"update archive_catalog.policies set version = - version where {_KEY}"
_AFTERWARDS = f"""
update archive_catalog.policies as p set version = greatest(n.newest, 0) - p.version
from (select max(version) as newest from archive_catalog.policies where {_KEY}) as n
where {_KEY} and p.version < 0
"""


def missing_chains(connection: Connection, schema: str, chains: Sequence[Chain]) -> list[Chain]:
    """The chains to write into the catalogue. Raises ProblemError where there is none, or where the two differ."""
    missing = []
    for chain in chains:
        known = [
            sha256
            for (sha256,) in connection.execute(
                f"select record_sha256 from archive_catalog.commits where {_KEY} order by commit_seq".encode(),
                chain.key,
            )
        ]
        if not known:
            _make_room(connection, chain)
            missing.append(chain)
        elif known[: len(chain.links)] != [link.sha256 for link in chain.links]:
            raise ProblemError(
                f"the catalogue has {len(known)} commit records of {chain.key[1]} ({chain.key[2]}), the lake"
                f" {len(chain.links)}, and they are not the same",
                hint="Nothing was changed. A database that was set back is no lost one: see docs/41_the_lake.md.",
            )
    if not missing:
        units, commits = one_row(
            connection,
            "select (select count(*) from archive_catalog.units where schema_name = %s),"
            " (select count(*) from archive_catalog.commits where schema_name = %s)",
            (schema, schema),
        )
        raise ProblemError(
            f"the catalogue of {schema} lacks nothing that the lake has: it holds {units} units, {commits} commits",
            hint="Nothing was changed. Only what a catalogue does not have is rebuilt into it.",
        )
    return missing


def _make_room(connection: Connection, chain: Chain) -> None:
    if one_row(connection, _UNFINISHED, chain.key)[0]:
        raise ProblemError(
            f"attempts to archive {chain.key[1]} ({chain.key[2]}) are not finished",
            hint="Nothing was changed. Run `archive-jobs reconcile`, then this again.",
        )
    for statement in (*_CLEAR, _ASIDE):
        connection.execute(statement.encode(), chain.key)


def policies_of_today(connection: Connection, chain: Chain) -> None:
    """Let the policies that were there before come after those that the lake has brought."""
    connection.execute(_AFTERWARDS.encode(), (*chain.key, *chain.key))
