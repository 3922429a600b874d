"""What only all files together can tell: names taken twice, references that lead nowhere, circles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from definitions_to_dbt.bare_table import says_its_module
from definitions_to_dbt.clients import override_problems
from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.errors import Problem, meant
from definitions_to_dbt.indexes import index_names
from definitions_to_dbt.metadata_checks import Written, association_problems, exposure_problems
from definitions_to_dbt.names import derived_names, implied_names
from definitions_to_dbt.quality import Reference
from definitions_to_dbt.reading import Entry
from definitions_to_dbt.types import PgType
from definitions_to_dbt.validate_expressions import kpi_expressions, object_expressions
from definitions_to_dbt.validate_personal import personal_problems
from definitions_to_dbt.validate_reading import reading_problems

Entries = Mapping[str, Sequence[Entry]]
_PARTITION = re.compile(r"(?P<table>.+)_p(?:\d{4}(?:_\d\d){0,2}|_other)")
_TABLE_NAME = "/table_schema/table_name"


def problems_across(entries: Entries, faulty: Collection[str], written: Written = None) -> list[Problem]:
    """Every problem between the files.

    `faulty` names files with problems of their own: others may point at them. `written` are models written by hand,
    None where they are not known.
    """
    objects = entries["object_models"]
    problems = [problem for folder in entries for problem in _doubles(entries[folder])]
    problems += _collisions(objects)
    problems += _dangling_columns(objects, faulty)
    problems += _dangling_codes(entries, faulty)
    problems += association_problems(entries, faulty)
    problems += override_problems(entries["clients"], objects)
    problems += exposure_problems(entries, faulty, written)
    problems += _circles(entries["industries"])
    problems += [problem for entry in objects for problem in object_expressions(entry)]
    problems += _kpis(entries)
    problems += reading_problems(objects)
    problems += personal_problems(objects)
    if not problems:
        problems += [problem for entry in objects for problem in _examples(entry)]
    return problems


def _examples(entry: Entry) -> Iterator[Problem]:
    """Examples whose row is not what the payload gives. Asked last, of definitions that are good otherwise."""
    if entry.part.examples:
        # Loaded for those who have examples: an interpreter is nothing that every start should wait for.
        from definitions_to_dbt.selftest.examples import wrong_examples

        for at, message in wrong_examples(entry.part):
            yield entry.problem(at, "E_EXAMPLE", message)


def _doubles(entries: Sequence[Entry]) -> Iterator[Problem]:
    counts = Counter(entry.part.code for entry in entries)
    for entry in entries:
        if counts[entry.part.code] > 1:
            yield entry.problem("/code", "E_DUP", f"{entry.part.code} is defined {counts[entry.part.code]} times")


def _collisions(entries: Sequence[Entry]) -> Iterator[Problem]:
    """Names that two objects would take in the one schema, where indexes share their names with tables."""
    owners = dict[str, Entry]()
    tables = {entry.part.table_name for entry in entries}
    for entry in entries:
        model: ObjectModel = entry.part
        for name in derived_names(model) + implied_names(model):
            if len(name.encode()) > 63:
                message = f"the derived name {name} is longer than 63 bytes; shorten table_name or module"
                yield entry.problem(_TABLE_NAME, "E_IDENT_LEN", message)
            elif name in owners and owners[name].part.table_name == model.table_name:
                message = f"the table {model.table_name} is already defined in {owners[name].document.file}"
                yield entry.problem(_TABLE_NAME, "E_DUP", message)
                break
            elif name in owners:
                message = f"the derived name {name} collides with one of {owners[name].part.table_name}"
                yield entry.problem(_TABLE_NAME, "E_COLLISION", message)
            owners.setdefault(name, entry)
        if entry.part.renamed_from in tables:
            message = f"{entry.part.renamed_from} is the table of another object: it was not renamed"
            yield entry.problem("/renamed_from", "E_COLLISION", message)
    yield from _index_collisions(entries, owners)


def _index_collisions(entries: Sequence[Entry], owners: dict[str, Entry]) -> Iterator[Problem]:
    """PostgreSQL skips an index whose name is taken, and says nothing."""
    for entry in entries:
        for name, at in index_names(entry.part):
            if name in owners:
                message = f"the index {name} would take a name of {owners[name].part.table_name}; rename it"
                yield entry.problem(at, "E_COLLISION", message)
            owners.setdefault(name, entry)
    yield from _partition_collisions(entries, owners)


def _partition_collisions(entries: Sequence[Entry], owners: dict[str, Entry]) -> Iterator[Problem]:
    """Names that partitions will take in some month to come: rows of that month would find no place of their own."""
    cut = {entry.part.table_name for entry in entries if entry.part.is_cut_by_time}
    for name, entry in owners.items():
        found = _PARTITION.fullmatch(name)
        if found is not None and found["table"] in cut:
            message = f"{name} would take the name of a partition of {found['table']}; rename it"
            yield entry.problem(_TABLE_NAME, "E_COLLISION", message)


def _dangling_columns(entries: Sequence[Entry], faulty: Collection[str]) -> Iterator[Problem]:
    """Foreign keys, reference rules and relationships that point at no table, or at no column of it."""
    tables = {entry.part.table_name: _types(entry.part) for entry in entries}
    for entry in entries:
        for pointer, column, target in _targets(entry.part):
            table, _, name = target.partition(".")
            if table in faulty and table not in tables:
                continue
            if table not in tables:
                message = f"no table is called {table!r}{meant(table, tables)}"
            elif name not in tables[table]:
                message = f"{table} has no column {name!r}{meant(name, tables[table])}"
            elif not _comparable(column.pg_type, tables[table][name]):
                message = f"{column.name} is {column.pg_type.sql}, {target} is {tables[table][name].sql}: never equal"
            else:
                continue
            yield entry.problem(pointer, "E_REF", message)
    yield from _dangling_relationships(entries)


def _dangling_relationships(entries: Sequence[Entry]) -> Iterator[Problem]:
    """A relationship's foreign key stands in this table or in the other one, by the direction it has."""
    models = {entry.part.code: entry.part for entry in entries}
    for entry in entries:
        for place, link in enumerate(entry.part.table_schema.relationships):
            other = models.get(link.target_entity)
            if link.foreign_key is None or other is None or link.type == "many_to_many":
                continue
            holders = [entry.part] if link.type == "many_to_one" else [entry.part, other]
            if not any(link.foreign_key in _types(model) for model in holders):
                tables = " and ".join(model.table_name for model in holders)
                pointer = f"/table_schema/relationships/{place}/foreign_key"
                known = [name for model in holders for name in _types(model)]
                message = f"no column of {tables} is called {link.foreign_key!r}{meant(link.foreign_key, known)}"
                yield entry.problem(pointer, "E_REF", message)


def _types(model: ObjectModel) -> dict[str, PgType]:
    return {column.name: column.pg_type for column in model.columns}


def _targets(model: ObjectModel) -> Iterator[tuple[str, Column, str]]:
    for number, column in enumerate(model.columns):
        at = f"/table_schema/columns/{number}"
        if column.foreign_key:
            yield f"{at}/foreign_key", column, column.foreign_key
        for place, rule in enumerate(column.quality):
            if isinstance(rule, Reference):
                yield f"{at}/quality/{place}/to", column, rule.to


def _comparable(one: PgType, other: PgType) -> bool:
    numbers, times = ("integer", "numeric", "float"), ("date", "instant")
    alike = any(one.family in group and other.family in group for group in (numbers, times, ("text",)))
    return alike or one.base == other.base


def _dangling_codes(entries: Entries, faulty: Collection[str]) -> Iterator[Problem]:
    """Codes that name no module, object, KPI or industry."""
    known = {folder: {entry.part.code for entry in found} | set(faulty) for folder, found in entries.items()}
    for pointer, code, entry, target in _named_codes(entries):
        if code is not None and code not in known[target]:
            yield entry.problem(pointer, "E_REF", f"{target} has no {code!r}{meant(code, known[target])}")


def _named_codes(entries: Entries) -> Iterator[tuple[str, str | None, Entry, str]]:
    for entry in entries["object_models"]:
        # A module that was taken from the folder's name was not written by anybody who could mistype it.
        if entries["modules"] and says_its_module(entry.document.moved):
            yield "/module", entry.part.module, entry, "modules"
        for number, relationship in enumerate(entry.part.table_schema.relationships):
            pointer = f"/table_schema/relationships/{number}/target_entity"
            yield pointer, relationship.target_entity, entry, "object_models"
    for entry in entries["kpis"]:
        yield "/module", entry.part.module, entry, "modules"
        yield "/formula/object", entry.part.formula.object, entry, "object_models"
    for entry in entries["benchmarks"]:
        yield "/kpi", entry.part.kpi, entry, "kpis"
        yield "/industry", entry.part.industry, entry, "industries"
    for entry in entries["industries"]:
        yield "/parent", entry.part.parent, entry, "industries"
    for folder in ("value_chains", "clients"):
        for entry in entries[folder]:
            for number, code in enumerate(entry.part.modules):
                yield f"/modules/{number}", code, entry, "modules"
    for entry in entries["clients"]:
        yield "/industry", entry.part.industry, entry, "industries"
        for code in entry.part.overrides:
            yield f"/overrides/{code.replace('~', '~0').replace('/', '~1')}", code, entry, "object_models"


def _circles(industries: Sequence[Entry]) -> Iterator[Problem]:
    """An industry within itself has no top to begin a walk from. Foreign keys may run in circles: no model waits."""
    parents = {entry.part.code: entry.part.parent for entry in industries}
    for entry in industries:
        seen, code = [entry.part.code], entry.part.parent
        while code is not None and code not in seen:
            seen.append(code)
            code = parents.get(code)
        if code == entry.part.code:
            yield entry.problem("/parent", "E_CYCLE", f"{' in '.join([*seen, code])}: an industry within itself")


def _kpis(entries: Entries) -> Iterator[Problem]:
    """Columns and formulas of KPIs, against the object they are reckoned from."""
    models = {entry.part.code: entry.part for entry in entries["object_models"]}
    for entry in entries["kpis"]:
        model = models.get(entry.part.formula.object)
        if model is None:
            continue
        columns = {column.name: column for column in model.columns}
        named = [("/time_column", entry.part.time_column)] if entry.part.time_column else []
        named += [(f"/dimensions/{place}", name) for place, name in enumerate(entry.part.dimensions)]
        for pointer, name in named:
            if name not in columns:
                message = f"{model.table_name} has no column {name!r}{meant(name, columns)}"
                yield entry.problem(pointer, "E_REF", message)
            elif columns[name].pii == "drop":
                yield entry.problem(pointer, "E_PII", f"{name} is dropped as personal data: nobody can read it")
            elif pointer == "/time_column" and columns[name].pg_type.family not in ("date", "instant"):
                found = columns[name].pg_type.sql
                yield entry.problem(pointer, "E_TIMEKEY", f"expected a column of times, found {name}, which is {found}")
        yield from kpi_expressions(entry, model)
