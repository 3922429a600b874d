"""A data contract of the open data contract standard (v3.0, v3.1) as definitions. Reads one file, writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from definitions_to_dbt.bridges.documents import read_yaml
from definitions_to_dbt.bridges.foreign_types import column_type
from definitions_to_dbt.bridges.identifiers import Identifiers, code_of, source_path
from definitions_to_dbt.bridges.imported import Definition, Imported, ImportedObject, module_definition
from definitions_to_dbt.bridges.odcs_quality import quality_rules
from definitions_to_dbt.bridges.odcs_words import DEFINITION, VERSIONS
from definitions_to_dbt.bridges.shape import check_contract
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.types import UnknownTypeError, parse_type

_HINT = "Nothing was written. Mend the contract, then import again."
# What a contract says beside the data: kept by whoever keeps contracts, and said once.
_NOT_CARRIED = (
    "servers", "price", "team", "roles", "slaProperties", "slaDefaultElement", "support", "customProperties",
    "authoritativeDefinitions", "context",
)  # fmt: skip
_NOT_CARRIED_OF_COLUMNS = ("encryptedName", "transformLogic", "transformSourceObjects", "transformDescription")
# What the logical type alone allows to say.
_LOGICAL = {
    "string": "text", "date": "date", "timestamp": "timestamptz", "time": "time", "number": "numeric",
    "integer": "bigint", "boolean": "boolean", "object": "jsonb", "array": "jsonb", "map": "jsonb",
}  # fmt: skip


def import_odcs(path: Path, module: str, prefix: str = "") -> Imported:
    """Return what the contract says. Raises ProblemError where it is no contract, or has no tables."""
    contract = read_yaml(path)
    _refuse_what_is_no_contract(contract, path)
    check_contract(contract, _HINT)
    imported = Imported(_module(contract, module))
    own = bool(_own_words(contract))
    for key in _NOT_CARRIED:
        if contract.get(key) and not (own and key in ("customProperties", "team")):
            imported.gap(key, "definitions have no place for it; it stays in the contract")
    tables = [(f"schema/{place}", table) for place, table in enumerate(contract["schema"])]
    names = _Names(tables, prefix)
    for where, table in tables:
        _Table(where, table, names, imported).read(module)
    return imported


def _refuse_what_is_no_contract(contract: Mapping[str, Any], path: Path) -> None:
    version, kind = contract.get("apiVersion"), contract.get("kind")
    if kind != "DataContract":
        raise ProblemError(f"{path}: expected kind: DataContract, found {kind!r}", hint=_HINT)
    if not isinstance(version, str) or not version.startswith(VERSIONS):
        raise ProblemError(f"{path}: E_VERSION: expected apiVersion v3.0.x or v3.1.x, found {version!r}", hint=_HINT)
    schema = contract.get("schema")
    if not isinstance(schema, list) or not all(isinstance(table, dict) for table in schema) or not schema:
        raise ProblemError(f"{path}: expected a list of tables under schema, found none", hint=_HINT)


def _module(contract: Mapping[str, Any], code: str) -> Definition:
    own = _own_words(contract)
    if own.get("code") == code:
        return own
    said = contract.get("description")
    purpose = str(said.get("purpose") or "") if isinstance(said, dict) else ""
    team = contract.get("team")
    owner = team.get("name") if isinstance(team, dict) else None
    return module_definition(
        code, purpose, str(contract.get("dataProduct") or contract.get("name") or ""), owner and str(owner)
    )


class _Names:
    """Every table and column by each of the names that a reference may use: name, physical name, id."""

    def __init__(self, tables: Sequence[tuple[str, Mapping[str, Any]]], prefix: str) -> None:
        self.tables: dict[str, str] = {}
        self.columns: dict[tuple[str, str], str] = {}
        self.of_place: dict[str, str] = {}
        given = Identifiers.of_tables()
        for where, table in tables:
            name = given.give(prefix + _said(table, "name", where))
            self.of_place[where] = name
            for key in ("name", "physicalName", "id"):
                if isinstance(table.get(key), str):
                    self.tables.setdefault(table[key], name)
            self._columns(where, table, name)

    def _columns(self, where: str, table: Mapping[str, Any], name: str) -> None:
        given = Identifiers()
        for place, column in enumerate(_columns_of(table, where)):
            at = f"{where}/properties/{place}"
            identifier = given.give(_said(column, "name", at))
            self.of_place[at] = identifier
            for key in ("name", "physicalName", "id"):
                if isinstance(column.get(key), str):
                    self.columns.setdefault((name, column[key]), identifier)

    def resolve(self, reference: Any) -> str | None:
        """`table.column` for a reference in either notation; None where it leads nowhere."""
        if not isinstance(reference, str):
            return None
        if "/" in reference:  # /schema/<table>/properties/<column>, perhaps behind the name of a file
            steps = reference.rsplit("#", 1)[-1].strip("/").split("/")
            table, column = (steps[1], steps[3]) if len(steps) == 4 else ("", "")
        else:
            table, _, column = reference.rpartition(".")
        name = self.tables.get(table)
        found = self.columns.get((name, column)) if name else None
        return f"{name}.{found}" if found else None


class _Table:
    """One table of the contract on its way to an object model."""

    def __init__(self, where: str, table: Mapping[str, Any], names: _Names, imported: Imported) -> None:
        self.where, self.table, self.names, self.imported = where, table, names, imported
        self.name = names.of_place[where]

    def read(self, module: str) -> None:
        """Add the object to what was imported, unless it has no columns."""
        columns = [self._column(place, column) for place, column in enumerate(_columns_of(self.table, self.where))]
        if not columns:
            self.imported.gap(self._at(), "not imported: it has no properties")
            return
        keys = self._keys()
        definition: Definition = {
            "code": code_of(self.name),
            "name": str(self.table.get("businessName") or self.table["name"]),
            "module": module,
            "description": str(self.table.get("description") or ""),
            "kind": "entity",
        }
        if tags := [tag for tag in self.table.get("tags") or () if isinstance(tag, str)]:
            definition["tags"] = [tag.lower().replace(" ", "-") for tag in tags]
        if len(keys) > 1 and keys != [column["name"] for column in columns if column.get("primary_key")]:
            definition["source"] = {"business_key": keys}
        definition["table_schema"] = {"table_name": self.name, "columns": columns}
        for rule in self.table.get("quality") or ():
            name = rule.get("metric") or rule.get("rule") or rule.get("type") or "text"
            self.imported.gap(self._at(), f"the table's quality rule {name!r} is not carried over")
        self._relationships(columns)
        restored = _own_words(self.table)
        definition |= {key: value for key, value in restored.items() if key not in ("table_schema", "module")}
        # Table and columns are the contract's own: their names lead to files.
        schema = restored.get("table_schema") if isinstance(restored.get("table_schema"), dict) else {}
        definition["table_schema"] = {**(schema or {}), **definition["table_schema"]}
        if not keys and "source" not in restored:
            self.imported.gap(self._at(), "no primary key: rows are kept as they come, nothing is deduplicated")
        self.imported.objects.append(ImportedObject(definition, self._at()))

    def _at(self, place: int | None = None) -> str:
        if place is None:
            return f"{self.where} ({self.name})"
        at = f"{self.where}/properties/{place}"
        return f"{at} ({self.name}.{self.names.of_place[at]})"

    def _keys(self) -> list[str]:
        """The key's columns in the order that the contract gives them."""
        found = []
        for place, column in enumerate(_columns_of(self.table, self.where)):
            if column.get("primaryKey") is True:
                position = column.get("primaryKeyPosition")
                order = position if isinstance(position, int) and position > 0 else place + 10_000
                found.append((order, self.names.of_place[f"{self.where}/properties/{place}"]))
        return [name for _, name in sorted(found)]

    def _column(self, place: int, said: Mapping[str, Any]) -> Definition:
        at = f"{self.where}/properties/{place}"
        column: Definition = {"name": self.names.of_place[at]} | self._type(place, said)
        if said.get("description") or said.get("businessName"):
            column["description"] = str(said.get("description") or said["businessName"])
        if said.get("primaryKey") is True:
            column["primary_key"] = True
        if said.get("required") is True or said.get("primaryKey") is True:
            column["nullable"] = False
        if said.get("unique") is True and not column.get("primary_key"):
            column["unique"] = True
        physical = str(said.get("physicalName") or said["name"])
        if physical != column["name"]:
            path = source_path([physical])
            if path is None:
                self.imported.gap(self._at(place), f"the name {physical!r} cannot be a key of the payload")
            else:
                column["source_path"] = path
        rules = list(quality_rules(said, column["name"], column["type"], self.imported, self._at(place)))
        if rules:
            column["quality"] = rules
        self._notes_on(place, said)
        return column | self._own_words_of(place, said, column["type"]) | {"name": column["name"]}

    def _own_words_of(self, place: int, said: Mapping[str, Any], sql_type: str) -> Definition:
        """An exported type is the contract's only as long as nobody has changed the contract's."""
        own = _own_words(said)
        if "type" in own and not _says_the_same_type(own, sql_type):
            self.imported.gap(self._at(place), f"physicalType was changed after the export: {sql_type} is taken")
            return {key: value for key, value in own.items() if key not in ("type", "length", "precision", "scale")}
        return own

    def _type(self, place: int, said: Mapping[str, Any]) -> Definition:
        physical, logical = said.get("physicalType"), said.get("logicalType")
        options = said.get("logicalTypeOptions") or {}
        if isinstance(physical, str) and (known := column_type(physical)):
            return known
        if logical == "string" and options.get("format") == "uuid":
            return {"type": "uuid"}
        if isinstance(physical, str):
            # The logical type of an unknown physical one is what some tool fell back on: no better than text.
            known_by_logic = _LOGICAL.get(str(logical), "text") if logical not in ("object", "array") else "text"
            message = f"physicalType {physical!r} is no type of PostgreSQL (a domain?): taken as {known_by_logic}"
            self.imported.gap(self._at(place), message)
            return {"type": known_by_logic}
        if logical not in _LOGICAL:
            self.imported.gap(self._at(place), f"no type that is known ({logical!r}): taken as text")
        return {"type": _LOGICAL.get(str(logical), "text")}

    def _notes_on(self, place: int, said: Mapping[str, Any]) -> None:
        tags = [str(tag).lower() for tag in said.get("tags") or ()]
        classes = [str(said.get("classification") or "").lower(), *tags]
        if any(word in classes for word in ("restricted", "sensitive", "confidential", "pii", "personal")):
            self.imported.gap(self._at(place), "classified as sensitive: say `pii` (tokenize, mask, drop) where it is")
        for key in _NOT_CARRIED_OF_COLUMNS:
            if said.get(key):
                self.imported.gap(self._at(place), f"{key} is not carried over")
        if said.get("properties") or said.get("items"):
            self.imported.gap(self._at(place), "what is inside it is kept as JSON, not as columns")

    def _relationships(self, columns: Sequence[Definition]) -> None:
        by_name = {column["name"]: column for column in columns}
        for place, said in enumerate(_columns_of(self.table, self.where)):
            for link in said.get("relationships") or ():
                self._link(by_name[columns[place]["name"]], link.get("to"), self._at(place))
        for link in self.table.get("relationships") or ():
            mine, theirs = link.get("from"), link.get("to")
            if isinstance(mine, list) and len(mine) == 1 and isinstance(theirs, list) and len(theirs) == 1:
                mine, theirs = mine[0], theirs[0]
            if isinstance(mine, list):
                self.imported.gap(self._at(), f"a foreign key of several columns is not carried over: {mine}")
                continue
            own = self.names.resolve(mine)
            column = by_name.get(own.partition(".")[2]) if own else None
            if column is None:
                self.imported.gap(self._at(), f"the relationship from {mine!r} names no column of the table")
            else:
                self._link(column, theirs, self._at())

    def _link(self, column: Definition, to: Any, where: str) -> None:
        target = self.names.resolve(to[0] if isinstance(to, list) and len(to) == 1 else to)
        if target is None:
            self.imported.gap(where, f"the relationship to {to!r} leads to nothing in this contract")
        elif column.setdefault("foreign_key", target) != target:
            self.imported.gap(where, f"a second relationship of one column is not carried over: {to!r}")


def _says_the_same_type(own: Mapping[str, Any], sql_type: str) -> bool:
    try:
        written = parse_type(str(own["type"]), own.get("length"), own.get("precision"), own.get("scale"))
    except UnknownTypeError:
        return False
    # What an import takes as text stands as it was in the words of the definition.
    return sql_type in (written.sql, "text")


def _own_words(said: Mapping[str, Any]) -> Definition:
    """What an export of ours kept of the definition beside the words of the standard."""
    for entry in said.get("customProperties") or ():
        if isinstance(entry, dict) and entry.get("property") == DEFINITION and isinstance(entry.get("value"), dict):
            return dict(entry["value"])
    return {}


def _columns_of(table: Mapping[str, Any], where: str) -> Iterator[Mapping[str, Any]]:
    columns = table.get("properties") or []
    if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
        raise ProblemError(f"{where}/properties: expected a list of mappings", hint=_HINT)
    yield from columns


def _said(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise ProblemError(f"{where}/{key}: expected a text, found {value!r}", hint=_HINT)
    return value
