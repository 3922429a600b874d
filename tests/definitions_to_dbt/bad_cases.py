"""Ways to spoil a library, one per case: what JSON, the schema of a definition and a name may not be. No tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from shop_of_things import SHELF, THING, THING_FILE, changed, without

COLUMNS = "/table_schema/columns"
LABEL = f"{COLUMNS}/4"
AMOUNT = f"{COLUMNS}/3"


class Case(NamedTuple):
    """One way to spoil the library, and what is said about it."""

    number: int
    what: str
    files: dict[str, Any]
    code: str
    pointer: str
    line: int | None = None
    said: str = ""


def spoilt(number: int, what: str, pointer: str, value: Any, code: str, at: str = "", said: str = "") -> Case:
    """A case with one value of the event changed; the problem stands there or at `at`."""
    return Case(number, what, {THING_FILE: changed(THING, pointer, value)}, code, at or pointer, None, said)


def spoilt_bytes(
    number: int, what: str, content: bytes, code: str, line: int = 1, pointer: str = "", said: str = ""
) -> Case:
    return Case(number, what, {THING_FILE: content}, code, pointer, line, said)


def json_cases() -> Iterator[Case]:
    yield spoilt_bytes(1, "an empty file", b"", "E_JSON_EMPTY")
    yield spoilt_bytes(1, "only spaces", b" \n\t\n", "E_JSON_EMPTY")
    yield spoilt_bytes(2, "a trailing comma", b'{\n"a": 1,\n}', "E_JSON_SYNTAX", 3, said="column 1")
    yield spoilt_bytes(2, "no comma", b'{"a": 1\n "b": 2}', "E_JSON_SYNTAX", 2, said="column 2")
    yield spoilt_bytes(2, "single quotes", b"{'a': 1}", "E_JSON_SYNTAX")
    yield spoilt_bytes(2, "a comment", b'{\n// no\n"a": 1}', "E_JSON_SYNTAX", 2)
    yield spoilt_bytes(2, "text after the end", b'{"a": 1}\n{"b": 1}', "E_JSON_SYNTAX", 2)
    yield spoilt_bytes(3, "Latin-1", '{"name":\n "café"}'.encode("latin-1"), "E_ENCODING", 2)
    yield spoilt_bytes(3, "UTF-16", '{"a": 1}'.encode("utf-16"), "E_ENCODING")
    yield spoilt_bytes(4, "two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf{}", "E_ENCODING")
    yield spoilt_bytes(5, "a key twice", b'{"a": 1,\n "a": 2}', "E_DUP_KEY", 2)
    yield spoilt_bytes(5, "a key twice, once escaped", b'{"a": 1,\n "\\u0061": 2}', "E_DUP_KEY", 2)
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        yield spoilt_bytes(6, word.decode(), b'{"a":\n ' + word + b"}", "E_JSON_NUMBER", 2, "/a")
    yield spoilt_bytes(7, "1e400", b'{"a":\n 1e400}', "E_JSON_NUMBER", 2, "/a")
    yield spoilt_bytes(8, "5,000 digits", b'{"a":\n ' + b"9" * 5000 + b"}", "E_JSON_NUMBER", 2, "/a")
    yield spoilt_bytes(
        9, "1,000 levels", b'{"a": ' + b"[" * 1000 + b"]" * 1000 + b"}", "E_TOO_DEEP", 1, "/a" + "/0" * 31
    )
    yield spoilt_bytes(10, "over 5 MB", b'{"a": "' + b"x" * 5_000_000 + b'"}', "E_TOO_LARGE")
    for top in (b"[]", b'"x"', b"1", b"null", b"true"):
        yield spoilt_bytes(11, f"{top.decode()} at the top", top, "E_TYPE")
    yield spoilt_bytes(12, "half a surrogate pair", b'{"a":\n "\\ud800"}', "E_UNICODE", 2, "/a")
    yield spoilt_bytes(13, "NUL, escaped", b'{"a":\n "\\u0000"}', "E_CONTROL_CHAR", 2, "/a")
    yield spoilt_bytes(13, "NUL, raw", b'{"a":\n "\x00"}', "E_CONTROL_CHAR", 2, "/a")
    for character in ("\x01", "\x0b", "\x1f", "\x7f", "\x85", "\x9f"):
        content = ('{"a":\n "' + character + '"}').encode()
        yield spoilt_bytes(14, f"U+{ord(character):04X}", content, "E_CONTROL_CHAR", 2, "/a")


def schema_cases() -> Iterator[Case]:
    yield spoilt(15, "a typo in a key", "/descripton", "x", "E_UNKNOWN_KEY", said="did you mean 'description'")
    yield spoilt(15, "a typo in a column", f"{LABEL}/nulable", True, "E_UNKNOWN_KEY", said="did you mean 'nullable'")
    rule = {"rule": "range", "minimum": 0}
    yield spoilt(15, "a typo in a rule", f"{AMOUNT}/quality", [rule], "E_UNKNOWN_KEY", f"{AMOUNT}/quality/0/minimum",
                 "did you mean 'min'")  # fmt: skip
    yield spoilt(15, "a typo in a policy", "/archive/analytics/retenton", "1 day", "E_UNKNOWN_KEY",
                 said="did you mean 'retention'")  # fmt: skip
    yield Case(15, "a folder of no kind", {"kpi/x.json": {}}, "E_UNKNOWN_KEY", "", 1, "expected one of the folders")
    for key in ("code", "name", "module", "table_schema"):
        yield Case(16, f"no {key}", {THING_FILE: without(THING, f"/{key}")}, "E_REQUIRED", f"/{key}", 1)
    yield Case(16, "no columns", {THING_FILE: without(THING, COLUMNS)}, "E_REQUIRED", COLUMNS)
    yield Case(
        16, "a column without type", {THING_FILE: without(THING, f"{LABEL}/type")}, "E_REQUIRED", f"{LABEL}/type"
    )
    yield spoilt(16, "a range without bounds", f"{AMOUNT}/quality", [{"rule": "range"}], "E_REQUIRED",
                 f"{AMOUNT}/quality/0")  # fmt: skip
    yield spoilt(17, '"1" for 1', "/version", "1", "E_TYPE")
    yield spoilt(17, "true for 1", "/version", True, "E_TYPE")
    yield spoilt(17, "1.0 for 1", "/version", 1.0, "E_TYPE")
    yield spoilt(17, '"true" for true', f"{LABEL}/nullable", "true", "E_TYPE")
    yield spoilt(17, "an object for a list", COLUMNS, {"name": "a"}, "E_TYPE")
    yield spoilt(17, "a list for a value", f"{LABEL}/default", [1], "E_TYPE")
    yield spoilt(17, "_metadata that is a text", "/_metadata", "x", "E_UNKNOWN_KEY")
    yield spoilt(18, "another spec version", "/spec_version", 2, "E_VERSION")
    yield spoilt(19, "no column", COLUMNS, [], "E_EMPTY")
    yield spoilt(19, "an empty name", "/name", "", "E_EMPTY")
    many = [{"name": f"c{n}", "type": "text"} for n in range(1601)]
    yield spoilt(20, "1,601 columns", COLUMNS, many, "E_LIMIT")
    yield spoilt(21, "null for a name", f"{LABEL}/name", None, "E_TYPE")
    yield spoilt(21, "null for a list", COLUMNS, None, "E_TYPE")
    yield spoilt(22, "a kind with a typo", "/kind", "evnt", "E_ENUM", said="did you mean 'event'")
    yield spoilt(22, "a rule with a typo", f"{LABEL}/quality", [{"rule": "uniqe"}], "E_ENUM", f"{LABEL}/quality/0/rule",
                 "did you mean 'unique'")  # fmt: skip
    yield spoilt(22, "no time zone", f"{LABEL}/time_zone", "Europe/Viena", "E_ENUM")
    for span in ("-5 days", "0 days", "immediate"):
        yield spoilt(23, f"a retention of {span}", "/archive/analytics/retention", span, "E_RANGE")
    for days in (0, -1):
        policy = {"retention_days": days}
        yield spoilt(23, f"{days} retention_days", "/archive/analytics", policy, "E_RANGE")
    short = {"archive_retention": "5 years", "legal_minimum": "7 years"}
    yield spoilt(24, "an archive below the legal minimum", "/archive/analytics", short, "E_POLICY",
                 "/archive/analytics/archive_retention")  # fmt: skip
    late = {"retention": "30 days", "archive_after": "31 days"}
    yield spoilt(24, "rows due to go before their copy", "/archive/analytics", late, "E_POLICY",
                 "/archive/analytics/archive_after")  # fmt: skip
    swapped = {"retention": "7 days", "archive_type": "source"}
    yield spoilt(24, "a policy of the other archive", "/archive/analytics", swapped, "E_POLICY")
    yield spoilt(24, "a policy of another table", "/archive/source/table_name", "orders", "E_POLICY")
    for span in ("1 mon", "90", "P90D", "1.5 days", "90 days 3 hours", ""):
        yield spoilt(25, f"a retention of {span!r}", "/archive/analytics/retention", span, "E_INTERVAL")


_BAD_NAMES = {
    26: [""], 27: ["1a"], 28: ["a b"], 29: ["a.b"], 30: ['a"b'], 31: ["a'b"], 32: ["a`b"], 33: ["a;drop table x"],
    34: ["a--b"], 35: ["a/*b"], 36: ["a\nb", "a\n"], 37: ["{{7*7}}"], 38: ["{% x %}"], 39: ["{# x #}"], 40: ["../x"],
    41: ["/abs"], 42: ["a\\b"], 46: ["Things", "THINGS"], 47: ["\u00e9", "e\u0301"], 48: ["thіngs"],
    49: ["a\u202eb"], 50: ["ｔｈｉｎｇｓ"], 54: ["a.", "a "],
}  # fmt: skip


def identifier_cases() -> Iterator[Case]:
    table, column, index = "/table_schema/table_name", f"{LABEL}/name", "/table_schema/indexes"
    for number, names in _BAD_NAMES.items():
        for name in names:
            yield spoilt(number, f"the table {name!r}", table, name, "E_IDENT")
            yield spoilt(number, f"the column {name!r}", column, name, "E_IDENT")
            indexes = [{"name": name, "columns": ["label"]}]
            yield spoilt(number, f"the index {name!r}", index, indexes, "E_IDENT", f"{index}/0/name")
            yield spoilt(number, f"the business key {name!r}", "/source/business_key", [name], "E_IDENT",
                         "/source/business_key/0")  # fmt: skip
    for module in ("shop", "A.B", "../X", "{{ X }}", ""):
        yield spoilt(40, f"the module {module!r}", "/module", module, "E_IDENT")
    # A NUL never gets as far as being a name.
    yield spoilt_bytes(43, "a NUL in a name", b'{"table_name":\n "a\\u0000"}', "E_CONTROL_CHAR", 2, "/table_name")
    yield spoilt(44, "a column of 64 bytes", column, "a" * 64, "E_IDENT_LEN")
    yield spoilt(44, "a table of 64 bytes", table, "a" * 64, "E_IDENT_LEN")
    yield spoilt(44, "a table of 41 bytes", table, "a" * 41, "E_IDENT_LEN")
    yield spoilt(44, "a code of 64 bytes", "/code", "A" * 64, "E_IDENT_LEN")
    long = changed(THING, "/module", "M" * 60)
    module = {"code": "M" * 60, "name": "Long"}
    yield Case(
        44, "a derived name of over 63 bytes", {THING_FILE: long, "modules/M.json": module}, "E_IDENT_LEN", table
    )
    exemplary = changed(changed(THING, table, "a" * 40), "/examples", [{"payload": {}, "row": {}}])
    yield Case(44, "a long table with examples", {THING_FILE: exemplary}, "E_IDENT_LEN", table)
    yield from _collisions()
    for name in ("con", "nul", "aux", "prn", "com1", "lpt9"):
        yield spoilt(51, f"the table {name}", table, name, "E_RESERVED")
    folder = {"modules/SHOP.json": {"code": "CON", "name": "Con"}, THING_FILE: changed(THING, "/module", "CON")}
    yield Case(51, "the module CON", folder, "E_RESERVED", "/module")
    for name in ("select", "user", "order"):
        yield spoilt(52, f"the table {name}", table, name, "E_RESERVED")
        yield spoilt(52, f"the column {name}", column, name, "E_RESERVED")
    for name in ("target", "this", "model", "dbt_things"):
        yield spoilt(53, f"the table {name}", table, name, "E_RESERVED")
    for name in ("ctid", "xmin", "tableoid"):
        yield spoilt(55, f"the column {name}", column, name, "E_RESERVED")
    for name in ("_raw_seq", "_x"):
        yield spoilt(55, f"the platform's column {name}", column, name, "E_RESERVED")
    entity = changed(SHELF, f"{COLUMNS}/1/name", "valid_from")
    yield Case(55, "a column of versions", {"object_models/shop/shelf.json": entity}, "E_RESERVED", f"{COLUMNS}/1/name")
    for name in ("pg_things", "ingestion_runs", "platform", "layer1_modules"):
        yield spoilt(56, f"the table {name}", table, name, "E_RESERVED")


def _collisions() -> Iterator[Case]:
    taken = {"object_models/shop/shelf.json": changed(SHELF, "/table_schema/table_name", "source_things"),
             THING_FILE: without(without(THING, f"{COLUMNS}/5"), "/table_schema/relationships")}  # fmt: skip
    yield Case(45, "a table with another's derived name", taken, "E_COLLISION", "/table_schema/table_name")
    long = "a" * 62
    twins = changed(changed(THING, f"{LABEL}/name", f"{long}x"), f"{AMOUNT}/name", f"{long}y")
    twins = changed(changed(twins, f"{LABEL}/index", True), f"{AMOUNT}/index", True)
    files = {THING_FILE: twins, "kpis/amount.json": None}
    yield Case(45, "indexes equal after 63 bytes", files, "E_COLLISION", f"{LABEL}/name")
    named = [{"name": "ix_same", "columns": ["shelf_id"]}]
    files = {THING_FILE: changed(THING, "/table_schema/indexes", named),
             "object_models/shop/shelf.json": changed(SHELF, "/table_schema/indexes", named)}  # fmt: skip
    yield Case(45, "two tables with an index of one name", files, "E_COLLISION", "/table_schema/indexes/0/name")
