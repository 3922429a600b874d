"""The one table of types: what people write, what PostgreSQL stores, how a value travels to the lake and back.

A type travels natively where DuckDB and Parquet hold every one of its values; otherwise as PostgreSQL's own
text, from which a restore casts it back.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
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

    @property
    def sql(self) -> str:
        """The type as generated SQL writes it: `timestamptz`, `varchar(64)`, `numeric(18,6)`."""
        if self.element is not None:
            return f"{self.element.sql}[]"
        return self.base + self._modifiers()

    @property
    def catalogue_name(self) -> str:
        """The type as PostgreSQL's format_type() writes it: `timestamp with time zone`."""
        if self.element is not None:
            return f"{self.element.catalogue_name}[]"
        name, _, suffix = _CATALOGUE_NAMES.get(self.base, self.base).partition("|")
        return name + self._modifiers() + suffix

    def _modifiers(self) -> str:
        if self.precision is not None:
            return f"({self.precision})" if self.scale is None else f"({self.precision},{self.scale})"
        return "" if self.length is None else f"({self.length})"

    @property
    def lossless(self) -> bool:
        """False for the few types whose values have no text form that another server reads back."""
        return self.base not in LOSSY

    @property
    def lake_type(self) -> str:
        """The DuckDB type under which a column of this type stands in Parquet."""
        if self.base == "numeric" and _fits_decimal(self.precision, self.scale or 0):
            return f"DECIMAL({self.precision},{self.scale or 0})"
        return _NATIVE.get(self.base, "VARCHAR") if self.element is None else "VARCHAR"

    def lake_cast(self, column: str) -> str:
        """Return the PostgreSQL expression under which the (already quoted) column travels."""
        if self.base == "oid":
            return f"{column}::bigint"
        is_text_already = self.element is None and self.base in ("text", "varchar")
        return column if is_text_already or self.lake_type != "VARCHAR" else f"{column}::text"


def _fits_decimal(precision: int | None, scale: int) -> bool:
    return precision is not None and precision <= 38 and 0 <= scale <= precision


# base -> (family, lake type or None for text)
_BASES: dict[str, tuple[Family, str | None]] = {
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
    **{
        name: ("other", None)
        for name in """timetz interval inet cidr macaddr macaddr8 bit varbit money tsvector tsquery xml pg_lsn
        point line lseg box path polygon circle int4range int8range numrange tsrange tstzrange daterange
        int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange vector
        xid8 pg_snapshot jsonpath""".split()
    },
    **{
        name: ("other", None)
        for name in """regclass regproc regprocedure regoper regoperator regtype regrole regnamespace regconfig
        regdictionary regcollation xid cid tid aclitem pg_node_tree""".split()
    },
}
_NATIVE = {base: lake for base, (_, lake) in _BASES.items() if lake}
_LOSSY_NAMES = ("xid", "cid", "tid", "aclitem", "pg_node_tree")
LOSSY = frozenset(name for name in _BASES if name.startswith("reg") or name in _LOSSY_NAMES)

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

# What people write, in lower case without spaces around brackets -> base.
_ALIASES = {
    "bool": "boolean",
    "int": "integer", "int4": "integer", "serial": "integer", "serial4": "integer",
    "int8": "bigint", "biginteger": "bigint", "bigserial": "bigint", "serial8": "bigint", "long": "bigint",
    "int2": "smallint", "smallinteger": "smallint", "smallserial": "smallint", "short": "smallint",
    "decimal": "numeric", "dec": "numeric", "number": "numeric",
    "float": "double precision", "float8": "double precision", "double": "double precision",
    "float4": "real",
    "string": "text", "str": "text", "unicode": "text", "unicodetext": "text", "clob": "text",
    "character varying": "varchar", "nvarchar": "varchar", "character": "char", "nchar": "char", "bpchar": "char",
    "datetime": "timestamp", "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz", "timestamp_tz": "timestamptz", "datetimetz": "timestamptz",
    "time without time zone": "time", "time with time zone": "timetz",
    "largebinary": "bytea", "binary": "bytea", "blob": "bytea", "varbinary": "bytea", "bytes": "bytea",
    "guid": "uuid", "object": "jsonb", "bit varying": "varbit",
}  # fmt: skip

_WRITTEN = re.compile(
    r"(?P<name>[a-z_][a-z0-9_ ]*?)\s*(?:\((?P<arguments>[^()]*)\))?"
    r"(?P<rest>\s+with(?:out)? time zone)?(?P<array>(?:\s*\[\s*\d*\s*\])*)"
)
_TAKES_LENGTH = ("varchar", "char", "bit", "varbit", "vector", "timestamptz", "timestamp", "time", "timetz")


class UnknownType(ValueError):
    """The written type is none that PostgreSQL, SQLAlchemy or common speech knows."""


def parse_type(
    written: str, length: int | None = None, precision: int | None = None, scale: int | None = None
) -> PgType:
    """Return the PostgreSQL type for what a definition says.

    Raises UnknownType with the nearest names where nothing fits.
    """
    text = re.sub(r"\s+", " ", written.strip().lower())
    if wrapped := re.fullmatch(r"array(?:\((.*)\))?", text):
        return _array_of(parse_type(wrapped.group(1) or "text"))
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise UnknownType(f"{written!r} is not a type{_nearest(text)}")
    name = (found["name"] + (found["rest"] or "")).strip()
    arguments = _numbers(found["arguments"], written)
    element = _scalar(name, written, arguments, length, precision, scale)
    return _array_of(element) if found["array"] else element


def _scalar(
    name: str, written: str, arguments: list[int], length: int | None, precision: int | None, scale: int | None
) -> PgType:
    is_string = name in ("string", "str", "unicode")
    base = _ALIASES.get(name, name)
    if base not in _BASES:
        raise UnknownType(f"{written!r} is not a type{_nearest(name)}")
    family = _BASES[base][0]
    if base == "numeric":
        given = arguments or [number for number in (precision, scale) if number is not None]
        return _numeric(given, written)
    size = arguments[0] if arguments else length
    if is_string and size is not None:
        base = "varchar"
    if base == "double precision" and arguments:
        # float(1) to float(24) is real in standard SQL; SQLAlchemy's Float(53) is double precision.
        base = "real" if arguments[0] <= 24 else base
        return PgType(base, family)
    if size is not None and base not in _TAKES_LENGTH:
        if arguments:
            raise UnknownType(f"{written!r}: {base} takes no size")
        size = None
    if size is not None and not 1 <= size <= 10_485_760 and not family == "instant":
        raise UnknownType(f"{written!r}: expected a length from 1 to 10485760, found {size}")
    return PgType(base, family, length=size)


def _numeric(given: list[int], written: str) -> PgType:
    if not given:
        return PgType("numeric", "numeric")
    precision, scale = given[0], given[1] if len(given) > 1 else 0
    if not 1 <= precision <= 1000 or not -1000 <= scale <= 1000:
        raise UnknownType(f"{written!r}: expected a precision from 1 to 1000, found {precision},{scale}")
    return PgType("numeric", "numeric", precision=precision, scale=scale)


def _array_of(element: PgType) -> PgType:
    return PgType(element.base, "array", element=element)


def _numbers(arguments: str | None, written: str) -> list[int]:
    if arguments is None or not arguments.strip():
        return []
    try:
        return [int(part) for part in arguments.split(",")]
    except ValueError:
        raise UnknownType(f"{written!r}: expected whole numbers in the brackets") from None


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, [*_BASES, *_ALIASES], n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else "; expected a PostgreSQL or SQLAlchemy type name"
