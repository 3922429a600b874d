"""One column of a business object: its name, its type, and where its value stands in the payload."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any, Literal, Self

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from definitions_to_dbt.parts import Code, ColumnOf, Fault, Identifier, Many, Part, Plain, Text, raise_faults
from definitions_to_dbt.quality import QualityRule, rule_faults
from definitions_to_dbt.source_path import SourcePath, SourcePathError, Step, read_source_path
from definitions_to_dbt.sql import RESERVED
from definitions_to_dbt.types import PgType, UnknownTypeError, parse_type

MAX_SIZE = 10_485_760
SYSTEM_COLUMNS = frozenset(("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"))
_EPOCH_TYPES = ("timestamptz", "timestamp", "date", "time")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")


class Column(Part):
    """One column of the business object, and where its value stands in the payload."""

    name: Identifier
    type: Plain
    # A shared attribute: what the column does not say itself is filled in from it before this is checked.
    attribute: Code | None = None
    length: int | None = Field(None, gt=0, le=MAX_SIZE)
    precision: int | None = Field(None, gt=0, le=1000)
    scale: int | None = Field(None, ge=-1000, le=1000)
    description: Text = ""
    primary_key: bool = False
    autoincrement: bool | Literal["auto"] = False
    nullable: bool = True
    unique: bool = False
    index: bool = False
    foreign_key: ColumnOf | None = None
    display_as: Identifier | None = None
    default: str | int | float | bool | None = None
    source_path: Plain | None = None
    source_name: Plain | None = None
    null_values: Many[str] = ()
    quality: Many[QualityRule] = ()
    pii: Literal["none", "tokenize", "mask", "drop"] = "none"
    pii_allowed_in_clear: Text | None = Field(None, min_length=1)
    unit: Text | None = None
    time_zone: Plain = "UTC"
    time_format: Literal["iso", "epoch_seconds", "epoch_milliseconds", "epoch_microseconds", "epoch_days"] = "iso"
    renamed_from: Identifier | None = None
    expression: str | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Editors know that a shared attribute brings the type."""
        written = handler(schema)
        own = handler.resolve_ref_schema(written)
        own["required"].remove("type")
        own["anyOf"] = [{"required": ["type"]}, {"required": ["attribute"]}]
        return written

    @model_validator(mode="before")
    @classmethod
    def keys_are_not_null(cls, given: Any) -> Any:
        """A primary key column is not nullable unless the file says the opposite, which is refused below."""
        if isinstance(given, dict) and given.get("primary_key") is True:
            return {"nullable": False, **given}
        return given

    @model_validator(mode="after")
    def makes_sense(self) -> Self:
        """Name, type, key and rules agree with what PostgreSQL can do."""
        raise_faults(self._faults())
        return self

    @cached_property
    def pg_type(self) -> PgType:
        """The PostgreSQL type of the column."""
        return parse_type(self.type, self.length, self.precision, self.scale)

    @cached_property
    def path(self) -> SourcePath:
        """Where the value stands in the payload. A `source_name` has no steps but keys."""
        if self.source_path is not None:
            return read_source_path(self.source_path)
        return SourcePath(tuple(part for part in (self.source_name or self.name).removeprefix("$.").split(".") if part))

    @property
    def payload_path(self) -> tuple[Step, ...]:
        """The steps that lead to the value, from the outside in."""
        return self.path.steps

    def _faults(self) -> Iterator[Fault]:
        yield from self._name_faults()
        if self.primary_key and self.nullable:
            yield Fault("/nullable", "E_KEY", "a primary key column cannot be nullable")
        if self.time_zone != "UTC":
            yield from _zone_faults(self.time_zone)
        try:
            pg_type = self.pg_type
        except UnknownTypeError as error:
            yield Fault("/type", "E_TYPE_MAP", str(error))
            yield from self._path_faults(None)
            return
        yield from self._path_faults(pg_type)
        yield from self._type_faults(pg_type)

    def _path_faults(self, pg_type: PgType | None) -> Iterator[Fault]:
        """The path can be read, and leads to as many values as the type holds."""
        at = "/source_name" if self.source_path is None else "/source_path"
        try:
            path = self.path
        except SourcePathError as error:
            yield Fault(at, "E_JSON_PATH", f"{self.source_path!r}: {error}")
            return
        if not path.steps and self.source_path is None:
            yield Fault(at, "E_EMPTY", f"expected the keys that lead to the value, found {self.source_name!r}")
        elif path.steps and not isinstance(path.steps[0], str):
            yield Fault(at, "E_JSON_PATH", f"{self.source_path!r}: expected a key first, for a record is a JSON object")
        elif pg_type and path.first_every is not None and pg_type.family not in ("json", "array"):
            message = f"[*] gives many values: expected an array type such as {pg_type.sql}[], or jsonb"
            yield Fault(at, "E_JSON_PATH", f"{message}, found {pg_type.sql}")
        elif pg_type and not path.steps and pg_type.family != "json":
            yield Fault(at, "E_JSON_PATH", f"the whole payload fits a json or jsonb column only, found {pg_type.sql}")

    def _name_faults(self) -> Iterator[Fault]:
        if self.name in RESERVED or self.name in SYSTEM_COLUMNS:
            yield Fault("/name", "E_RESERVED", f"{self.name!r} is reserved by PostgreSQL")
        elif self.name.startswith("_"):
            yield Fault("/name", "E_RESERVED", f"{self.name!r}: names that begin with _ belong to the platform")

    def _type_faults(self, pg_type: PgType) -> Iterator[Fault]:
        for key in ("primary_key", "unique", "index"):
            if getattr(self, key) and not pg_type.has_order:
                message = f"values of type {pg_type.sql} have no order and cannot be a key or indexed"
                yield Fault(f"/{key}", "E_KEY", message)
        if self.time_format != "iso" and (pg_type.element or pg_type).base not in _EPOCH_TYPES:
            message = f"{self.time_format} needs a column of type {', '.join(_EPOCH_TYPES)}, found {pg_type.sql}"
            yield Fault("/time_format", "E_TYPE", message)
        if self.foreign_key and not pg_type.has_order:
            yield Fault("/foreign_key", "E_KEY", f"values of type {pg_type.sql} cannot be compared")
        for place, rule in enumerate(self.quality):
            for fault in rule_faults(rule, pg_type):
                yield Fault(f"/quality/{place}{fault.at}", fault.code, fault.message)


def _zone_faults(zone: str) -> Iterator[Fault]:
    known = _zones()
    # A machine without a zone database cannot tell; PostgreSQL has its own and will.
    if not _ZONE.fullmatch(zone) or (known and zone not in known):
        close = difflib.get_close_matches(zone, sorted(known), n=1, cutoff=0.5)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        yield Fault("/time_zone", "E_ENUM", f"expected a time zone such as 'Europe/Vienna', found {zone!r}{meant}")


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
