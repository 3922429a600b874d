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

    @cached_property
    def why(self) -> str:
        """Why the lake type is the one it is, for the documentation."""
        if not self.lossless:
            return "refused: it names a thing of one server, and its text means nothing elsewhere"
        if self.element is not None:
            return "lists of readers have one dimension and begin at one; the text keeps shape and bounds"
        if self.base == "numeric":
            return _because_of_digits(self)
        return _NATIVE_BECAUSE.get(self.base) or _TEXT_BECAUSE.get(self.base, "the same in every reader")


def _because_of_digits(pg_type: PgType) -> str:
    if pg_type.precision is None:
        return "any number of digits, NaN and infinity, which no decimal of readers has"
    if pg_type.precision > 38:
        return "no reader has a decimal of more than 38 digits"
    if pg_type.lake_type == "VARCHAR":
        return "no reader opens a file with a decimal of such a scale"
    return "the same in every reader; a column with a NaN is text in that file"


def _fits_decimal(precision: int | None, scale: int) -> bool:
    return precision is not None and precision <= 38 and 0 <= scale <= precision


# Why -> the types that travel as PostgreSQL's text for that.
_AS_TEXT = {
    "the time of Parquet has no offset": "timetz",
    "the interval of Parquet has no negative, no microseconds and no infinity": "interval",
    "no reader has the type; its text keeps mask and length": "inet cidr macaddr macaddr8",
    "no reader has the type; its text keeps every bit and the length": "bit varbit",
    "an amount whose currency the server knows alone": "money",
    "no reader has the type": "tsvector tsquery xml jsonpath refcursor pg_lsn pg_snapshot txid_snapshot",
    "a name of 63 bytes, which is text": "name",
    "64 bits without a sign, which Delta and Iceberg do not have": "xid8",
    "no reader has the shape, and its text keeps every digit": "point line lseg box path polygon circle",
    "no reader knows bounds that are in, out, infinite or empty": (
        "int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange"
        " tsmultirange tstzmultirange datemultirange"
    ),
    "its text keeps its numbers and how many they are": "vector",
    "the order of keys, doubles, blanks and digits are as they were sent": "json",
    "its numbers have more digits than those of any reader": "jsonb",
}
_TEXT_BECAUSE = {base: why for why, bases in _AS_TEXT.items() for base in bases.split()}
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
    **dict.fromkeys((base for base in _TEXT_BECAUSE if base not in ("json", "jsonb")), ("other", None)),
    **dict.fromkeys(_LOSSY, ("other", None)),
}
_NATIVE_BECAUSE = {
    "real": "the same in every reader, NaN and infinity too",
    "double precision": "the same in every reader, NaN and infinity too",
    "char": "text without the blanks at its end, which are no part of the value",
    "date": "the same in every reader; with an infinite date or one after 9999 text in that file, as pandas opens none",
    "timestamp": "the same in every reader; ±infinity is the last and first moment there; text in that file beyond the"
    " year 294246",
    "timestamptz": "the same in every reader, as UTC; ±infinity is the last and first moment there; text in that file"
    " beyond the year 287395",
    "time": "the same in every reader; with a 24:00 text in that file, as pyarrow takes it for midnight",
    "uuid": "16 bytes with Parquet's own mark; Polars shows the bytes",
    "oid": "a number of 32 bits without a sign, held in 64 with one",
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
