"""One object model: a business object as one JSON file describes it. Checks what one file can tell by itself."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from definitions_to_dbt.duration import Duration
from definitions_to_dbt.policy import ArchivePolicies
from definitions_to_dbt.quality import QualityRule
from definitions_to_dbt.sql import RESERVED
from definitions_to_dbt.types import PgType, UnknownType, parse_type

IDENTIFIER = r"^[a-z_][a-z0-9_]{0,62}$"
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,62}$")]
Text = Annotated[str, StringConstraints(max_length=10_000)]
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
T = TypeVar("T")
# A JSON list may stand for a tuple; what is in it stays strict.
Many = Annotated[tuple[T, ...], Strict(False)]
MAX_TABLE_NAME = 40
MAX_COLUMNS = 1_500  # PostgreSQL's 1,600 less what the platform adds
_SYSTEM_COLUMNS = frozenset("ctid xmin xmax cmin cmax tableoid oid".split())
ORDER_TYPES = ("smallint", "integer", "bigint", "timestamptz", "timestamp", "date", "pg_lsn")


class Part(BaseModel):
    """What all parts of a definition share: unknown keys are refused, values are never converted, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Column(Part):
    """One column of the business object, and where its value stands in the payload."""

    name: Identifier
    type: str
    length: int | None = Field(None, gt=0)
    precision: int | None = Field(None, gt=0)
    scale: int | None = None
    description: Text = ""
    primary_key: bool = False
    autoincrement: bool | Literal["auto"] = False
    nullable: bool = True
    unique: bool = False
    index: bool = False
    foreign_key: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$")] | None = None
    default: str | int | float | bool | None = None
    source_path: str | None = None
    source_name: str | None = None
    null_values: Many[str] = ()
    quality: Many[QualityRule] = ()
    pii: Literal["none", "tokenize", "mask", "drop"] = "none"
    unit: str | None = None
    time_zone: str = "UTC"
    renamed_from: Identifier | None = None
    expression: str | None = None

    @model_validator(mode="before")
    @classmethod
    def keys_are_not_null(cls, given: Any) -> Any:
        """A primary key column is not nullable unless the file says the opposite, which is refused below."""
        if isinstance(given, dict) and given.get("primary_key") is True:
            return {"nullable": False, **given}
        return given

    @model_validator(mode="after")
    def makes_sense(self) -> Self:
        """Name, type and key agree with what PostgreSQL can do."""
        if self.name in RESERVED or self.name in _SYSTEM_COLUMNS:
            raise PydanticCustomError("E_RESERVED", "{name} is reserved by PostgreSQL", {"name": repr(self.name)})
        if self.name.startswith("_"):
            raise PydanticCustomError("E_RESERVED", "names that begin with _ belong to the platform")
        if self.primary_key and self.nullable:
            raise PydanticCustomError("E_KEY", "a primary key column cannot be nullable")
        try:
            parse_type(self.type, self.length, self.precision, self.scale)
        except UnknownType as error:
            raise PydanticCustomError("E_TYPE_MAP", "{error}", {"error": str(error)}) from None
        return self

    @cached_property
    def pg_type(self) -> PgType:
        """The PostgreSQL type of the column."""
        return parse_type(self.type, self.length, self.precision, self.scale)

    @property
    def payload_path(self) -> tuple[str, ...]:
        """Where the value stands in the payload: the keys from the outside in."""
        written = self.source_path or self.source_name or self.name
        return tuple(part for part in written.removeprefix("$.").split(".") if part)


class Index(Part):
    """An index on the Layer 2 table."""

    name: Identifier
    columns: Many[Identifier] = Field(min_length=1)
    unique: bool = False


class Relationship(Part):
    """How this object stands to another."""

    name: Identifier
    type: Literal["many_to_one", "one_to_many", "one_to_one", "many_to_many"]
    target_entity: Code
    foreign_key: Identifier | None = None
    description: Text = ""


class TableSchema(Part):
    """The table as metadata services emit it."""

    table_name: Identifier
    class_name: str | None = None
    description: Text = ""
    columns: Many[Column] = Field(min_length=1, max_length=MAX_COLUMNS)
    indexes: Many[Index] = ()
    relationships: Many[Relationship] = ()

    @model_validator(mode="after")
    def names_fit(self) -> Self:
        """Every derived name fits PostgreSQL's 63 bytes, and no column stands twice."""
        if len(self.table_name) > MAX_TABLE_NAME:
            raise PydanticCustomError(
                "E_IDENT_LEN", "expected a table_name of at most {most} bytes, found {found}",
                {"most": MAX_TABLE_NAME, "found": len(self.table_name)},
            )  # fmt: skip
        if self.table_name in RESERVED or self.table_name.startswith(("pg_", "dbt_", "_")):
            raise PydanticCustomError("E_RESERVED", "{name} is reserved", {"name": repr(self.table_name)})
        names = [column.name for column in self.columns]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise PydanticCustomError("E_DUP", "the column {name} stands twice", {"name": repr(doubled[0])})
        return self


class Freshness(Part):
    """How long the object may be without a transformed batch."""

    warn_after: Duration | None = None
    error_after: Duration | None = None


class RejectRate(Part):
    """The share of a batch that may be rejected, from 0 to 1."""

    warn_above: float = Field(0.05, ge=0, le=1)
    error_above: float = Field(0.5, ge=0, le=1)


class Volume(Part):
    """How few or many records a batch may hold."""

    warn_below: int | None = Field(None, ge=0)
    warn_above: int | None = Field(None, ge=0)
    error_below: int | None = Field(None, ge=0)
    error_above: int | None = Field(None, ge=0)


class Source(Part):
    """What is known of the sender."""

    system: str = "unknown"
    format: Literal["json"] = "json"
    business_key: Many[Identifier] | None = Field(None, min_length=1)
    order: Identifier | None = None
    freshness: Freshness = Freshness()
    reject_rate: RejectRate = RejectRate()
    volume: Volume = Volume()


class Example(Part):
    """A raw payload and the row expected of it."""

    description: Text = ""
    payload: dict[str, Any]
    row: dict[str, Any]


class ObjectModel(Part):
    """One business object. It becomes a raw table, a staging view, a write model, a read model and an archive."""

    code: Code
    name: Text = Field(min_length=1)
    module: Code
    description: Text = ""
    kind: Literal["event", "entity", "reference"] = "entity"
    version: int = Field(1, ge=1)
    time_column: Identifier | None = None
    tenant_column: Identifier | None = None
    subject_column: Identifier | None = None
    owner: str | None = None
    tags: Many[Tag] = ()
    examples: Many[Example] = ()
    renamed_from: Identifier | None = None
    source: Source = Source()
    archive: ArchivePolicies = ArchivePolicies()
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

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The business key: what says that two records speak of the same thing. Empty for a multiset."""
        declared = tuple(column.name for column in self.columns if column.primary_key)
        return self.source.business_key or declared

    @property
    def physical_key(self) -> tuple[str, ...]:
        """The key of the Layer 2 table: an event's holds its time column too, for partitions need it there."""
        key = self.primary_key
        if key and self.kind == "event" and self.time_column and self.time_column not in key:
            return (*key, self.time_column)
        return key

    @property
    def ages(self) -> bool:
        """True where kind, time column and retention are all stated: nothing else is ever deleted."""
        analytics = self.archive.analytics
        return self.kind == "event" and self.time_column is not None and bool(analytics and analytics.retention)

    @property
    def has_versions(self) -> bool:
        """Entities with a key keep every version they had."""
        return self.kind == "entity" and bool(self.primary_key)

    @cached_property
    def definition_hash(self) -> str:
        """SHA-256 of the definition, the same however the file is laid out."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @model_validator(mode="after")
    def columns_it_names_exist(self) -> Self:
        """Every column named outside the column list is in it, and fits its part."""
        columns = {column.name: column for column in self.columns}
        for place, name in self._named_columns():
            if name not in columns:
                raise PydanticCustomError(
                    "E_REF", "{place} names the column {name}, which {table} does not have",
                    {"place": place, "name": repr(name), "table": self.table_name},
                )  # fmt: skip
        if self.time_column and columns[self.time_column].pg_type.base not in ("timestamptz", "timestamp", "date"):
            raise PydanticCustomError(
                "E_TIMEKEY", "expected a time_column of type timestamptz, timestamp or date, found {type}",
                {"type": columns[self.time_column].pg_type.sql},
            )  # fmt: skip
        if self.source.order and columns[self.source.order].pg_type.base not in ORDER_TYPES:
            raise PydanticCustomError(
                "E_REF", "source.order needs a column of one of the types {types}, found {type}",
                {"types": ", ".join(ORDER_TYPES), "type": columns[self.source.order].pg_type.sql},
            )  # fmt: skip
        return self

    def _named_columns(self) -> list[tuple[str, str]]:
        named = [("time_column", self.time_column), ("tenant_column", self.tenant_column)]
        named += [("subject_column", self.subject_column), ("source.order", self.source.order)]
        named += [("source.business_key", name) for name in self.source.business_key or ()]
        for index in self.table_schema.indexes:
            named += [(f"the index {index.name}", name) for name in index.columns]
        for relationship in self.table_schema.relationships:
            named.append((f"the relationship {relationship.name}", relationship.foreign_key))
        return [(place, name) for place, name in named if name is not None]
