"""What the columns of a table really are, as the catalogue says, and how each travels. Changes nothing.

A definition says what people read (text for an enum, numeric for an amount with a rule); a table that somebody else
made has types of its own. The table's type decides how a column travels and is what a restore casts back to; the
definition's decides how it is read. Every type comes back from its text, which is how pg_dump moves it, but for the few
that name things of one server. What an extension says of its own type is believed value by value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archive_jobs.database import Connection
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier
from definitions_to_dbt.types import UnknownTypeError, parse_type, stored_type
from definitions_to_dbt.widening import change_of

# Types of the server itself that no definition can name, and whose text comes back all the same.
_OF_THE_SERVER = frozenset(('"char"', "int2vector", "oidvector", "bpchar"))
_KINDS = {"b": "base", "c": "composite", "d": "domain", "e": "enum", "m": "multirange", "r": "range"}

_COLUMNS = """
select c.relname::text, a.attname::text, a.atttypid, {name}, a.attgenerated <> ''
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = to_regnamespace(quote_ident(%s)) and c.relkind in ('r', 'p')
order by c.relname, a.attnum
"""
# All types that the given ones are made of.
_TYPES = """
with recursive parts as (
    select oid as whole, 0 as place, null::name as name, typelem as part, -1 as modifier
    from pg_type where typcategory = 'A' and typelem <> 0
    union all
    select oid, 0, null, typbasetype, typtypmod from pg_type where typtype = 'd'
    union all
    select t.oid, a.attnum, a.attname, a.atttypid, a.atttypmod
    from pg_type as t
    inner join pg_attribute as a on a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    where t.typtype = 'c'
    union all
    select rngtypid, 0, null, rngsubtype, -1 from pg_range
    union all
    select rngmultitypid, 0, null, rngtypid, -1 from pg_range
),
reached as (
    select unnest(%s::oid[]) as oid
    union
    select parts.part from reached inner join parts on parts.whole = reached.oid
)
select
    t.oid,
    {name},
    case when t.typcategory = 'A' and t.typelem <> 0 then 'a' else t.typtype::text end,
    t.typnamespace = 'pg_catalog'::regnamespace,
    array(select enumlabel::text from pg_enum where enumtypid = t.oid order by enumsortorder),
    coalesce(
        (select jsonb_agg(jsonb_build_array(p.name, p.part::bigint, {part}) order by p.place)
        from parts as p where p.whole = t.oid),
        '[]'
    ),
    exists (
        select from pg_cast
        where castsource = t.oid and castfunc <> 0 and casttarget in ('text'::regtype, 'varchar'::regtype)
    )
from reached
inner join pg_type as t on t.oid = reached.oid
"""


def _name(oid: str, modifier: str) -> str:
    """SQL of a type's name, with its schema unless it is PostgreSQL's own, whatever the session's search_path is."""
    return (
        f"case when {oid} < 16384 then '' else coalesce((select quote_ident(n.nspname) || '.' from pg_type as w"
        " inner join pg_type as e on e.oid = case when w.typcategory = 'A' then w.typelem else w.oid end"
        f" inner join pg_namespace as n on n.oid = e.typnamespace where w.oid = {oid} and pg_type_is_visible(e.oid)"
        f" and n.nspname <> 'pg_catalog'), '') end || format_type({oid}, {modifier})"
    )


@dataclass(frozen=True)
class StoredColumn:
    """A column as the catalogue knows it. `sql` is its type with schema and modifiers."""

    name: str
    type_oid: int
    sql: str
    is_generated: bool


@dataclass(frozen=True)
class StoredType:
    """A type of the database and what it is made of: name, oid and SQL of each part."""

    name: str
    kind: str
    is_builtin: bool
    labels: list[str]
    parts: list[tuple[str | None, int, str]]
    has_text_cast: bool

    @property
    def shape(self) -> dict[str, Any]:
        """What a manifest says of it, so that it can be made again where it is missing."""
        said: dict[str, Any] = {"kind": _KINDS[self.kind]}
        if self.kind == "e":
            said["labels"] = self.labels
        elif self.kind == "c":
            said["attributes"] = {str(name): sql for name, _, sql in self.parts}
        elif self.parts:
            said["over"] = self.parts[0][2]
        return said

    @property
    def is_lossy(self) -> bool:
        """True for PostgreSQL's own types whose text means nothing elsewhere, or is no text of a value at all."""
        if not self.is_builtin or self.kind != "b" or self.name in _OF_THE_SERVER:
            return False
        try:
            return not parse_type(self.name).lossless
        except UnknownTypeError:
            return True

    @property
    def is_doubted(self) -> bool:
        """True where only what an extension or a user has written says how a value reads."""
        return not self.is_builtin and (self.kind == "b" or self.has_text_cast)


@dataclass(frozen=True)
class Travelling:
    """How the columns of a table travel, what a restore has to know of them, and what is in the way."""

    columns: tuple[LakeColumn, ...]
    # Full name -> shape, of each type that is not PostgreSQL's own.
    types: Mapping[str, Any] = field(default_factory=dict)
    # Column -> its type, where values are believed one by one.
    doubted: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    # Columns that PostgreSQL computes itself: a restore compares them and does not load them.
    generated: frozenset[str] = frozenset()

    @property
    def doubts(self) -> dict[str, str]:
        """For each doubted column: a PostgreSQL aggregate that is true where a value does not come back from its text.

        Within a row a value is written by the type's own output, which a cast to text need not be.
        """
        found = {}
        for name, sql in self.doubted.items():
            column = quote_identifier(name)
            found[name] = f"coalesce(bool_or(row({column})::text <> row({column}::text::{sql})::text), false)"
        return found


def stored_columns(connection: Connection, schema: str) -> dict[str, dict[str, StoredColumn]]:
    """Each table of the schema with its columns, in one query."""
    tables: dict[str, dict[str, StoredColumn]] = {}
    query = _COLUMNS.format(name=_name("a.atttypid", "a.atttypmod"))
    for table, *column in connection.execute(query.encode(), (schema,)):
        tables.setdefault(table, {})[column[0]] = StoredColumn(*column)
    return tables


def travelling(
    connection: Connection,
    declared: Collection[LakeColumn],
    stored: Mapping[str, StoredColumn],
    *,
    platform: bool,
    undeclared: Collection[str] = (),
) -> Travelling:
    """Settle how each declared column travels. `platform` tables are made from the definition and agree with it.

    `undeclared` names columns that travel along, under their own types, though no definition speaks of them.
    """
    strange = {
        column.name: stored[column.name]
        for column in declared
        if column.name in stored
        and not column.is_protected
        and stored[column.name].sql != column.pg_type.catalogue_name
    }
    strange |= {name: column for name, column in stored.items() if name in undeclared}
    types = _types(connection, {column.type_oid for column in strange.values()})
    columns, problems = [], []
    doubted: dict[str, str] = {}
    shapes: dict[str, Any] = {}
    for column in [*declared, *(_undeclared(stored[name], types) for name in stored if name in undeclared)]:
        if column.name not in stored:
            problems.append(f"the definition's column {column.name} is not in the table; run `dbt build`")
        if column.name not in strange:
            columns.append(column)
            continue
        found = strange[column.name]
        within = list(_within(types, found.type_oid))
        try:
            agrees = platform and column.name not in undeclared
            columns.append(_under_its_own_type(column, found, types, within, platform=agrees))
        except _StaysHotError as problem:
            columns.append(column)
            problems.append(str(problem))
        shapes |= _shapes(within)
        if any(part.is_doubted for part in within):
            doubted[column.name] = found.sql
    problems += _alike(columns)
    generated = frozenset(column.name for column in stored.values() if column.is_generated)
    return Travelling(tuple(columns), dict(sorted(shapes.items())), doubted, tuple(problems), generated)


def _undeclared(stored: StoredColumn, types: Mapping[int, StoredType]) -> LakeColumn:
    """A column under the name and the type that the table has, as if a definition said so."""
    base = stored_type(_base(types, stored))
    return LakeColumn(stored.name, base, base.lake_cast(quote_identifier(stored.name)), base.lake_type)


def _alike(columns: Collection[LakeColumn]) -> Iterator[str]:
    """PostgreSQL tells names by their case; DuckDB and Spark do not."""
    first: dict[str, str] = {}
    for column in columns:
        other = first.setdefault(column.name.casefold(), column.name)
        if other != column.name:
            yield f"the columns {other} and {column.name} have one name for DuckDB and Spark; rename one of them"


class _StaysHotError(Exception):
    """A column cannot travel; the message says why and what to do."""


def _under_its_own_type(
    column: LakeColumn,
    stored: StoredColumn,
    types: Mapping[int, StoredType],
    within: list[StoredType],
    *,
    platform: bool,
) -> LakeColumn:
    for part in within:
        if part.is_lossy:
            held = "" if part.name == stored.sql else f", which holds {part.name}"
            raise _StaysHotError(
                f"the column {column.name} has type {stored.sql}{held}, whose values cannot be brought back;"
                " cast it to text"
            )
    if _base(types, stored) == "bpchar" != stored.sql:
        raise _StaysHotError(
            f"the column {column.name} has type {stored.sql}, whose blanks are lost with its text; cast it to text"
        )
    own, declared, name = stored_type(stored.sql), column.pg_type, quote_identifier(column.name)
    if stored.sql.partition(".")[2] == declared.catalogue_name:  # a type of an extension, here with its schema
        return replace(column, pg_type=own, expression=own.lake_cast(name))
    base = stored_type(_base(types, stored))
    if not platform and declared.sql in ("text", "varchar"):
        return replace(column, pg_type=own, expression=base.text_cast(name), lake_type="VARCHAR")
    if not platform and change_of(base, declared).verdict != "breaking":
        return replace(column, pg_type=own, expression=base.lake_cast(name), lake_type=base.lake_type)
    other = "" if platform else ", or say text, which every value has"
    raise _StaysHotError(
        f"the column {column.name} is {stored.sql}, the definition says {declared.catalogue_name};"
        f" make them agree{other}"
    )


def type_definitions(connection: Connection, oids: Collection[int]) -> dict[str, Any]:
    """What the types are now that are not PostgreSQL's own, and all that they are made of: full name -> shape."""
    return dict(sorted(_shapes(_types(connection, oids).values()).items()))


def _shapes(types: Iterable[StoredType]) -> dict[str, Any]:
    return {one.name: one.shape for one in types if one.kind != "a" and not one.is_builtin}


def _types(connection: Connection, oids: Collection[int]) -> dict[int, StoredType]:
    if not oids:
        return {}
    query = _TYPES.format(name=_name("t.oid", "null"), part=_name("p.part", "p.modifier"))
    return {oid: StoredType(*said) for oid, *said in connection.execute(query.encode(), (sorted(oids),)).fetchall()}


def _within(types: Mapping[int, StoredType], oid: int, seen: frozenset[int] = frozenset()) -> Iterator[StoredType]:
    """A type and all that it is made of, the inmost first, so that a message names what is at fault."""
    if oid not in seen:
        for _, part, _ in types[oid].parts:
            yield from _within(types, part, seen | {oid})
        yield types[oid]


def _base(types: Mapping[int, StoredType], stored: StoredColumn) -> str:
    """The type under all domains, with its modifiers."""
    kind, oid, sql = types[stored.type_oid].kind, stored.type_oid, stored.sql
    while kind == "d":
        _, oid, sql = types[oid].parts[0]
        kind = types[oid].kind
    return sql
