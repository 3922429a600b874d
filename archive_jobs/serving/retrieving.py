"""A retrieval as DuckDB SQL: names looked up in the definitions, values bound, rows of the caller's tenant alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from archive_jobs.failpoints import guarded
from archive_jobs.privacy.sealed_columns import SEALED
from archive_jobs.reading.read_back import Reader
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError, forbidden, invalid
from archive_jobs.serving.requests import Filter, Kind, is_plain
from archive_jobs.serving.running import OWNER
from archive_jobs.serving.service_settings import ServiceSettings
from archive_jobs.times import Interval, parse_interval
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import LakeColumn, lake_columns
from definitions_to_dbt.library import Library
from definitions_to_dbt.sql import quote_identifier

_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_ALL_TIMES = Interval(None, None)
_NO_VALUE, _MANY = ("is null", "is not null"), ("in", "not in")
_PAYLOAD = frozenset((*SEALED, "raw_id"))


@dataclass(frozen=True)
class Wanted:
    """A checked retrieval."""

    model: ObjectModel
    kind: Kind
    interval: Interval
    columns: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()  # name, and whether it goes down


@dataclass
class Statement:
    """SQL in which no value of the caller stands, and the values."""

    query: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        """The name under which a value is bound."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"${name}"


def find_model(library: Library, table_name: str, kind: Kind, principal: Principal) -> ObjectModel:
    """The object of a name. One that the caller may not read is as unknown as one that is not there."""
    bare = table_name.removeprefix("source_") if kind == "source" and table_name not in library.tables else table_name
    # Not library.object(): it looks for names that are meant, which takes longer for one that is not there.
    model = library.tables.get(bare) or next((one for one in library.objects if one.code == bare), None)
    may_read = principal.tenant is None or (kind == "analytics" and model is not None and bool(model.tenant_column))
    if model is None or (not may_read and guarded("tenant objects")):
        raise ApiError(404, "unknown-table", "there is no such table here")
    return model


def checked_interval(
    model: ObjectModel, kind: Kind, start: str | None, end: str | None, settings: ServiceSettings
) -> Interval:
    """The range asked for. Raises ApiError for one that is open, turned round, or longer than may be."""
    if kind == "analytics" and model.time_column is None:
        if start or end:
            raise invalid("start_time", f"{model.table_name} has no time column: leave out start_time and end_time")
        return _ALL_TIMES
    if not start or not end:
        raise invalid("start_time", f"expected start_time and end_time, at most {settings.max_days} days apart")
    try:
        interval = parse_interval(start, end)
    except (ProblemError, OverflowError):
        raise invalid("start_time", "expected two times, the start not after the end") from None
    low, high = interval.start, interval.end
    if low is None or high is None or not (low.year >= _FIRST_YEAR and high.year <= _LAST_YEAR):
        raise invalid("start_time", f"expected years between {_FIRST_YEAR} and {_LAST_YEAR}")
    if high - low > settings.longest:
        raise invalid("end_time", f"expected at most {settings.max_days} days")
    return interval


class Visible:
    """The columns of a table as one caller may see them."""

    def __init__(self, model: ObjectModel, kind: Kind, principal: Principal, *, platform: bool) -> None:
        self.model, self.kind = model, kind
        known = lake_columns(model, kind, platform)
        personal = {column.name for column in known if self._is_personal(column)}
        declared = {column.name for column in model.columns} if kind == "analytics" else {c.name for c in known}
        hidden = set() if "pii" in principal.scopes else personal
        if principal.tenant is not None:
            # Numbers that run through all tenants: one can tell from them how much the others have.
            hidden |= {column.name for column in known} - declared
        self.hidden = hidden | {c.name for c in model.columns if c.pii == "drop"}
        self.columns: dict[str, LakeColumn] = {c.name: c for c in known if c.name not in hidden}
        self.tokens = {c.name for c in model.columns if c.pii == "tokenize"} if kind == "analytics" else set()

    def _is_personal(self, column: LakeColumn) -> bool:
        if self.kind == "analytics":
            return column.is_protected
        of_somebody = self.model.subject_column is not None or any(c.pii != "none" for c in self.model.columns)
        return of_somebody and column.name in _PAYLOAD

    def require(self, where: str, name: str) -> LakeColumn:
        """The column. Raises ApiError: 403 for one that is hidden, whatever is to be done with it; 422 for none."""
        if name in self.hidden and guarded("hidden columns"):
            raise forbidden(f"{where}: the token may not see the column {name}, nor ask about its values")
        if name not in self.columns:
            raise invalid(where, "there is no such column")
        return self.columns[name]


def statement(
    reader: Reader, wanted: Wanted, principal: Principal, visible: Visible, tenant_key: str | None
) -> tuple[Statement, dict[str, str]]:
    """The rows that are asked for, not yet ordered or cut; and the DuckDB type of each column.

    For a tenant each row says whose it is, too: whoever sends it looks at that once more.
    """
    made = Statement()
    chosen = [visible.require("columns", name) for name in wanted.columns] or list(visible.columns.values())
    used = {column.name: column for column in chosen}
    for name, _ in wanted.order:
        column = visible.require("order", name)
        _require_scalar("order", column)
        used.setdefault(name, column)
    conditions = []
    for number, one in enumerate(wanted.filters):
        column = visible.require(f"filter/{number}/col", one.col)
        used.setdefault(column.name, column)
        conditions.append((number, one, column))
    key = made.bind(tenant_key) if tenant_key is not None and visible.tokens & set(used) else None
    shown = ", ".join(_shown(column, visible, key) for column in used.values())
    tenant = f"cast(everything.{quote_identifier(str(wanted.model.tenant_column))} as varchar)"
    if principal.tenant is not None:
        shown += f", {tenant} as {OWNER}"
    rows = f"select {shown} from ({reader.rows(wanted.model, wanted.kind, wanted.interval)}) as everything"
    if principal.tenant is not None and guarded("tenant rows"):
        rows += f" where {tenant} = {made.bind(principal.tenant)}"
    made.query = f"select * from ({rows}) as mine"
    said = [_condition(made, number, one, column) for number, one, column in conditions]
    if said:
        made.query += f" where {' and '.join(said)}"
    _require_values(reader, conditions)
    return made, {column.name: column.lake_type for column in chosen}


def _shown(column: LakeColumn, visible: Visible, key: str | None) -> str:
    name = quote_identifier(column.name)
    if key is None or column.name not in visible.tokens:
        return f"everything.{name}"
    return f"'tok_' || left(sha256({key} || sha256({key} || everything.{name})), 32) as {name}"


def _condition(made: Statement, number: int, one: Filter, column: LakeColumn) -> str:
    name = f"mine.{quote_identifier(column.name)}"
    where = f"filter/{number}/value"
    if one.op in _NO_VALUE:
        if one.value is not None:
            raise invalid(where, f"{one.op} takes no value")
        return f"{name} {one.op}"
    _require_scalar(f"filter/{number}/col", column)
    if one.op == "starts with" and column.lake_type != "VARCHAR":
        raise invalid(f"filter/{number}/op", "expected a column of text")
    bound = [f"cast({made.bind(text)} as {column.lake_type})" for text in texts_of(where, one)]
    if one.op == "starts with":
        return f"starts_with({name}, {bound[0]})"
    return f"{name} {one.op} ({', '.join(bound)})"


def texts_of(where: str, one: Filter) -> list[str]:
    """The values of a condition as texts, for their column's type to read. Raises ApiError for too many or too few."""
    if isinstance(one.value, list) != (one.op in _MANY) or one.value is None or one.value == []:
        raise invalid(where, "expected a list of values" if one.op in _MANY else "expected one value")
    values: Sequence[Any] = one.value if isinstance(one.value, list) else [one.value]
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    if not all(is_plain(text) for text in texts):
        raise invalid(where, "expected text without NUL and without lone surrogates")
    return texts


def _require_scalar(where: str, column: LakeColumn) -> None:
    if column.lake_type == "VARCHAR" and column.pg_type.base == "numeric":
        raise invalid(where, "numbers of unlimited length are text in the lake, and are not compared")
    if column.lake_type.startswith(("STRUCT", "MAP", "BLOB", "BIT", "UNION")) or "[" in column.lake_type:
        raise invalid(where, f"a column of type {column.lake_type} is not compared; expected one with plain values")


def _require_values(reader: Reader, conditions: Sequence[tuple[int, Filter, LakeColumn]]) -> None:
    """Raise ApiError where a value is none of its column's type, before a row is read: an answer must not tell."""
    for number, one, column in conditions:
        if one.op in _NO_VALUE:
            continue
        texts = texts_of(f"filter/{number}/value", one)
        asked = f"select bool_and(try_cast(t as {column.lake_type}) is not null) from unnest($texts) as given (t)"
        try:
            row = reader.engine_for(asked).execute(asked, {"texts": texts}).fetchone()
        except duckdb.Error:
            row = (False,)
        if row != (True,):
            raise invalid(f"filter/{number}/value", f"expected a value of type {column.lake_type}")


def as_interval(interval: Interval) -> Mapping[str, str | None]:
    """The resolved interval, both bounds included as they were asked for, the end excluded."""
    return {
        "start": interval.start.isoformat() if interval.start else None,
        "end_excluded": interval.end.isoformat() if interval.end else None,
    }
