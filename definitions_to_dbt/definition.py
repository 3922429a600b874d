"""One object model: a business object as one JSON file describes it. Checks what one file can tell by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from definitions_to_dbt.column import Column
from definitions_to_dbt.parts import Code, Fault, Identifier, Many, Part, Role, Tag, Text, raise_faults
from definitions_to_dbt.pg_type import PgType
from definitions_to_dbt.policy import ArchivePolicies
from definitions_to_dbt.source import MAX_COUNT, Example, Source
from definitions_to_dbt.storage import Storage
from definitions_to_dbt.table_schema import MAX_TABLE_NAME, WINDOWS_NAMES, Index, Relationship, TableSchema

__all__ = [
    "MAX_TABLE_NAME", "Code", "Column", "Identifier", "Index", "Many", "ObjectModel", "Part", "Relationship",
    "TableSchema", "Tag", "Text",
]  # fmt: skip

ORDER_TYPES = ("smallint", "integer", "bigint", "timestamptz", "timestamp", "date", "pg_lsn")
TIME_TYPES = ("timestamptz", "timestamp", "date")
_VERSION_COLUMNS = ("valid_from", "valid_to", "is_current")
# The format of definition files. A file may say which it was written for; another one is refused, not guessed at.
SPEC_VERSION = 1


class DefinitionFile(Part):
    """What every kind of definition file may say."""

    # Left out of the definition's hash: it says how the file is written, not what it means.
    spec_version: int = Field(SPEC_VERSION, exclude=True)

    @model_validator(mode="after")
    def is_of_this_version(self) -> Self:
        """A file written for another format is refused."""
        if self.spec_version != SPEC_VERSION:
            message = f"expected spec_version {SPEC_VERSION}, found {self.spec_version}"
            raise_faults([Fault("/spec_version", "E_VERSION", message)])
        return self


class ObjectModel(DefinitionFile):
    """One business object. It becomes a raw table, a staging view, a write model, a read model and an archive."""

    code: Code
    name: Text = Field(min_length=1)
    module: Code
    description: Text = ""
    kind: Literal["event", "entity", "reference"] = "entity"
    version: int = Field(1, ge=1, le=MAX_COUNT)
    time_column: Identifier | None = None
    tenant_column: Identifier | None = None
    subject_column: Identifier | None = None
    display_column: Identifier | None = None
    owner: Text | None = None
    tags: Many[Tag] = ()
    examples: Many[Example] = ()
    renamed_from: Identifier | None = None
    # From this day on dbt warns whoever reads the object; nothing is taken away.
    deprecation_date: date | None = None
    source: Source = Source()
    archive: ArchivePolicies = ArchivePolicies()
    storage: Storage | None = None
    readers: Many[Role] = ()
    table_schema: TableSchema

    @property
    def table_name(self) -> str:
        """The name of the write model; every other name is derived from it."""
        return self.table_schema.table_name

    @property
    def columns(self) -> tuple[Column, ...]:
        """The declared columns, in order."""
        return self.table_schema.columns

    def column(self, name: str) -> Column:
        """The declared column of this name. Raises KeyError."""
        return {column.name: column for column in self.columns}[name]

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """The business key: what says that two records speak of the same thing. Empty for a multiset."""
        declared = tuple(column.name for column in self.columns if column.primary_key)
        return self.source.business_key or declared

    @property
    def tells_changes(self) -> bool:
        """True where a record is not the row itself but tells what happened to it."""
        return self.source.format != "json"

    @cached_property
    def physical_key(self) -> tuple[str, ...]:
        """The key of the Layer 2 table: an event's holds its time column too, for partitions need it there."""
        key = self.primary_key
        if key and self.kind == "event" and self.time_column and self.time_column not in key:
            return (*key, self.time_column)
        return key

    @cached_property
    def ages(self) -> bool:
        """True where kind, time column and retention are all stated: nothing else is ever deleted."""
        analytics = self.archive.analytics
        return self.kind == "event" and self.time_column is not None and bool(analytics and analytics.retention)

    @property
    def is_cut_by_time(self) -> bool:
        """True for an event with a time, unless its definition asks for a plain table."""
        is_plain = self.storage is not None and self.storage.layout == "plain"
        return self.kind == "event" and self.time_column is not None and not is_plain

    @property
    def every_row_has_a_time(self) -> bool:
        """True where no row can stand in the table without a value in its time column."""
        return self.time_column is not None and (
            self.time_column in self.physical_key or not self.column(self.time_column).nullable
        )

    @cached_property
    def has_versions(self) -> bool:
        """Entities with a key keep every version they had."""
        return self.kind == "entity" and bool(self.primary_key)

    @property
    def canonical_text(self) -> str:
        """The definition as JSON, with every default, the same however the file is laid out."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def definition_hash(self) -> str:
        """SHA-256 of the canonical text."""
        return hashlib.sha256(self.canonical_text.encode()).hexdigest()

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        """Every column named outside the column list is in it, and fits its part."""
        raise_faults(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if self.module.lower() in WINDOWS_NAMES:
            yield Fault("/module", "E_RESERVED", f"{self.module!r} cannot be the name of a folder on Windows")
        yield from self._unknown_names()
        yield from self._time_and_order()
        yield from self._column_faults()
        yield from self._format_faults()
        for kind, policy in (("analytics", self.archive.analytics), ("source", self.archive.source)):
            if policy and policy.table_name not in (None, self.table_name, f"source_{self.table_name}"):
                message = f"the policy is for {policy.table_name}, the object's table is {self.table_name}"
                yield Fault(f"/archive/{kind}/table_name", "E_POLICY", message)
        for place, example in enumerate(self.examples):
            yield from self._example_faults(f"/examples/{place}/row", example)

    def _unknown_names(self) -> Iterator[Fault]:
        named = [("/time_column", self.time_column), ("/tenant_column", self.tenant_column)]
        named += [("/subject_column", self.subject_column), ("/display_column", self.display_column)]
        named += [("/source/order", self.source.order)]
        key = self.source.business_key or ()
        named += [(f"/source/business_key/{n}", name) for n, name in enumerate(key)]
        for n, column in enumerate(key):
            if column in key[:n]:
                yield Fault(f"/source/business_key/{n}", "E_DUP", f"the column {column!r} stands twice in the key")
        known = {column.name for column in self.columns}
        for at, name in named:
            if name is not None and name not in known:
                code = "E_KEY" if "business_key" in at else "E_REF"
                yield Fault(at, code, f"{self.table_name} has no column {name!r}; known: {', '.join(sorted(known))}")

    def _time_and_order(self) -> Iterator[Fault]:
        types = {column.name: column.pg_type for column in self.columns}
        time, order = types.get(self.time_column or ""), types.get(self.source.order or "")
        if time and time.base not in TIME_TYPES:
            message = f"expected a time_column of type timestamptz, timestamp or date, found {time.sql}"
            yield Fault("/time_column", "E_TIMEKEY", message)
        if self.storage is not None:
            yield from self._storage_faults(self.storage)
        if order and (order.base not in ORDER_TYPES or order.element):
            message = f"expected a column of one of the types {', '.join(ORDER_TYPES)}, found {order.sql}"
            yield Fault("/source/order", "E_TYPE", message)

    def _storage_faults(self, storage: Storage) -> Iterator[Fault]:
        if storage.layout != "plain" and (self.kind != "event" or self.time_column is None):
            message = f"only an event with a time_column can be cut by time; expected 'plain' for {self.table_name}"
            yield Fault("/storage/layout", "E_TIMEKEY", message)
        elif storage.layout == "hypertable" and self._has_rows_without_a_time():
            message = f"a hypertable takes no row without a time: state nullable false for {self.time_column}"
            yield Fault("/storage/layout", "E_TIMEKEY", message)

    def _has_rows_without_a_time(self) -> bool:
        return any(column.name == self.time_column for column in self.columns) and not self.every_row_has_a_time

    def _column_faults(self) -> Iterator[Fault]:
        for place, column in enumerate(self.columns):
            at = f"/table_schema/columns/{place}"
            if self.has_versions and column.name in _VERSION_COLUMNS:
                message = f"{column.name!r} is a column that the platform adds to the versions of an entity"
                yield Fault(f"{at}/name", "E_RESERVED", message)
            if column.name in (self.source.business_key or ()) and not column.pg_type.has_order:
                yield Fault(f"{at}/type", "E_KEY", f"values of type {column.pg_type.sql} cannot be a key")
            if self.ages and column.name in self.primary_key and not _is_known_by_its_text(column.pg_type):
                message = f"{column.pg_type.sql} writes one value in several ways, so archived rows would count twice"
                yield Fault(f"{at}/type", "E_KEY", f"{message}; expected a type such as numeric(18,0) or text")
            if self.archive.analytics and not column.pg_type.lossless:
                message = f"{column.pg_type.sql} has no text that another server reads back: it cannot be archived"
                yield Fault(f"{at}/type", "E_LOSSY", message)
            yield from self._pii_faults(at, column)

    def _format_faults(self) -> Iterator[Fault]:
        """A change is told of a row, which its key names; only a message has an envelope."""
        if self.tells_changes and not self.primary_key:
            message = (
                f"{self.source.format} tells of changes to a row: {self.table_name} needs a primary key to name it"
            )
            yield Fault("/source/format", "E_KEY", message)
        if self.source.delete_types and self.source.format != "cloudevents":
            message = f"only cloudevents tell by their type what happened, the format is {self.source.format}"
            yield Fault("/source/delete_types", "E_TYPE", message)
        for place, column in enumerate(self.columns):
            if column.path.from_envelope and not self.tells_changes:
                message = "$envelope is what stands around the row; a record of format json has nothing around it"
                yield Fault(f"/table_schema/columns/{place}/source_path", "E_JSON_PATH", message)
        for place, example in enumerate(self.examples):
            if example.payload is None and self.source.format not in ("debezium", "debezium_unwrapped", "change_event"):
                message = f"a record of format {self.source.format} is a JSON object, found null"
                yield Fault(f"/examples/{place}/payload", "E_TYPE", message)

    def _pii_faults(self, at: str, column: Column) -> Iterator[Fault]:
        """A key must stay a key and a time a time, also where readers see them."""
        if column.pii in ("mask", "drop") and column.name in self.primary_key:
            yield Fault(f"{at}/pii", "E_PII", f"a key cannot be personal data with {column.pii!r}; expected 'tokenize'")
        elif column.pii != "none" and column.name in (self.time_column, self.source.order, self.tenant_column):
            message = f"{column.name} says when, in which order or whose: it cannot be personal data"
            yield Fault(f"{at}/pii", "E_PII", message)

    def _example_faults(self, at: str, example: Example) -> Iterator[Fault]:
        columns = {column.name: column for column in self.columns}
        for name, value in example.row.items():
            step = name.replace("~", "~0").replace("/", "~1")
            if name == "_deleted" and self.tells_changes and isinstance(value, bool):
                continue
            if name not in columns:
                yield Fault(f"{at}/{step}", "E_REF", f"{self.table_name} has no column {name!r}")
            elif columns[name].pg_type.family == "numeric" and not _is_number(value):
                yield Fault(f"{at}/{step}", "E_TYPE", f"expected a number for {columns[name].pg_type.sql}")


def _is_number(value: Any) -> bool:
    """True for null and for what can be written out with all its digits."""
    try:
        number = Decimal(str(value)) if value is not None else Decimal(0)
    except InvalidOperation:
        return False
    return not isinstance(value, bool) and number.is_finite() and abs(number.adjusted()) <= 1000


def _is_known_by_its_text(pg_type: PgType) -> bool:
    """False where two equal values may read differently, as 1 and 1.0 do: the lake compares their text."""
    base = (pg_type.element or pg_type).base
    return base not in ("jsonb", "interval", "timetz") and not (base == "numeric" and pg_type.lake_type == "VARCHAR")
