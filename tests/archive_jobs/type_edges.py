# ruff: noqa: E501 (a table of values is read by its columns)
"""Values at the edges of every type, and at random between them, as PostgreSQL literals."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from random import Random

from definitions_to_dbt.types import parse_type

# Type -> literals at the edges of what it holds. What no lake type holds stands in BEYOND.
EDGES: dict[str, list[str]] = {
    "boolean": ["true", "false"],
    "smallint": ["-32768", "32767"],
    "integer": ["-2147483648", "2147483647"],
    "bigint": ["-9223372036854775808", "9223372036854775807"],
    "numeric(18,6)": ["-999999999999.999999", "0.000001", "-0.000001", "0"],
    "numeric(5,5)": ["0.00001", "-0.5", "0", "0.99999"],
    "numeric(38,0)": ["-99999999999999999999999999999999999999", "5"],
    "numeric(38,38)": ["0.99999999999999999999999999999999999999", "-1e-38"],
    "numeric": ["'NaN'", "'Infinity'", "'-Infinity'", "1e-200", "1.10", "1.1", "1e1000", "1e131071", "-1e-16383"],
    "numeric(39,2)": ["9999999999999999999999999999999999999.99", "'NaN'"],
    "numeric(1000,500)": ["1e499", "1e-500", "'NaN'"],
    "numeric(5,-2)": ["12300", "-99900", "'NaN'"],
    "numeric(3,5)": ["0.00123", "-0.00999"],
    "real": ["'NaN'", "'-Infinity'", "1e-45", "3.4028235e38", "0.1", "'-0'", "16777217", "1e6"],
    "double precision": ["'NaN'", "'Infinity'", "'inf'::float8 - 'inf'::float8", "5e-324", "1.7976931348623157e308", "0.1", "100000", "'-0'", "1e15", "2.1651793147565592e16"],
    "text": ["''", "'\"quoted\", and, more'", "E'line\\nbreak\\r\\n'", "'Zoë 漢字 🚚 עברית'", "'\\N'", "'\\.'", "'NULL'", "' x '", "E'e\\u0301 \\u202e \\ufeff \\ufffe'", "repeat('Größe\"', 150000)"],
    "varchar(7)": ["'seven77'", "''"],
    "varchar": ["'x  '"],
    "char(5)": ["'ab'", "''", "'  c'"],
    "char": ["'x'", "' '"],
    "date": ["'2024-02-29'", "'0001-01-01'", "'9999-12-31'", "'1582-10-10'"],
    "timestamp": ["'4714-11-24 00:00 BC'", "'0044-03-15 12:34:56.7 BC'", "'infinity'", "'-infinity'", "'1969-12-31 23:59:59.999999'", "'12345-06-07'", "'294246-12-31 23:59:59.999999'"],
    "timestamptz": ["'4714-11-24 00:00+00 BC'", "'0044-03-15 12:34:56.7+00 BC'", "'infinity'", "'-infinity'", "'2024-03-31 01:30+01'", "'12345-06-07+00'", "'287395-12-31 23:59:59.999999+00'"],
    "timestamp(0)": ["'2024-01-01 00:00:00.5'"],
    "timestamptz(3)": ["'2024-01-01 00:00:00.123456+00'"],
    "time": ["'00:00'", "'00:00:00.000001'", "'23:59:59.999999'", "'12:30'"],
    "time(2)": ["'12:34:56.789'"],
    "timetz": ["'12:34+05:30'", "'24:00-03'", "'00:00:00.000001+15:59:59'", "'23:59:59.999999-15:59:59'"],
    "interval": ["'-1 year 2 days -3.000001 seconds'", "'infinity'", "'-infinity'", "'0'", "'178000000 years'", "'-178000000 years -2147483648 days -2562047788:00:54.775807'", "'1 mon -1 day 00:00:00.000001'", "'24:00' "],
    "uuid": ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-4fff-bfff-ffffffffffff'"],
    "bytea": ["''", "'\\x00ff22'", "'\\x5c785c'", "decode(repeat('00ff', 500000), 'hex')"],
    "json": ["'{\"a\":1, \"a\":2}'", "'1e400'", "'\"\\u0000\"'", "E' {\\n \"b\" :\\t[ ] } '", "'123456789012345678901234567890.10'"],
    "jsonb": ["'{\"big\": 123456789012345678901234567890.10}'", "'null'", "'1e400'", "'{\"ä\": [\"\\\"\", {}]}'"],
    "oid": ["4294967295", "0"],
    "inet": ["'10.0.0.1/24'", "'10.0.0.1'", "'::1'", "'2001:db8::ffff/64'"],
    "cidr": ["'10.0.0.0/8'", "'::/0'"],
    "macaddr": ["'08:00:2b:01:02:03'"],
    "macaddr8": ["'08:00:2b:01:02:03:04:05'"],
    "bit(5)": ["'10101'"],
    "bit": ["'1'"],
    "varbit": ["''", "'1011'", "repeat('10', 500)::varbit"],
    "varbit(9)": ["'101'"],
    "money": ["'-12.34'", "'92233720368547758.07'", "'-92233720368547758.08'"],
    "tsvector": ["'''a'':1A b:2'", "'''it''''s'' \\\\\\\\'"],
    "tsquery": ["'a & (b | !c) <-> d:*A'"],
    "xml": ["'<a b=\"c\">d</a>'", "'x<!-- y -->'"],
    "pg_lsn": ["'16/B374D848'", "'FFFFFFFF/FFFFFFFF'"],
    "point": ["'(1.5,-0)'", "'(NaN,Infinity)'"],
    "line": ["'{1,-1,0.1}'"],
    "lseg": ["'[(0,0),(0.1,1e300)]'"],
    "box": ["'(1,1),(0,0.1)'"],
    "path": ["'[(0,0),(1,1)]'", "'((0,0),(1,0.1))'"],
    "polygon": ["'((0,0),(1,0),(1,1))'"],
    "circle": ["'<(0.1,0),2>'"],
    "int4range": ["'[1,3)'", "'empty'", "'(,)'"],
    "int8range": ["'[-9223372036854775808,9223372036854775807)'"],
    "numrange": ["'(0.10,1e50]'", "'[NaN,NaN]'"],
    "tsrange": ["'[-infinity,\"0044-03-15 00:00:00 BC\")'", "'(\"294276-12-31 23:59:59\",)'"],
    "tstzrange": ["'[2024-01-01,infinity)'", "'empty'"],
    "daterange": ["'[4714-11-24 BC,5874897-12-31)'"],
    "int4multirange": ["'{[1,3),[5,)}'", "'{}'"],
    "int8multirange": ["'{[1,3)}'"],
    "nummultirange": ["'{(0.1,0.2),(0.3,)}'"],
    "tsmultirange": ["'{[2024-01-01,2024-01-02)}'"],
    "tstzmultirange": ["'{[2024-01-01,infinity)}'"],
    "datemultirange": ["'{[2024-01-01,2024-01-02),[infinity,)}'"],
    "vector": ["'[0.1,-2,3e-30]'", "'[1]'"],
    "vector(2)": ["'[1.1754944e-38,3.4028235e38]'"],
    "xid8": ["'18446744073709551615'"],
    "pg_snapshot": ["'10:20:10,14,15'"],
    "txid_snapshot": ["'10:20:10,14,15'"],
    "jsonpath": ["'$.\"a b\"[*] ? (@.x > 1.10)'"],
    "name": ["'Größe'", "'x'"],
    "refcursor": ["'a \"cursor\"'"],
}  # fmt: skip
# What a column's lake type cannot hold, or other readers cannot open: it leaves as text in that file.
BEYOND: dict[str, list[str]] = {
    "numeric(18,6)": ["'NaN'", "1.5"],
    "date": ["'infinity'", "'-infinity'", "'10000-01-01'", "'5874897-12-31'", "'2024-02-29'"],
    "time": ["'24:00'", "'12:30'"],
    "timestamp": ["'294276-12-31 23:59:59.999999'", "'infinity'", "'2024-02-29'"],
    "timestamptz": ["'294276-12-31 23:59:59.999999+00'", "'287396-01-01+00'", "'-infinity'", "'2024-02-29+00'"],
}
# Dates before Christ keep a file's dates native, infinite ones too.
BEFORE_CHRIST = ["'4714-11-24 BC'", "'0001-12-31 BC'", "'infinity'", "'-infinity'", "'5874897-12-31'", "'2024-02-29'"]
_COMMA = {"box": ";"}


def array_literals(written: str, literals: list[str]) -> list[str]:
    """Arrays of the literals: flat with a null, empty, of two dimensions, and with bounds of their own."""
    element = parse_type(written).sql
    values = ", ".join(f"cast({literal} as {element})" for literal in literals if "repeat" not in literal)
    flat = f"array[{values}, null]"
    return [
        flat,
        "'{}'",
        f"array[array[{values}], array[{values}]]",
        f"('[-3:' || array_length({flat}, 1) - 4 || ']=' || {flat}::text)::{element}[]",
        f"('[0:0][5:' || array_length({flat}, 1) + 4 || ']={{' || {flat}::text || '}}')::{element}[]",
    ]


# Letters of every script; what PostgreSQL cannot hold are the null character and halves of a pair.
_SPANS = (range(1, 0x80), range(0xA0, 0x2000, 3), range(0x2000, 0x2070), range(0x4E00, 0xA000, 97), range(0xE000, 0x10000, 31), range(0x10000, 0x110000, 997))  # fmt: skip
_LETTERS = [chr(code) for span in _SPANS for code in span]
_LENGTHS = (0, 1, 3, 12, 60)


def _text(random: Random) -> str:
    return "".join(random.choices(_LETTERS, k=random.choice(_LENGTHS)))


def _number(random: Random, whole: int, scale: int) -> str:
    most = 10 ** random.randint(1, whole + scale)
    digits = str(random.getrandbits(4 * (whole + scale)) % most).rjust(scale + 1, "0")
    return f"{random.choice(('', '-'))}{digits[: len(digits) - scale]}.{digits[len(digits) - scale :]}"


def _moment(random: Random, last_year: int) -> str:
    year = 1 + int(random.random() * random.choice((4712, 2100, last_year)))
    below = [int(random.random() * most) for most in (12, 28, 24, 60, 60, 1_000_000)]
    before = " BC" if year < 4713 and random.random() < 0.2 else ""
    return (
        f"{year:04}-{below[0] + 1:02}-{below[1] + 1:02} {below[2]:02}:{below[3]:02}:{below[4]:02}.{below[5]:06}{before}"
    )


def _bits(random: Random, integer: str, number: str) -> str:
    size = struct.calcsize(integer)
    found = struct.unpack(number, struct.pack(integer, random.getrandbits(size * 8)))[0]
    return repr(found) if size == 8 or found != found else f"{found:.9g}"


def _json(random: Random, depth: int = 2) -> str:
    kind = random.randint(0, 5 if depth else 3)
    if kind == 0:
        return json.dumps(_text(random).replace("\ufffe", ""), ensure_ascii=False)
    if kind == 1:
        return f"{random.choice(('', '-'))}{random.randint(0, 10 ** random.choice((1, 30)))}.{random.randint(0, 999):03}e{random.randint(-300, 300)}"
    if kind < 4:
        return random.choice(("null", "true", "false", "0", "-0.0"))
    parts = [_json(random, depth - 1) for _ in range(random.randint(0, 3))]
    if kind == 4:
        return f"[{' , '.join(parts)}]"
    return "{" + ",".join(f"{json.dumps(random.choice('abc'))} :{part}" for part in parts) + "}"


def _interval(random: Random) -> str:
    signed = [random.choice((-1, 1)) * random.randint(0, most) for most in (99_999, 99_999, 99_999_999, 999_999)]
    return f"{signed[0]} months {signed[1]} days {signed[2]} seconds {signed[3]} microseconds"


# Type -> a text of one of its values.
RANDOM: dict[str, Callable[[Random], str]] = {
    "bigint": lambda r: str(r.randint(-(2**63), 2**63 - 1)),
    "numeric(18,6)": lambda r: _number(r, 12, 6),
    "numeric(38,9)": lambda r: _number(r, 29, 9),
    "numeric": lambda r: _number(r, r.choice((5, 300)), r.choice((1, 200))),
    "double precision": lambda r: _bits(r, "<Q", "<d"),
    "real": lambda r: _bits(r, "<I", "<f"),
    "text": _text,
    "date": lambda r: _moment(r, 9999).replace(" BC", "")[:10],
    "timestamp": lambda r: _moment(r, 294_246),
    "timestamptz": lambda r: _moment(r, 287_395).replace(" BC", "") + f"{r.choice('+-')}{r.randint(0, 14):02}:{r.choice((0, 30, 45)):02}",
    "time": lambda r: _moment(r, 2024)[11:26],
    "timetz": lambda r: _moment(r, 2024)[11:26] + f"{r.choice('+-')}{r.randint(0, 15):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02}",
    "interval": _interval,
    "uuid": lambda r: f"{r.getrandbits(128):032x}",
    "bytea": lambda r: "\\x" + r.randbytes(r.choice((0, 1, 30))).hex(),
    "json": _json,
    "jsonb": _json,
    "integer[]": lambda r: r.choice(("{}", "[-1:0]={NULL,%d}", "{{%d,2},{3,4}}", "{%d}")).replace("%d", str(r.getrandbits(31))),
    "text[]": lambda r: "{" + ",".join(json.dumps(_text(r), ensure_ascii=False).replace("\\u", "u").replace("\\n", "n") for _ in range(r.randint(0, 3))) + "}",
    "inet": lambda r: f"{'.'.join(str(r.getrandbits(8)) for _ in range(4))}/{r.randint(0, 32)}",
    "varbit": lambda r: f"{r.getrandbits(40):b}",
    "point": lambda r: f"({_bits(r, '<Q', '<d')},{_bits(r, '<Q', '<d')})",
    "numrange": lambda r: f"[{-r.random()!r},{r.random()!r})",
}  # fmt: skip
