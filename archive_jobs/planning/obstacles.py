"""What would act on rows as they leave, or take them away first. Asked when a run plans, and again as it commits.

Cheap: PostgreSQL's catalogue only. In the commit it is asked after the table is locked, so what it says then holds
until the rows are gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from archive_jobs.database import Connection
from archive_jobs.planning.tables import ArchivedTable

# A table and all its rows stand in: partitions of partitions, or the chunks of a hypertable.
_TREE = """
with recursive tree as (
    select %(relation)s::regclass::oid as oid
    union all
    select i.inhrelid from pg_inherits as i inner join tree on i.inhparent = tree.oid
)
"""
_HIDES = f"""{_TREE}
select c.oid::regclass::text from tree inner join pg_class as c on c.oid = tree.oid
where c.relrowsecurity and row_security_active(c.oid) limit 1
"""
_ACTS = f"""{_TREE}
select distinct 'trigger', tgname::text, '' from pg_trigger
where tgrelid in (select oid from tree) and not tgisinternal and tgenabled <> 'D'
    and (tgtype & 8 > 0 or (%(updates)s and tgtype & 16 > 0))
union all
select distinct 'rule', rulename::text, '' from pg_rewrite
where ev_class in (select oid from tree) and ev_type in ('2', '4')
union all
select 'foreign key', conname::text, conrelid::regclass::text from pg_constraint
where contype = 'f' and confrelid in (select oid from tree) and confdeltype in ('c', 'n', 'd') and conparentid = 0
union all
select 'publication', p.pubname::text, '' from pg_publication as p
where p.pubdelete and (
    p.puballtables
    or exists (
        select from pg_publication_rel as r where r.prpubid = p.oid and r.prrelid in (select oid from tree)
    )
    or exists (
        select from pg_publication_namespace as n
        inner join pg_class as c on c.relnamespace = n.pnnspid
        where n.pnpubid = p.oid and c.oid in (select oid from tree)
    )
)
union all
select 'foreign table', c.oid::regclass::text, '' from pg_class as c
where c.relkind = 'f' and c.oid in (select oid from tree)
union all
select 'heirs', '', '' where (select relkind from pg_class where oid = %(relation)s::regclass) = 'r'
    and (select count(*) from tree) > 1 and not %(hypertable)s
"""
_WORDS = {
    "trigger": "the trigger {0} acts on rows that leave; disable or drop it",
    "rule": "the rule {0} rewrites what removes rows; drop it",
    "foreign key": "the foreign key {0} of {1} would change rows there; make it ON DELETE NO ACTION",
    "publication": "the publication {0} publishes deletes, so subscribers would lose the rows;"
    " alter publication {0} set (publish = 'insert, update')",
    "foreign table": "the partition {0} is a foreign table, which no transaction of ours can hold still; detach it",
    "heirs": "other tables inherit from it; expected a plain table, a partitioned one or a hypertable",
}
_OTHERS = """
select to_regclass('timescaledb_information.jobs') is not null, to_regclass('cron.job') is not null, (
    select to_regclass(format('%I.part_config', n.nspname))::text from pg_namespace as n
    where n.nspname = coalesce((
        select e.nspname from pg_extension as p inner join pg_namespace as e on e.oid = p.extnamespace
        where p.extname = 'pg_partman'
    ), 'partman')
)
"""
_CRON = r"""
select jobname from cron.job where active and command ~* '\m(delete|drop|truncate|drop_chunks)\M'
    and command ~* ('\m' || %s || '\M')
"""


def obstacles(connection: Connection, table: ArchivedTable) -> Iterator[str]:
    """Every reason why rows may not leave now, each with what to do about it."""
    relation = {"relation": table.relation}
    if connection.execute(_HIDES, relation).fetchone() is not None:
        yield "row security hides rows from this role; connect as the table's owner or as a role with BYPASSRLS"
    if table.kind == "analytics" and table.policy.drop == "never":
        return  # nothing leaves: a copy is made
    timescale, cron, partman = connection.execute(_OTHERS.encode()).fetchone() or (False, False, None)
    asked = {
        **relation,
        "updates": table.kind == "source",
        "hypertable": timescale and _is_hypertable(connection, table),
    }
    for what, name, other in connection.execute(_ACTS, asked).fetchall():
        yield _WORDS[what].format(name, other)
    if timescale:
        yield from _retention(connection, table)
    if partman is not None:
        query = f"select 1 from {partman} where parent_table = %s and retention is not null"
        if connection.execute(query.encode(), (table.name,)).fetchone():
            yield f"pg_partman drops its partitions; set retention to null in {partman}"
    if cron:
        for (job,) in connection.execute(_CRON, (table.relation_name,)).fetchall():
            yield f"the pg_cron job {job} removes rows of it; select cron.unschedule('{job}')"


def _retention(connection: Connection, table: ArchivedTable) -> Iterator[str]:
    """A compression policy may run beside: what it compresses in between is noticed and tried again."""
    query = (
        "select 1 from timescaledb_information.jobs where proc_name = 'policy_retention'"
        " and hypertable_schema = %s and hypertable_name = %s"
    )
    if connection.execute(query, (table.schema, table.relation_name)).fetchone():
        yield f"a retention policy drops its chunks; select remove_retention_policy('{table.name}')"


def _is_hypertable(connection: Connection, table: ArchivedTable) -> bool:
    query = "select 1 from timescaledb_information.hypertables where hypertable_schema = %s and hypertable_name = %s"
    return connection.execute(query, (table.schema, table.relation_name)).fetchone() is not None
