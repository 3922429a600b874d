"""Nested fields of a foreign schema as the columns of one flat table: one column for each leaf, by its path."""

from __future__ import annotations

from collections.abc import Sequence

from definitions_to_dbt.bridges.identifiers import Identifiers, code_of, snake_case, source_path
from definitions_to_dbt.bridges.imported import Definition, Imported, ImportedObject
from definitions_to_dbt.sql import bare_or_quoted

# Stands for the column's own name in the SQL of a rule, until the column has one.
COLUMN = "<column>"


class FlatTable:
    """Collects the columns of one object on its way to a definition."""

    def __init__(self, imported: Imported, table_name: str, keys: Sequence[str]) -> None:
        self.imported, self.table_name = imported, table_name
        self._names = Identifiers()
        # People name a key by its field or by its path.
        self._keys = list(keys)
        self._found_keys: dict[str, str] = {}
        self.columns: list[Definition] = []

    def add(
        self, path: Sequence[str], column: Definition, where: str, *, nullable: bool, description: str = ""
    ) -> None:
        """Add the column of one leaf. A path that no definition can write becomes a gap."""
        written = source_path(path)
        if written is None:
            self.imported.gap(where, f"the key {path[-1]!r} cannot be written as a path: the field is left out")
            return
        name = self._names.give("_".join(snake_case(step) for step in path))
        said: Definition = {"name": name} | column
        if "quality" in said:
            said["quality"] = [_naming(rule, name) for rule in said["quality"]]
        if description:
            said["description"] = description
        key = next((key for key in self._keys if key in (".".join(path), name)), None)
        if key is not None:
            self._found_keys[key] = name
            said["primary_key"] = True
        if key is not None or not nullable:
            said["nullable"] = False
        if written != f"$.{name}":
            said["source_path"] = written
        self.columns.append(said)

    def object(self, module: str, name: str, description: str, where: str) -> ImportedObject:
        """The object model of all columns. Keys that no field has become gaps."""
        for key in self._keys:
            if key not in self._found_keys:
                self.imported.gap(where, f"the key {key!r} is none of its fields")
        definition: Definition = {
            "code": code_of(self.table_name), "name": name or self.table_name, "module": module,
            "description": description, "kind": "entity",
        }  # fmt: skip
        ordered = [self._found_keys[key] for key in self._keys if key in self._found_keys]
        if ordered != [column["name"] for column in self.columns if column.get("primary_key")]:
            definition["source"] = {"business_key": ordered}
        if not ordered:
            self.imported.gap(where, "no key (--key): rows are kept as they come, nothing is deduplicated")
        definition["table_schema"] = {"table_name": self.table_name, "columns": self.columns}
        return ImportedObject(definition, where)


def _naming(rule: Definition, name: str) -> Definition:
    return rule | {"sql": rule["sql"].replace(COLUMN, bare_or_quoted(name))} if "sql" in rule else rule
