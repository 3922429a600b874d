"""What PostgreSQL's catalogue says of the tables of a schema. Reads no row of any table; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import psycopg
from psycopg.rows import namedtuple_row

_COLUMNS = """
select
    c.oid::bigint as table_id, c.relname as table_name, obj_description(c.oid, 'pg_class') as table_comment,
    a.attnum as number, a.attname as name, col_description(c.oid, a.attnum) as comment,
    -- A domain stands for the type below it, an array for its element.
    coalesce(base.written, format_type(a.atttypid, a.atttypmod)) as type, t.typtype::text as kind,
    t.typcategory::text as category, t.typname as type_name, element.typtype::text as element_kind,
    a.attnotnull or coalesce(base.is_not_null, false) as is_not_null, a.attidentity <> '' as is_identity,
    a.attgenerated::text as generated, pg_get_expr(d.adbin, d.adrelid) as default_expression,
    (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum as e
     where e.enumtypid in (coalesce(base.type_id, a.atttypid), element.oid)) as labels,
    base.checks
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type as t on t.oid = a.atttypid
left join pg_type as element on element.oid = t.typelem and t.typcategory = 'A'
left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
left join lateral (
    with recursive below as (
        select dom.oid, dom.typbasetype, dom.typtypmod, dom.typnotnull, dom.typtype
        from pg_type as dom where dom.oid = t.oid and dom.typtype = 'd'
        union all
        select next.oid, next.typbasetype,
            case when next.typtype = 'd' then next.typtypmod else below.typtypmod end, next.typnotnull, next.typtype
        from below join pg_type as next on next.oid = below.typbasetype
    )
    select
        (select b.oid from below as b where b.typtype <> 'd') as type_id,
        (select format_type(b.oid, b.typtypmod) from below as b where b.typtype <> 'd') as written,
        bool_or(typnotnull) as is_not_null,
        (select array_agg(pg_get_constraintdef(k.oid) order by k.conname) from pg_constraint as k
         where k.contype = 'c' and k.contypid in (select b.oid from below as b)) as checks
    from below
) as base on t.typtype = 'd'
where n.nspname = %(schema)s and c.relkind in ('r', 'p') and not c.relispartition
    and (%(tables)s::text[] is null or c.relname = any(%(tables)s))
order by c.relname, a.attnum
"""
_CONSTRAINTS = """
select
    k.conrelid::bigint as table_id, k.contype::text as kind, k.conname as name, k.conkey::int[] as columns,
    target.relname as target, n.nspname as target_schema,
    (select array_agg(a.attname::text order by u.ord) from unnest(k.confkey) with ordinality as u(num, ord)
     join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.num) as target_columns,
    pg_get_constraintdef(k.oid) as definition
from pg_constraint as k
left join pg_class as target on target.oid = k.confrelid
left join pg_namespace as n on n.oid = target.relnamespace
where k.conrelid = any(%(ids)s::oid[]) and k.contype in ('p', 'u', 'f', 'c', 'x')
order by k.conname
"""
_INDEXES = """
select
    i.indrelid::bigint as table_id, c.relname as name, i.indisunique as is_unique, i.indkey::int[] as columns,
    i.indnkeyatts as key_columns, m.amname as method, pg_get_expr(i.indpred, i.indrelid) as predicate,
    i.indexprs is not null as has_expressions
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_am as m on m.oid = c.relam
where i.indrelid = any(%(ids)s::oid[]) and not exists (
    select from pg_constraint as k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
)
order by c.relname
"""


@dataclass
class CatalogueTable:
    """One table: its columns, constraints and indexes as rows of the catalogue."""

    name: str
    comment: str
    columns: list[Any] = field(default_factory=list)
    constraints: list[Any] = field(default_factory=list)
    indexes: list[Any] = field(default_factory=list)


def read_catalogue(connection: psycopg.Connection[Any], schema: str, tables: list[str]) -> list[CatalogueTable]:
    """Return the tables of the schema, in the order of their names; all of one moment."""
    found: dict[int, CatalogueTable] = {}
    with connection.transaction(), connection.cursor(row_factory=namedtuple_row) as named:
        # What the names of a row are, no type checker can know.
        cursor = cast("psycopg.Cursor[Any]", named)
        cursor.execute("set transaction isolation level repeatable read read only")
        for row in cursor.execute(_COLUMNS, {"schema": schema, "tables": tables or None}).fetchall():
            table = found.setdefault(row.table_id, CatalogueTable(row.table_name, row.table_comment or ""))
            table.columns.append(row)
        ids = {"ids": list(found)}
        for row in cursor.execute(_CONSTRAINTS, ids).fetchall():
            found[row.table_id].constraints.append(row)
        for row in cursor.execute(_INDEXES, ids).fetchall():
            found[row.table_id].indexes.append(row)
    return list(found.values())
