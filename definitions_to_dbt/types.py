"""What people write for a type, and the PostgreSQL type it means: PostgreSQL's names, SQLAlchemy's, common speech."""

from __future__ import annotations

import difflib
import re
from functools import cache

from definitions_to_dbt.pg_type import BASES, Family, PgType

__all__ = ["ALIASES", "Family", "PgType", "UnknownTypeError", "parse_type", "stored_type"]

# What people write, in lower case without spaces around brackets -> base.
ALIASES = {
    "bool": "boolean",
    "int": "integer", "int4": "integer", "int32": "integer", "mediumint": "integer",
    "serial": "integer", "serial4": "integer",
    "int8": "bigint", "int64": "bigint", "biginteger": "bigint", "bigserial": "bigint", "serial8": "bigint",
    "long": "bigint",
    "int2": "smallint", "int16": "smallint", "smallinteger": "smallint", "smallserial": "smallint",
    "serial2": "smallint", "short": "smallint", "tinyint": "smallint",
    "decimal": "numeric", "dec": "numeric", "number": "numeric",
    "float": "double precision", "float8": "double precision", "float64": "double precision",
    "double": "double precision", "double_precision": "double precision",
    "float4": "real", "float32": "real",
    "string": "text", "str": "text", "unicode": "text", "unicodetext": "text", "clob": "text", "enum": "text",
    "ntext": "text", "tinytext": "text", "mediumtext": "text", "longtext": "text",
    "character varying": "varchar", "char varying": "varchar", "nvarchar": "varchar", "varchar2": "varchar",
    "national character varying": "varchar", "national char varying": "varchar", "nchar varying": "varchar",
    "character": "char", "nchar": "char", "bpchar": "char", "national character": "char", "national char": "char",
    "datetime": "timestamp", "datetime2": "timestamp", "timestamp_ntz": "timestamp",
    "timestamp without time zone": "timestamp", "time without time zone": "time",
    "timestamp with time zone": "timestamptz", "timestamp_tz": "timestamptz", "datetimetz": "timestamptz",
    "datetimeoffset": "timestamptz", "time with time zone": "timetz",
    "largebinary": "bytea", "binary": "bytea", "blob": "bytea", "varbinary": "bytea", "bytes": "bytea",
    "guid": "uuid", "uniqueidentifier": "uuid", "object": "jsonb", "bit varying": "varbit",
}  # fmt: skip

_WRITTEN = re.compile(
    r"(?P<name>[a-z_][a-z0-9_ ]*?)\s*(?:\((?P<arguments>[^()]*)\))?"
    r"(?P<rest>\s+with(?:out)? time zone)?(?P<array>(?:\s*\[\s*\d*\s*\])*)"
)
_LENGTH_LIMITS = {"varchar": 10_485_760, "char": 10_485_760, "bit": 83_886_080, "varbit": 83_886_080, "vector": 16_000}
_FRACTIONS = ("timestamptz", "timestamp", "time", "timetz", "interval")
_WITH_ZONE = {"timestamp": "timestamptz", "time": "timetz"}
_STRINGS = ("string", "str", "unicode")
# SQLAlchemy writes types as calls: what in the brackets says something about the column, and what does not.
_KEYWORDS = ("length", "precision", "scale", "timezone")
_IGNORED_KEYWORDS = ("as_uuid", "asdecimal", "native_uuid", "collation", "decimal_return_scale")


class UnknownTypeError(ValueError):
    """The written type is none that PostgreSQL, SQLAlchemy or common speech knows."""


@cache
def parse_type(
    written: str, length: int | None = None, precision: int | None = None, scale: int | None = None
) -> PgType:
    """Return the PostgreSQL type for what a definition says.

    Raises UnknownTypeError with the nearest name where nothing fits.
    """
    text = re.sub(r"\s+", " ", written.strip().lower())
    if wrapped := re.fullmatch(r"array(?:\((.*)\))?", text):
        return _array_of(parse_type(wrapped.group(1) or "text"))
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise UnknownTypeError(f"{written!r} is not a type{_nearest(text)}")
    name = (found["name"] + (found["rest"] or "")).strip()
    given = _Brackets(found["arguments"], written)
    given.add_keys(length, precision, scale)
    element = _scalar(name, written, given)
    return _array_of(element) if found["array"] else element


def stored_type(sql: str) -> PgType:
    """The type that the database itself names so. One that no definition can name has its name and its text."""
    try:
        found = parse_type(sql)
    except UnknownTypeError:
        return PgType(sql, "other")
    # `bpchar` has no length in PostgreSQL, and means char(1) to people.
    return found if sql in (found.sql, found.catalogue_name) else PgType(sql, "other")


class _Brackets:
    """What stands in the brackets behind a type: whole numbers, or keywords as SQLAlchemy writes them."""

    def __init__(self, arguments: str | None, written: str) -> None:
        self.written = written
        self.numbers: list[int] = []
        self.keywords: dict[str, int] = {}
        self.with_zone = False
        for part in (arguments or "").split(","):
            if part.strip():
                self._read(part)

    def _read(self, part: str) -> None:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if equals and key in _IGNORED_KEYWORDS:
            return
        if key == "timezone" and value in ("true", "false"):
            self.with_zone = value == "true"
            return
        number = value if equals else key
        if not re.fullmatch(r"-?\d{1,9}", number) or (equals and key not in _KEYWORDS):
            raise UnknownTypeError(f"{self.written!r}: expected whole numbers in the brackets, found {part.strip()!r}")
        if equals:
            self.keywords[key] = int(number)
        else:
            self.numbers.append(int(number))

    def add_keys(self, length: int | None, precision: int | None, scale: int | None) -> None:
        """The keys beside the type say the same as the brackets; they may not say something else."""
        for key, value in (("length", length), ("precision", precision), ("scale", scale)):
            if value is not None and self.keywords.setdefault(key, value) != value:
                raise UnknownTypeError(f"{self.written!r} says something else than {key} {value}")


def _scalar(name: str, written: str, given: _Brackets) -> PgType:
    base = ALIASES.get(name, name)
    if base not in BASES:
        raise UnknownTypeError(f"{written!r} is not a type{_nearest(name)}")
    if given.with_zone:
        base = _WITH_ZONE.get(base, base)
    family = BASES[base][0]
    if base == "numeric":
        return _numeric(given)
    if base == "double precision" and given.numbers:
        # float(1) to float(24) is real in standard SQL; SQLAlchemy's Float(53) is double precision.
        return PgType("real", "float") if given.numbers[0] <= 24 else PgType(base, family)
    if base in _FRACTIONS:
        return PgType(base, family, length=_size(given.numbers[:1], "fraction digits", 0, 6, written))
    sizes = given.numbers + [value for key, value in given.keywords.items() if key == "length"]
    if name in _STRINGS and sizes:
        base = "varchar"
    if base not in _LENGTH_LIMITS:
        if given.numbers:
            raise UnknownTypeError(f"{written!r}: {base} takes no size")
        return PgType(base, family)
    if len(set(sizes)) > 1:
        raise UnknownTypeError(f"{written!r}: expected one length, found {', '.join(map(str, sizes))}")
    return PgType(base, family, length=_size(sizes, "a length", 1, _LENGTH_LIMITS[base], written))


def _size(sizes: list[int], what: str, least: int, most: int, written: str) -> int | None:
    if not sizes:
        return None
    if not least <= sizes[0] <= most:
        raise UnknownTypeError(f"{written!r}: expected {what} from {least} to {most}, found {sizes[0]}")
    return sizes[0]


def _numeric(given: _Brackets) -> PgType:
    named = [given.keywords[key] for key in ("precision", "scale") if key in given.keywords]
    if given.numbers and named and named != given.numbers[: len(named)]:
        raise UnknownTypeError(f"{given.written!r} says something else than precision and scale {named}")
    if not given.numbers and "precision" not in given.keywords and named:
        raise UnknownTypeError(f"{given.written!r}: a scale needs a precision before it")
    sizes = given.numbers or named
    if not sizes:
        return PgType("numeric", "numeric")
    precision, scale = sizes[0], sizes[1] if len(sizes) > 1 else 0
    if len(sizes) > 2 or not 1 <= precision <= 1000 or not -1000 <= scale <= 1000:
        raise UnknownTypeError(f"{given.written!r}: expected a precision from 1 to 1000, found {sizes}")
    return PgType("numeric", "numeric", precision=precision, scale=scale)


def _array_of(element: PgType) -> PgType:
    if element.element is not None:
        return element  # PostgreSQL does not tell int[] from int[][]
    return PgType(element.base, "array", element=element)


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, [*BASES, *ALIASES], n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else "; expected a PostgreSQL or SQLAlchemy type name"
