"""Refuse what could lose or bend rows, before anything is planned. Each refusal names what and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from archive_jobs.copying.canonical import can_be_proven
from archive_jobs.database import Connection, one_row
from archive_jobs.planning.tables import ArchivedTable
from definitions_to_dbt.drift import whose
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.fingerprint import CLIENT_VARIABLE
from definitions_to_dbt.platform_columns import LAYER_3
from definitions_to_dbt.sql import quote_identifier

_DISK_FACTOR = 2

# A table and what its rows stand in: partitions, or the chunks of a hypertable.
_TREE = "(select %s::regclass union all select inhrelid from pg_inherits where inhparent = %s::regclass)"
_TRIGGERS = f"""
select distinct tgname::text from pg_trigger
where tgrelid in {_TREE} and not tgisinternal and tgenabled <> 'D'
    and (tgtype & 8 > 0 or (%s and tgtype & 16 > 0))
"""
_RULES = f"select rulename::text from pg_rewrite where ev_class in {_TREE} and ev_type in ('2', '4')"
_CASCADES = f"""
select conname::text, conrelid::regclass::text from pg_constraint
where contype = 'f' and confrelid in {_TREE} and confdeltype in ('c', 'n', 'd') and conparentid = 0
"""
_PUBLICATIONS = f"""
select distinct p.pubname::text from pg_publication p
join pg_publication_tables t on t.pubname = p.pubname
where p.pubdelete and to_regclass(format('%%I.%%I', t.schemaname, t.tablename)) in {_TREE}
"""
_PRIVILEGES = """
select wanted from unnest(%s::text[]) as wanted where not has_table_privilege(%s::regclass, wanted)
"""
_CHILDREN = """
select 1 from pg_inherits i join pg_class c on c.oid = i.inhparent where i.inhparent = %s::regclass and c.relkind = 'r'
"""
_COLUMNS = """
select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped
"""


def require_primary(connection: Connection) -> None:
    """Raise ProblemError on a standby: what it shows may still be undone by a failover."""
    if one_row(connection, "select pg_is_in_recovery()")[0]:
        raise ProblemError(
            "this PostgreSQL is a standby; archiving needs the primary",
            hint="Nothing was changed. Point PGHOST at the primary.",
        )


def require_same_client(connection: Connection, schema: str, client: str | None) -> None:
    """Raise ProblemError where dbt built the schema for another client: its rules of what goes are others."""
    if not _exists(connection, f"{quote_identifier(schema)}.platform"):
        return  # no dbt project of ours has ever built here
    found = connection.execute(f"select client from {quote_identifier(schema)}.platform".encode()).fetchone()
    if found is None or found[0] == client:
        return
    flag = f"--client {found[0]} (or {CLIENT_VARIABLE}={found[0]})" if found[0] else "no --client"
    raise ProblemError(
        f"dbt built {schema} from the project of {whose(found[0] or '')}; archive-jobs was told the overrides of"
        f" {whose(client or '')}, which may age other rows",
        hint=f"Nothing was changed. Give {flag}, or generate and run the project that is meant.",
    )


def require_room(lake: Path, estimated_bytes: int) -> None:
    """Raise ProblemError when the lake's disk has less than twice the estimate free."""
    folder = lake
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < _DISK_FACTOR * estimated_bytes:
        raise ProblemError(
            f"the disk of {lake} has {free:,} bytes free; expected at least {_DISK_FACTOR * estimated_bytes:,},"
            f" {_DISK_FACTOR} × what is to be archived",
            hint="Nothing was changed. Free some room, or archive one object at a time with --object.",
        )


def refusals(connection: Connection, table: ArchivedTable) -> Iterator[str]:
    """Every reason not to archive the table, each with what to do about it."""
    yield from _policy(table)
    yield from _visibility(connection, table)
    yield from _side_effects(connection, table)
    yield from _columns(connection, table)
    yield from _competitors(connection, table)


def _policy(table: ArchivedTable) -> Iterator[str]:
    if table.policy.format != "parquet":
        yield f"format {table.policy.format!r} is not supported yet; state format parquet in the definition"
    if table.policy.drop == "never" and table.kind == "analytics":
        yield "drop: never is not supported yet for analytics; leave out archive.analytics to keep every row hot"
    if table.kind == "source" and table.model.subject_column is not None:
        yield "payloads of an object with a subject_column would have to be encrypted, which is not supported yet"


def _visibility(connection: Connection, table: ArchivedTable) -> Iterator[str]:
    if one_row(connection, "select row_security_active(%s::regclass)", (table.relation,))[0]:
        yield "row security hides rows from this role; connect as the table's owner or as a role with BYPASSRLS"
    wanted = ["select", "delete"] if table.kind == "analytics" else ["select", "update", "delete"]
    for (privilege,) in connection.execute(_PRIVILEGES, (wanted, table.relation)):
        yield f"this role may not {privilege} here; grant {privilege} on {table.name} to it"


def _side_effects(connection: Connection, table: ArchivedTable) -> Iterator[str]:
    tree = (table.relation, table.relation)
    for (trigger,) in connection.execute(_TRIGGERS.encode(), (*tree, table.kind == "source")):
        yield f"the trigger {trigger} acts on rows that leave; disable or drop it"
    for (rule,) in connection.execute(_RULES.encode(), tree):
        yield f"the rule {rule} rewrites what removes rows; drop it"
    for constraint, child in connection.execute(_CASCADES.encode(), tree):
        yield f"the foreign key {constraint} of {child} would change rows there; make it ON DELETE NO ACTION"
    for (publication,) in connection.execute(_PUBLICATIONS.encode(), tree):
        yield (
            f"the publication {publication} publishes deletes, so subscribers would lose the rows;"
            f" alter publication {publication} set (publish = 'insert, update')"
        )


def _columns(connection: Connection, table: ArchivedTable) -> Iterator[str]:
    yield from table.travelling.problems
    stored = {row[0] for row in connection.execute(_COLUMNS, (table.relation,))}
    travelling = {column.name: column for column in table.columns}
    for name in sorted(stored - travelling.keys() - _left_behind(table)):
        yield f"the column {name} is in no definition and would be lost; add it to the definition"
    for name, column in travelling.items():
        if name in stored and not (column.pg_type.lossless and can_be_proven(column)):
            yield (
                f"the column {name} has type {column.pg_type.sql}, whose values cannot be brought back; cast it to text"
            )


def _left_behind(table: ArchivedTable) -> set[str]:
    """Columns that do not travel on purpose: how far a raw record has come, and personal data that is dropped."""
    if table.kind == "source":
        return {column.name for column in LAYER_3 if not column.is_archived}
    return {column.name for column in table.model.columns if column.pii == "drop"}


def _competitors(connection: Connection, table: ArchivedTable) -> Iterator[str]:
    """Other jobs that remove rows by age would race with the archive, and win."""
    names = (table.schema, table.relation_name)
    if _exists(connection, "timescaledb_information.jobs"):
        query = (
            "select 1 from timescaledb_information.jobs where proc_name = 'policy_retention'"
            " and hypertable_schema = %s and hypertable_name = %s"
        )
        if connection.execute(query, names).fetchone():
            yield f"a retention policy drops its chunks; select remove_retention_policy('{table.name}')"
    if _exists(connection, "partman.part_config"):
        query = "select 1 from partman.part_config where parent_table = %s and retention is not null"
        if connection.execute(query, (table.name,)).fetchone():
            yield "pg_partman drops its partitions; set retention to null in partman.part_config"
    if connection.execute(_CHILDREN, (table.relation,)).fetchone() and not _is_hypertable(connection, names):
        yield "other tables inherit from it; expected a plain table, a partitioned one or a hypertable"


def _is_hypertable(connection: Connection, names: tuple[str, str]) -> bool:
    if not _exists(connection, "timescaledb_information.hypertables"):
        return False
    query = "select 1 from timescaledb_information.hypertables where hypertable_schema = %s and hypertable_name = %s"
    return connection.execute(query, names).fetchone() is not None


def _exists(connection: Connection, relation: str) -> bool:
    return one_row(connection, "select to_regclass(%s) is not null", (relation,))[0] is True
