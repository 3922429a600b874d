"""The one table of types: what PostgreSQL stores, how a value travels to the lake and back.

A type travels natively where DuckDB and Parquet hold every one of its values; otherwise as PostgreSQL's own
text, from which a restore casts it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Family = Literal["boolean", "integer", "numeric", "float", "text", "date", "instant", "json", "array", "other"]


@dataclass(frozen=True)
class PgType:
    """One PostgreSQL type with its modifiers, e.g. numeric(18,6)."""

    base: str
    family: Family
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    element: PgType | None = None

    @cached_property
    def sql(self) -> str:
        """The type as generated SQL writes it: `timestamptz`, `varchar(64)`, `numeric(18,6)`."""
        if self.element is not None:
            return f"{self.element.sql}[]"
        return self.base + self._modifiers()

    @cached_property
    def catalogue_name(self) -> str:
        """The type as PostgreSQL's format_type() writes it: `timestamp with time zone`."""
        if self.element is not None:
            return f"{self.element.catalogue_name}[]"
        name, _, suffix = _CATALOGUE_NAMES.get(self.base, self.base).partition("|")
        # Without a length these two are one long, and PostgreSQL says so.
        modifiers = "(1)" if self.base in ("char", "bit") and self.length is None else self._modifiers()
        return name + modifiers + suffix

    def _modifiers(self) -> str:
        if self.precision is not None:
            return f"({self.precision})" if self.scale is None else f"({self.precision},{self.scale})"
        return "" if self.length is None else f"({self.length})"

    @cached_property
    def lossless(self) -> bool:
        """False for the few types whose values have no text form that another server reads back."""
        return self.base not in _LOSSY

    @cached_property
    def has_order(self) -> bool:
        """False for types that PostgreSQL cannot sort: no key, no index, no comparison."""
        return self.base not in _UNORDERED

    def can_be_indexed(self, method: str) -> bool:
        """True where PostgreSQL has an operator class for the type and the method, without any extension."""
        if method == "gin":
            return (self.element is not None and self.has_order) or self.base in _GIN
        if method == "brin":
            return self.element is None and self.has_order and self.base not in _NO_BRIN
        return self.has_order

    @cached_property
    def lake_type(self) -> str:
        """The DuckDB type under which a column of this type stands in Parquet."""
        if self.base == "numeric" and _fits_decimal(self.precision, self.scale or 0):
            return f"DECIMAL({self.precision},{self.scale or 0})"
        return _NATIVE.get(self.base, "VARCHAR") if self.element is None else "VARCHAR"

    def lake_cast(self, column: str) -> str:
        """Return the PostgreSQL expression under which the (already quoted) column travels."""
        if self.base == "oid" and self.element is None:
            return f"{column}::bigint"
        if self.base == "numeric":
            # DuckDB's scanner reads a numeric NaN as 0; its cast from text raises.
            return f"{column}::text"
        is_text_already = self.element is None and self.base in ("text", "varchar")
        return column if is_text_already or self.lake_type != "VARCHAR" else self.text_cast(column)

    def text_cast(self, column: str) -> str:
        """Return the PostgreSQL expression of the (already quoted) column's whole text."""
        # Without a length its blanks count, and a cast would take them off.
        return f"textin(bpcharout({column}))" if self.base == "bpchar" else f"{column}::text"


def _fits_decimal(precision: int | None, scale: int) -> bool:
    return precision is not None and precision <= 38 and 0 <= scale <= precision


_TRAVEL_AS_TEXT = tuple(
    """timetz interval inet cidr macaddr macaddr8 bit varbit money tsvector tsquery xml pg_lsn
    point line lseg box path polygon circle int4range int8range numrange tsrange tstzrange daterange
    int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange vector
    xid8 pg_snapshot txid_snapshot jsonpath name refcursor""".split()  # noqa: SIM905  # a word list reads better as text
)
# Names of objects of one server, and values that mean something on one server only.
_LOSSY = tuple(
    """regclass regproc regprocedure regoper regoperator regtype regrole regnamespace regconfig
    regdictionary regcollation xid cid tid aclitem pg_node_tree""".split()  # noqa: SIM905  # a word list reads better as text
)
_UNORDERED = frozenset(
    """json xml point line lseg box path polygon circle jsonpath pg_snapshot txid_snapshot refcursor
    xid cid aclitem""".split()  # noqa: SIM905  # a word list reads better as text
)

_GIN = ("jsonb", "tsvector")
_NO_BRIN = frozenset(
    """boolean int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange
    jsonb money tsquery tsvector xid8""".split()  # noqa: SIM905  # a word list reads better as text
)

# base -> (family, lake type or None for text)
BASES: dict[str, tuple[Family, str | None]] = {
    "boolean": ("boolean", "BOOLEAN"),
    "smallint": ("integer", "SMALLINT"),
    "integer": ("integer", "INTEGER"),
    "bigint": ("integer", "BIGINT"),
    "numeric": ("numeric", None),
    "real": ("float", "FLOAT"),
    "double precision": ("float", "DOUBLE"),
    "text": ("text", "VARCHAR"),
    "varchar": ("text", "VARCHAR"),
    "char": ("text", None),
    "date": ("date", "DATE"),
    "timestamptz": ("instant", "TIMESTAMPTZ"),
    "timestamp": ("instant", "TIMESTAMP"),
    "time": ("other", "TIME"),
    "uuid": ("other", "UUID"),
    "bytea": ("other", "BLOB"),
    "json": ("json", None),
    "jsonb": ("json", None),
    "oid": ("other", "BIGINT"),
    **dict.fromkeys(_TRAVEL_AS_TEXT, ("other", None)),
    **dict.fromkeys(_LOSSY, ("other", None)),
}
_NATIVE = {base: lake for base, (_, lake) in BASES.items() if lake}

_CATALOGUE_NAMES = {
    "varchar": "character varying",
    "char": "character",
    "varbit": "bit varying",
    # The modifiers stand where the bar is: timestamp(3) with time zone.
    "timestamptz": "timestamp| with time zone",
    "timestamp": "timestamp| without time zone",
    "timetz": "time| with time zone",
    "time": "time| without time zone",
}
