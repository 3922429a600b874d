"""Values of the types that are not interpreted: what is sent, and how PostgreSQL's own manual says it is written."""

from __future__ import annotations

from typing import NamedTuple


class Samples(NamedTuple):
    """Texts that fit, each with the text PostgreSQL gives back, and texts that do not."""

    good: tuple[tuple[str, str], ...]
    bad: tuple[str, ...] = ()


def _same(*texts: str, bad: tuple[str, ...] = ()) -> Samples:
    return Samples(tuple((text, text) for text in texts), bad)


SAMPLES: dict[str, Samples] = {
    "timetz": _same("12:34:56+02", "00:00:00+00", bad=("noon", "12:34:56")),
    "interval": Samples((("P1Y2M", "1 year 2 mons"), ("1 day 02:03:04", "1 day 02:03:04")), ("soon",)),
    "inet": Samples((("192.168.0.1", "192.168.0.1/32"), ("10.1.2.3/8", "10.1.2.3/8")), ("300.1.1.1", "host")),
    "cidr": _same("10.0.0.0/8", "192.168.1.0/24", bad=("10.0.0.1/8", "host")),
    "macaddr": Samples((("08-00-2b-01-02-03", "08:00:2b:01:02:03"),), ("zz",)),
    "macaddr8": _same("08:00:2b:01:02:03:04:05", bad=("zz",)),
    "money": Samples((("12.34", "$12.34"), ("1234", "$1,234.00")), ("x", "1.005")),
    "tsvector": _same("'a' 'b'", "'word'"),
    "tsquery": Samples((("a & b", "'a' & 'b'"),), ("a &",)),
    "pg_lsn": _same("24/3F000140", "0/1", "1/0", bad=("x/y", "17")),
    "point": _same("(1,2)", bad=("1", "x")),
    "line": _same("{1,2,3}", bad=("x",)),
    "lseg": _same("[(0,0),(1,1)]", bad=("x",)),
    "box": _same("(1,1),(0,0)", bad=("x",)),
    "path": _same("[(0,0),(1,1)]", bad=("x",)),
    "polygon": _same("((0,0),(1,1),(1,0))", bad=("x",)),
    "circle": _same("<(0,0),1>", bad=("x",)),
    "int4range": Samples((("[1,5]", "[1,6)"), ("empty", "empty")), ("[5,1]", "x")),
    "int8range": Samples((("[1,5]", "[1,6)"),), ("x",)),
    "numrange": _same("[1.5,2.5]", bad=("x",)),
    "tsrange": _same('["2024-01-01 00:00:00","2024-01-02 00:00:00")', bad=("x", "[today,tomorrow]")),
    "tstzrange": _same('["2024-01-01 00:00:00+00","2024-01-02 00:00:00+00")', bad=("x", "[now,)")),
    "daterange": Samples((("[2024-01-01,2024-01-05]", "[2024-01-01,2024-01-06)"),), ("x",)),
    "int4multirange": Samples((("{[1,5]}", "{[1,6)}"),), ("x",)),
    "int8multirange": Samples((("{[1,5]}", "{[1,6)}"),), ("x",)),
    "nummultirange": _same("{[1.5,2.5]}", bad=("x",)),
    "tsmultirange": _same('{["2024-01-01 00:00:00","2024-01-02 00:00:00")}', bad=("x",)),
    "tstzmultirange": _same('{["2024-01-01 00:00:00+00","2024-01-02 00:00:00+00")}', bad=("x",)),
    "datemultirange": Samples((("{[2024-01-01,2024-01-05]}", "{[2024-01-01,2024-01-06)}"),), ("x",)),
    "oid": _same("17", "4294967295", bad=("x", "-1", "4294967296")),
    "xid": _same("17", bad=("x",)),
    "cid": _same("17", bad=("x",)),
    "xid8": _same("17", bad=("x",)),
    "tid": _same("(0,1)", bad=("x",)),
    "pg_snapshot": _same("10:20:10,14,15", bad=("x",)),
    "txid_snapshot": _same("10:20:10,14,15", bad=("x",)),
    "jsonpath": _same('$."a"', bad=("[",)),
    "refcursor": _same("cursor"),
    "regclass": _same("pg_class", bad=("no_such_table",)),
    "regtype": _same("integer", bad=("no_such_type",)),
    "regrole": _same("postgres", bad=("no_such_role",)),
    "regnamespace": _same("pg_catalog", bad=("no_such_schema",)),
    "regconfig": _same("english", bad=("no_such_config",)),
    "regdictionary": _same("simple", bad=("no_such_dictionary",)),
}
# Types that an empty server of our own does not have.
NEEDS_AN_EXTENSION = frozenset(("vector",))
# Types that the embedded server is built without the library to read: it refuses every value, the good ones too.
NOT_READ_BY_THE_SERVER = frozenset(("xml",))
