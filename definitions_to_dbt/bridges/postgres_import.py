"""The tables of a live PostgreSQL schema as definitions. Reads the catalogue, no row of any table, and writes nothing.

The payload of such a table is taken to be its rows as JSON (`row_to_json`, or what change data capture sends): each
column's value under the column's own name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from definitions_to_dbt.bridges.foreign_types import column_type
from definitions_to_dbt.bridges.identifiers import Identifiers, code_of, snake_case, source_path
from definitions_to_dbt.bridges.imported import Definition, Imported, ImportedObject, module_definition
from definitions_to_dbt.bridges.postgres_catalogue import CatalogueTable, read_catalogue
from definitions_to_dbt.bridges.postgres_checks import check_rules
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.postgres import connect, server_problems

_CONSTANT = re.compile(
    r"'((?:[^']|'')*)'(?:::[a-z0-9_ .\"\[\]()]+)?|(-?\d+(?:\.\d+)?)|\((-\d+(?:\.\d+)?)\)|(true|false)"
)


def import_postgres(schema: str, tables: Sequence[str], module: str, prefix: str = "") -> Imported:
    """Return what the catalogue says. Raises ProblemError where schema or table does not exist."""
    with server_problems("Nothing was written."), connect(application_name="definitions-to-dbt import") as connection:
        found = read_catalogue(connection, schema, list(tables))
        database = connection.info.dbname
    missing = sorted(set(tables) - {table.name for table in found})
    if missing or not found:
        what = f"the tables {', '.join(missing)}" if missing else "tables"
        raise ProblemError(
            f"expected {what} in schema {schema!r} of database {database!r}, found none",
            hint="Nothing was written. Check PGDATABASE and --schema; views and partitions are not imported.",
        )
    imported = Imported(module_definition(module, f"Tables of the schema {schema} of the database {database}."))
    names = _Names(found, prefix)
    for table in found:
        imported.objects.append(_Table(schema, table, names, imported).read(module))
    return imported


class _Names:
    """The identifier of every table, and of every column by its number and its name."""

    def __init__(self, tables: Sequence[CatalogueTable], prefix: str) -> None:
        given = Identifiers.of_tables()
        self.tables = {table.name: given.give(prefix + table.name) for table in tables}
        self.columns: dict[str, dict[int, str]] = {}
        self.by_name: dict[str, dict[str, str]] = {}
        for table in tables:
            inside = Identifiers()
            self.columns[table.name] = {row.number: inside.give(row.name) for row in table.columns}
            self.by_name[table.name] = {row.name: self.columns[table.name][row.number] for row in table.columns}


class _Table:
    """One table on its way to an object model."""

    def __init__(self, schema: str, table: CatalogueTable, names: _Names, imported: Imported) -> None:
        self.table, self.names, self.imported = table, names, imported
        self.where = f"{schema}.{table.name}"
        self.schema = schema
        self.own = names.columns[table.name]

    def read(self, module: str) -> ImportedObject:
        """The object model of the table."""
        self.columns = {row.number: self._column(row) for row in self.table.columns}
        keys = self._constraints()
        name = self.names.tables[self.table.name]
        schema: Definition = {"table_name": name, "columns": list(self.columns.values())}
        if indexes := list(filter(None, map(self._index, self.table.indexes))):
            schema["indexes"] = indexes
        definition: Definition = {
            "code": code_of(name), "name": self.table.name, "module": module, "description": self.table.comment,
            "kind": "entity",
        }  # fmt: skip
        if keys != [column["name"] for column in schema["columns"] if column.get("primary_key")]:
            definition["source"] = {"business_key": keys}
        if name != snake_case(self.table.name):
            self.imported.gap(self.where, f"called {name} here: the table's own name is too long, taken or reserved")
        if not keys:
            self.imported.gap(self.where, "no primary key: rows are kept as they come, nothing is deduplicated")
        return ImportedObject(definition | {"table_schema": schema}, self.where)

    def _at(self, row: Any) -> str:
        return f"{self.where}.{row.name}"

    def _column(self, row: Any) -> Definition:
        column: Definition = {"name": self.own[row.number]} | self._type(row)
        if row.comment:
            column["description"] = row.comment
        if row.is_not_null:
            column["nullable"] = False
        if row.name != column["name"]:
            path = source_path([row.name])
            if path is None:
                self.imported.gap(self._at(row), "this name cannot be a key of the payload: the column stays empty")
            else:
                column["source_path"] = path
        self._default(row, column)
        rules: list[Definition] = []
        if row.labels and row.element_kind != "e":
            rules.append({"rule": "accepted_values", "values": list(row.labels)})
        for check in row.checks or ():
            found = check_rules(check, {"value": self.own[row.number]})
            rules += [rule for _, rule in found or ()]
            if found is None:
                self.imported.gap(self._at(row), f"the domain's check is not carried over: {check}")
        if rules:
            column["quality"] = rules
        return column

    def _type(self, row: Any) -> Definition:
        if row.labels:
            return {"type": "text[]" if row.element_kind == "e" else "text"}
        if row.kind == "c" or row.element_kind == "c":
            self.imported.gap(self._at(row), f"the composite type {row.type} is kept as JSON")
            return {"type": "jsonb"}
        known = column_type(row.type)
        if known is None:
            self.imported.gap(self._at(row), f"the type {row.type} is not known here: taken as text")
            return {"type": "text"}
        return known

    def _default(self, row: Any, column: Definition) -> None:
        """Constants only: what the sender's database would have computed is in the payload already."""
        written = row.default_expression
        if row.is_identity or (written and written.startswith("nextval(")):
            column["autoincrement"] = True
        elif row.generated:
            self.imported.gap(self._at(row), f"generated as {written}: taken from the payload, not reckoned again")
        elif written and (constant := _CONSTANT.fullmatch(written)):
            text, *numbers, truth = constant.groups()
            number = next((found for found in numbers if found is not None), None)
            if truth is not None:
                column["default"] = truth == "true"
            elif number is not None:
                # As text where it has decimals, so that none is lost.
                column["default"] = number if "." in number else int(number)
            else:
                column["default"] = text.replace("''", "'")
        elif written:
            self.imported.gap(self._at(row), f"the default {written} is not carried over")

    def _constraints(self) -> list[str]:
        """Note keys, uniqueness, references and checks on the columns; return the business key in its order."""
        keys: list[str] = []
        for row in self.table.constraints:
            names = [self.own[number] for number in row.columns or ()]
            if row.kind == "p":
                keys = names
                for number in row.columns:
                    self.columns[number] |= {"primary_key": True, "nullable": False}
            elif row.kind == "u" and len(names) == 1:
                self.columns[row.columns[0]].setdefault("unique", True)
            elif row.kind == "f":
                self._reference(row)
            elif row.kind == "c":
                self._check(row)
            else:
                what = "a unique constraint of several columns" if row.kind == "u" else "an exclusion constraint"
                self.imported.gap(f"{self.where}.{row.name}", f"{what} is not carried over: {row.definition}")
        return keys

    def _reference(self, row: Any) -> None:
        at = f"{self.where}.{row.name}"
        if len(row.columns) > 1:
            self.imported.gap(at, f"a foreign key of several columns is not carried over: {row.definition}")
        elif row.target_schema != self.schema or row.target not in self.names.tables:
            self.imported.gap(at, f"its target {row.target_schema}.{row.target} is not among the imported tables")
        else:
            target = self.names.by_name[row.target][row.target_columns[0]]
            column = self.columns[row.columns[0]]
            if (
                column.setdefault("foreign_key", f"{self.names.tables[row.target]}.{target}").partition(".")[2]
                != target
            ):
                self.imported.gap(at, "a second foreign key of one column is not carried over")

    def _check(self, row: Any) -> None:
        rules = check_rules(row.definition, self.names.by_name[self.table.name])
        if rules is None:
            self.imported.gap(f"{self.where}.{row.name}", f"the check is not carried over: {row.definition}")
        by_name = {column["name"]: column for column in self.columns.values()}
        for name, rule in rules or ():
            column = by_name[name] if name else self.columns[row.columns[0]]
            column["quality"] = [*column.get("quality", ()), rule]

    def _index(self, row: Any) -> Definition | None:
        keys = row.columns[: row.key_columns]
        if row.has_expressions or 0 in keys:
            self.imported.gap(f"{self.where}.{row.name}", "an index over an expression is not carried over")
            return None
        if row.method != "btree" or row.predicate:
            self.imported.gap(f"{self.where}.{row.name}", "only plain B-tree indexes are carried over")
            return None
        if row.is_unique:
            # A unique index would fail a whole batch for one record; uniqueness here is a rule of a column.
            self.imported.gap(f"{self.where}.{row.name}", "carried over as an index that is not unique")
        return {"name": Identifiers().give(row.name), "columns": [self.own[number] for number in keys]}
