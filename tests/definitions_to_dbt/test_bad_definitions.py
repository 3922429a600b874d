"""What a definition may not say: one row per case, with the code, the place and the line a reader is sent to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from bad_reading import personal_data, shown_names
from shop_of_things import FILES, KPI, SHELF, THING, THING_FILE, changed, problems_in, without, write_library

COLUMNS = "/table_schema/columns"
LABEL, AMOUNT = f"{COLUMNS}/4", f"{COLUMNS}/3"

# What nothing that exists can get wrong yet, and where that will be tested.
NOT_APPLICABLE = {
    95: "tenancy is not built: a tenant_column is checked to exist (case 89), nothing turns tenancy on",
    97: "definitions name no packages; the key itself is refused (case 98)",
}
# Texts that are carried unharmed: test_hostile_texts.py, which also holds 71 and 72. Paths: test_write_project.py.
# YAML, which only imports read: test_import_odcs.py.
ELSEWHERE = {*range(57, 74), 99, 100}


class Case(NamedTuple):
    """One way to spoil the library, and what is said about it."""

    number: int
    what: str
    files: dict[str, Any]
    code: str
    pointer: str
    line: int | None = None
    said: str = ""


def _thing(number: int, what: str, pointer: str, value: Any, code: str, at: str = "", said: str = "") -> Case:
    """A case with one value of the event changed; the problem stands there or at `at`."""
    return Case(number, what, {THING_FILE: changed(THING, pointer, value)}, code, at or pointer, None, said)


def _raw(number: int, what: str, content: bytes, code: str, line: int = 1, pointer: str = "", said: str = "") -> Case:
    return Case(number, what, {THING_FILE: content}, code, pointer, line, said)


def _json_layer() -> Iterator[Case]:
    yield _raw(1, "an empty file", b"", "E_JSON_EMPTY")
    yield _raw(1, "only spaces", b" \n\t\n", "E_JSON_EMPTY")
    yield _raw(2, "a trailing comma", b'{\n"a": 1,\n}', "E_JSON_SYNTAX", 3, said="column 1")
    yield _raw(2, "no comma", b'{"a": 1\n "b": 2}', "E_JSON_SYNTAX", 2, said="column 2")
    yield _raw(2, "single quotes", b"{'a': 1}", "E_JSON_SYNTAX")
    yield _raw(2, "a comment", b'{\n// no\n"a": 1}', "E_JSON_SYNTAX", 2)
    yield _raw(2, "text after the end", b'{"a": 1}\n{"b": 1}', "E_JSON_SYNTAX", 2)
    yield _raw(3, "Latin-1", '{"name":\n "café"}'.encode("latin-1"), "E_ENCODING", 2)
    yield _raw(3, "UTF-16", '{"a": 1}'.encode("utf-16"), "E_ENCODING")
    yield _raw(4, "two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf{}", "E_ENCODING")
    yield _raw(5, "a key twice", b'{"a": 1,\n "a": 2}', "E_DUP_KEY", 2)
    yield _raw(5, "a key twice, once escaped", b'{"a": 1,\n "\\u0061": 2}', "E_DUP_KEY", 2)
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        yield _raw(6, word.decode(), b'{"a":\n ' + word + b"}", "E_JSON_NUMBER", 2, "/a")
    yield _raw(7, "1e400", b'{"a":\n 1e400}', "E_JSON_NUMBER", 2, "/a")
    yield _raw(8, "5,000 digits", b'{"a":\n ' + b"9" * 5000 + b"}", "E_JSON_NUMBER", 2, "/a")
    yield _raw(9, "1,000 levels", b'{"a": ' + b"[" * 1000 + b"]" * 1000 + b"}", "E_TOO_DEEP", 1, "/a" + "/0" * 31)
    yield _raw(10, "over 5 MB", b'{"a": "' + b"x" * 5_000_000 + b'"}', "E_TOO_LARGE")
    for top in (b"[]", b'"x"', b"1", b"null", b"true"):
        yield _raw(11, f"{top.decode()} at the top", top, "E_TYPE")
    yield _raw(12, "half a surrogate pair", b'{"a":\n "\\ud800"}', "E_UNICODE", 2, "/a")
    yield _raw(13, "NUL, escaped", b'{"a":\n "\\u0000"}', "E_CONTROL_CHAR", 2, "/a")
    yield _raw(13, "NUL, raw", b'{"a":\n "\x00"}', "E_CONTROL_CHAR", 2, "/a")
    for character in ("\x01", "\x0b", "\x1f", "\x7f", "\x85", "\x9f"):
        content = ('{"a":\n "' + character + '"}').encode()
        yield _raw(14, f"U+{ord(character):04X}", content, "E_CONTROL_CHAR", 2, "/a")


def _schema_layer() -> Iterator[Case]:
    yield _thing(15, "a typo in a key", "/descripton", "x", "E_UNKNOWN_KEY", said="did you mean 'description'")
    yield _thing(15, "a typo in a column", f"{LABEL}/nulable", True, "E_UNKNOWN_KEY", said="did you mean 'nullable'")
    rule = {"rule": "range", "minimum": 0}
    yield _thing(15, "a typo in a rule", f"{AMOUNT}/quality", [rule], "E_UNKNOWN_KEY", f"{AMOUNT}/quality/0/minimum",
                 "did you mean 'min'")  # fmt: skip
    yield _thing(15, "a typo in a policy", "/archive/analytics/retenton", "1 day", "E_UNKNOWN_KEY",
                 said="did you mean 'retention'")  # fmt: skip
    yield Case(15, "a folder of no kind", {"kpi/x.json": {}}, "E_UNKNOWN_KEY", "", 1, "expected one of the folders")
    for key in ("code", "name", "module", "table_schema"):
        yield Case(16, f"no {key}", {THING_FILE: without(THING, f"/{key}")}, "E_REQUIRED", f"/{key}", 1)
    yield Case(16, "no columns", {THING_FILE: without(THING, COLUMNS)}, "E_REQUIRED", COLUMNS)
    yield Case(
        16, "a column without type", {THING_FILE: without(THING, f"{LABEL}/type")}, "E_REQUIRED", f"{LABEL}/type"
    )
    yield _thing(16, "a range without bounds", f"{AMOUNT}/quality", [{"rule": "range"}], "E_REQUIRED",
                 f"{AMOUNT}/quality/0")  # fmt: skip
    yield _thing(17, '"1" for 1', "/version", "1", "E_TYPE")
    yield _thing(17, "true for 1", "/version", True, "E_TYPE")
    yield _thing(17, "1.0 for 1", "/version", 1.0, "E_TYPE")
    yield _thing(17, '"true" for true', f"{LABEL}/nullable", "true", "E_TYPE")
    yield _thing(17, "an object for a list", COLUMNS, {"name": "a"}, "E_TYPE")
    yield _thing(17, "a list for a value", f"{LABEL}/default", [1], "E_TYPE")
    yield _thing(17, "_metadata that is a text", "/_metadata", "x", "E_UNKNOWN_KEY")
    yield _thing(18, "another spec version", "/spec_version", 2, "E_VERSION")
    yield _thing(19, "no column", COLUMNS, [], "E_EMPTY")
    yield _thing(19, "an empty name", "/name", "", "E_EMPTY")
    many = [{"name": f"c{n}", "type": "text"} for n in range(1601)]
    yield _thing(20, "1,601 columns", COLUMNS, many, "E_LIMIT")
    yield _thing(21, "null for a name", f"{LABEL}/name", None, "E_TYPE")
    yield _thing(21, "null for a list", COLUMNS, None, "E_TYPE")
    yield _thing(22, "a kind with a typo", "/kind", "evnt", "E_ENUM", said="did you mean 'event'")
    yield _thing(22, "a rule with a typo", f"{LABEL}/quality", [{"rule": "uniqe"}], "E_ENUM", f"{LABEL}/quality/0/rule",
                 "did you mean 'unique'")  # fmt: skip
    yield _thing(22, "no time zone", f"{LABEL}/time_zone", "Europe/Viena", "E_ENUM")
    for span in ("-5 days", "0 days", "immediate"):
        yield _thing(23, f"a retention of {span}", "/archive/analytics/retention", span, "E_RANGE")
    for days in (0, -1):
        policy = {"retention_days": days}
        yield _thing(23, f"{days} retention_days", "/archive/analytics", policy, "E_RANGE")
    short = {"archive_retention": "5 years", "legal_minimum": "7 years"}
    yield _thing(24, "an archive below the legal minimum", "/archive/analytics", short, "E_POLICY",
                 "/archive/analytics/archive_retention")  # fmt: skip
    late = {"retention": "30 days", "archive_after": "31 days"}
    yield _thing(24, "rows due to go before their copy", "/archive/analytics", late, "E_POLICY",
                 "/archive/analytics/archive_after")  # fmt: skip
    swapped = {"retention": "7 days", "archive_type": "source"}
    yield _thing(24, "a policy of the other archive", "/archive/analytics", swapped, "E_POLICY")
    yield _thing(24, "a policy of another table", "/archive/source/table_name", "orders", "E_POLICY")
    for span in ("1 mon", "90", "P90D", "1.5 days", "90 days 3 hours", ""):
        yield _thing(25, f"a retention of {span!r}", "/archive/analytics/retention", span, "E_INTERVAL")


_BAD_NAMES = {
    26: [""], 27: ["1a"], 28: ["a b"], 29: ["a.b"], 30: ['a"b'], 31: ["a'b"], 32: ["a`b"], 33: ["a;drop table x"],
    34: ["a--b"], 35: ["a/*b"], 36: ["a\nb", "a\n"], 37: ["{{7*7}}"], 38: ["{% x %}"], 39: ["{# x #}"], 40: ["../x"],
    41: ["/abs"], 42: ["a\\b"], 46: ["Things", "THINGS"], 47: ["\u00e9", "e\u0301"], 48: ["thіngs"],
    49: ["a\u202eb"], 50: ["ｔｈｉｎｇｓ"], 54: ["a.", "a "],
}  # fmt: skip


def _identifiers() -> Iterator[Case]:
    table, column, index = "/table_schema/table_name", f"{LABEL}/name", "/table_schema/indexes"
    for number, names in _BAD_NAMES.items():
        for name in names:
            yield _thing(number, f"the table {name!r}", table, name, "E_IDENT")
            yield _thing(number, f"the column {name!r}", column, name, "E_IDENT")
            indexes = [{"name": name, "columns": ["label"]}]
            yield _thing(number, f"the index {name!r}", index, indexes, "E_IDENT", f"{index}/0/name")
            yield _thing(number, f"the business key {name!r}", "/source/business_key", [name], "E_IDENT",
                         "/source/business_key/0")  # fmt: skip
    for module in ("shop", "A.B", "../X", "{{ X }}", ""):
        yield _thing(40, f"the module {module!r}", "/module", module, "E_IDENT")
    # A NUL never gets as far as being a name.
    yield _raw(43, "a NUL in a name", b'{"table_name":\n "a\\u0000"}', "E_CONTROL_CHAR", 2, "/table_name")
    yield _thing(44, "a column of 64 bytes", column, "a" * 64, "E_IDENT_LEN")
    yield _thing(44, "a table of 64 bytes", table, "a" * 64, "E_IDENT_LEN")
    yield _thing(44, "a table of 41 bytes", table, "a" * 41, "E_IDENT_LEN")
    yield _thing(44, "a code of 64 bytes", "/code", "A" * 64, "E_IDENT_LEN")
    long = changed(THING, "/module", "M" * 60)
    module = {"code": "M" * 60, "name": "Long"}
    yield Case(
        44, "a derived name of over 63 bytes", {THING_FILE: long, "modules/M.json": module}, "E_IDENT_LEN", table
    )
    exemplary = changed(changed(THING, table, "a" * 40), "/examples", [{"payload": {}, "row": {}}])
    yield Case(44, "a long table with examples", {THING_FILE: exemplary}, "E_IDENT_LEN", table)
    yield from _collisions()
    for name in ("con", "nul", "aux", "prn", "com1", "lpt9"):
        yield _thing(51, f"the table {name}", table, name, "E_RESERVED")
    folder = {"modules/SHOP.json": {"code": "CON", "name": "Con"}, THING_FILE: changed(THING, "/module", "CON")}
    yield Case(51, "the module CON", folder, "E_RESERVED", "/module")
    for name in ("select", "user", "order"):
        yield _thing(52, f"the table {name}", table, name, "E_RESERVED")
        yield _thing(52, f"the column {name}", column, name, "E_RESERVED")
    for name in ("target", "this", "model", "dbt_things"):
        yield _thing(53, f"the table {name}", table, name, "E_RESERVED")
    for name in ("ctid", "xmin", "tableoid"):
        yield _thing(55, f"the column {name}", column, name, "E_RESERVED")
    for name in ("_raw_seq", "_x"):
        yield _thing(55, f"the platform's column {name}", column, name, "E_RESERVED")
    entity = changed(SHELF, f"{COLUMNS}/1/name", "valid_from")
    yield Case(55, "a column of versions", {"object_models/shop/shelf.json": entity}, "E_RESERVED", f"{COLUMNS}/1/name")
    for name in ("pg_things", "ingestion_runs", "platform", "layer1_modules"):
        yield _thing(56, f"the table {name}", table, name, "E_RESERVED")


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


_SQL = {
    74: {"E_SQL_MULTI": ["amount > 1; drop table things"]},
    75: {"E_SQL_NODE": ["(select true)", "amount in (select 1)", "with x as (select 1) select true"],
         "E_SQL_FUNC": ["exists(select 1)"]},
    76: {"E_SQL_FUNC": ["pg_read_file('x') = ''", "dblink('x') = ''", "pg_sleep(1) is null", "lo_import('x') = 1",
                        "read_csv('x') is null", "getenv('x') = ''", "query_table('x') is null", "sum(amount) > 1"]},
    77: {"E_SQL_FUNC": ["current_setting('x') = ''", "set_config('a', 'b', true) = ''"]},
    78: {"E_SQL_PARSE": ["label = 'x", "(amount > 1", "amount > 1)", "amount >"], "E_EMPTY": [" "]},
    79: {"E_SQL_COLUMN": ["amonut > 1", "things.amount > 1", '"Amount" > 1', "_raw_seq > 1"]},
    80: {"E_SQL_VOLATILE": ["happened_at < now()", "random() > 0.5", "happened_at::date = '2024-01-01'",
                            "happened_at < current_timestamp", "gen_random_uuid() is not null"],
         "E_SQL_NODE": ["amount::text = '1'", "extract(year from happened_at) > 2000",
                        "extract(year from label) > 2000"],
         "E_SQL_FUNC": ["extract(epoch from happened_at) > 0"]},
    81: {"E_SQL_COMMENT": ["amount > 1 -- really", "amount /* x */ > 1"]},
    82: {"E_SQL_JINJA": ["{{ 7*7 }} > 1", "amount > {% if x %}1{% endif %}", "amount > 1 {# x #}"]},
    83: {"E_SQL_NODE": ["copy things to program 'ls'", "select 1 into x", "grant all on x to y"],
         "E_SQL_PARSE": ["amount > 1 for update"]},
    84: {"E_LIMIT": ["(" * 5000 + "amount > 1" + ")" * 5000, "amount > 1" + " " * 1_000_000,
                     "not " * 2400 + "amount > 1", " and ".join(["amount > 1"] * 600), "amount > 1e400"]},
    86: {"E_SQL_NODE": ["label = E'x'", "label = U&'x'", "label = $$x$$", "label = $t$x$t$", "label = '\\x'",
                        "amount > b'1'"]},
}  # fmt: skip
_SQL_TYPES = ["amount", "label + 1 > 2", "amount = 'x'", "lower(amount) = 'x'", "amount and true", "happened_at > 'x'",
              "thing_id = 'x'", "thing_id = label", "amount / 0 > 1", "case when amount then true end",
              "label || 'x'"]  # fmt: skip


def _sql() -> Iterator[Case]:
    for number, by_code in _SQL.items():
        for code, statements in by_code.items():
            for sql in statements:
                if len(sql) <= 10_000:
                    rule = {"rule": "expression", "sql": sql}
                    yield _thing(number, f"a rule {sql[:40]!r}", f"{LABEL}/quality", [rule], code,
                                 f"{LABEL}/quality/0/sql")  # fmt: skip
                yield _thing(number, f"a column {sql[:40]!r}", f"{LABEL}/expression", sql, code)
                kpi = changed(KPI, "/formula/numerator/filter", sql)
                yield Case(number, f"a filter {sql[:40]!r}", {"kpis/amount.json": kpi}, code,
                           "/formula/numerator/filter")  # fmt: skip
    for sql in _SQL_TYPES:
        code = "E_SQL_NODE" if "/ 0" in sql else "E_SQL_TYPE"
        rule = {"rule": "expression", "sql": sql}
        yield _thing(78, f"a rule {sql!r} whose parts do not fit", f"{LABEL}/quality", [rule], code,
                     f"{LABEL}/quality/0/sql")  # fmt: skip
    for side in ("numerator", "denominator"):
        measure = {"aggregation": "sum", "expression": "label"}
        kpi = changed(KPI, f"/formula/{side}", measure)
        yield Case(
            78, f"a sum of texts as {side}", {"kpis/amount.json": kpi}, "E_SQL_TYPE", f"/formula/{side}/expression"
        )
    computed = changed(changed(THING, f"{LABEL}/expression", "amount + 1"), f"{AMOUNT}/expression", "shelf_id * 2")
    yield Case(
        79, "a computed column over a computed one", {THING_FILE: computed}, "E_SQL_COLUMN", f"{LABEL}/expression"
    )
    yield _thing(79, "a computed column over itself", f"{LABEL}/expression", "label || 'x'", "E_SQL_COLUMN")
    bad_patterns = ("(a+)+", "(a*)*b", "(?:[a-z]+)*", "((a|b)+){3,}", "(a|a)*", "(a|aa)+", r"(\w|aa)*", "(a", "[a",
                  "*a", r"(a)\1", "(?=a)b", "(?i)a", r"\bword\b", "a{300}", "((a{200}){200})", "a{,3",
                    "(?P<x>a)")  # fmt: skip
    for regex in bad_patterns:
        rule = {"rule": "pattern", "regex": regex}
        yield _thing(85, f"the pattern {regex}", f"{LABEL}/quality", [rule], "E_REGEX", f"{LABEL}/quality/0/regex")


def _meaning() -> Iterator[Case]:
    copy = {"object_models/shop/copy.json": changed(SHELF, "/code", "RACK")}
    yield Case(87, "two objects with one table", copy, "E_DUP", "/table_schema/table_name", said="already defined in")
    again = {"object_models/shop/again.json": changed(SHELF, "/table_schema/table_name", "racks")}
    yield Case(87, "two objects with one code", again, "E_DUP", "/code")
    yield _thing(87, "a column twice", f"{LABEL}/name", "amount", "E_DUP")
    twice = [{"name": "ix_a", "columns": ["label", "amount", "label"]}]
    yield _thing(87, "a column twice in an index", "/table_schema/indexes", twice, "E_DUP",
                 "/table_schema/indexes/0/columns/2")  # fmt: skip
    yield _thing(87, "a column twice in the key", "/source/business_key", ["thing_id", "thing_id"], "E_DUP",
                 "/source/business_key/1")  # fmt: skip
    double = {"kpis/amount.json": changed(KPI, "/dimensions", ["shelf_id", "shelf_id"])}
    yield Case(87, "a dimension twice", double, "E_DUP", "/dimensions/1")
    for row, said in (({"amount": 2}, "'2.50'"), ({"label": None}, "'x'"), ({"shelf_id": 1}, "nothing")):
        wrong = [{"payload": {"amount": "2.50", "label": "x"}, "row": row}]
        yield _thing(17, f"an example whose row says {row}", "/examples", wrong, "E_EXAMPLE",
                     f"/examples/0/row/{next(iter(row))}", f"the payload gives {said}")  # fmt: skip
    enveloped = changed(THING, "/source", {"format": "debezium"})
    enveloped |= {"examples": [{"payload": {"amount": "2.50"}, "row": {"amount": "2.50"}}]}
    yield Case(17, "an example without the envelope of its format", {THING_FILE: enveloped}, "E_EXAMPLE",
               "/examples/0/row/amount", said="the payload, read as debezium, gives nothing")  # fmt: skip
    address = changed(THING, f"{LABEL}/type", "inet")
    address |= {"examples": [{"payload": {"label": "10.0.0.1"}, "row": {"label": 5}}]}
    yield Case(17, "an example whose row has a number for an address", {THING_FILE: address}, "E_EXAMPLE",
               "/examples/0/row/label", said="the row says 5")  # fmt: skip
    loop = {f"industries/{a}.json": {"code": a, "name": a, "parent": b} for a, b in (("A", "B"), ("B", "A"))}
    yield Case(88, "industries within each other", loop, "E_CYCLE", "/parent", said="A in B in A")
    yield Case(88, "an industry within itself", {"industries/A.json": {"code": "A", "name": "A", "parent": "A"}},
               "E_CYCLE", "/parent")  # fmt: skip
    yield from _references()
    for written in ("Sting(20)", "numerc(1,2)", "timestampz", "geometry", "varchar(0)", "numeric(1001)", "text(5)",
                    "timestamp(9)", "Enum('a','b')"):  # fmt: skip
        yield _thing(90, f"the type {written}", f"{LABEL}/type", written, "E_TYPE_MAP")
    yield _thing(90, "a type with a typo", f"{LABEL}/type", "Integr", "E_TYPE_MAP", said="did you mean 'integer'")
    yield _thing(90, "a scale without precision", f"{LABEL}", {"name": "label", "type": "numeric", "scale": 2},
                 "E_TYPE_MAP", f"{LABEL}/type")  # fmt: skip
    for written in ("regclass", "xid", "aclitem", "regtype[]"):
        yield _thing(91, f"an archived {written}", f"{LABEL}/type", written, "E_LOSSY")
    yield _thing(92, "a nullable key", f"{COLUMNS}/0/nullable", True, "E_KEY")
    yield _thing(92, "a business key that is no column", "/source/business_key", ["thing_no"], "E_KEY",
                 "/source/business_key/0")  # fmt: skip
    for key in ("primary_key", "unique", "index"):
        column = {"name": "label", "type": "json", key: True}
        yield _thing(92, f"json as {key}", LABEL, column, "E_KEY", f"{LABEL}/{key}")
    for how in ("mask", "drop"):
        yield _thing(93, f"a key to {how}", f"{COLUMNS}/0/pii", how, "E_PII")
    yield _thing(93, "a time that is personal", f"{COLUMNS}/1/pii", "tokenize", "E_PII")
    leak = changed(changed(THING, f"{LABEL}/pii", "mask"), f"{COLUMNS}/-", {"name": "loud", "type": "text",
                   "expression": "upper(label)"})  # fmt: skip
    yield Case(93, "personal data computed into the clear", {THING_FILE: leak}, "E_PII", f"{COLUMNS}/6/expression")
    dropped = {THING_FILE: changed(THING, f"{COLUMNS}/5/pii", "drop")}
    yield Case(93, "a KPI by what is dropped", dropped, "E_PII", "/dimensions/0")
    yield _thing(94, "a time_column of text", "/time_column", "label", "E_TIMEKEY")
    yield Case(94, "a KPI by a time of text", {"kpis/amount.json": changed(KPI, "/time_column", "label")}, "E_TIMEKEY",
               "/time_column")  # fmt: skip
    yield from _storage()
    yield _thing(94, "an order by text", "/source/order", "label", "E_TYPE")
    yield from _paths()
    yield from _secrets_and_code()
    yield from _rules()
    for code in ("DAY", "A__B", "A_", "A", "AMOUNT_NUMERATOR"):
        yield Case(34, f"a KPI called {code}", {"kpis/amount.json": changed(KPI, "/code", code)}, "E_RESERVED", "/code")
    long = {"kpis/amount.json": changed(KPI, "/code", "A" * 51)}
    yield Case(34, "a KPI with a long code", long, "E_IDENT_LEN", "/code")
    files = {"attributes/WORD.json": {"code": "WORD", "name": "Word", "type": "text", "unit": "m"}}
    for key, value in (("type", "integer"), ("unit", "s")):
        thing = changed(changed(THING, f"{LABEL}/attribute", "WORD"), f"{LABEL}/{key}", value)
        yield Case(
            23, f"another {key} than the attribute's", {**files, THING_FILE: thing}, "E_ATTRIBUTE", f"{LABEL}/{key}"
        )


def _references() -> Iterator[Case]:
    yield _thing(89, "a foreign key to no table", f"{COLUMNS}/5/foreign_key", "shelfs.shelf_id", "E_REF",
                 said="did you mean 'shelves'")  # fmt: skip
    yield _thing(89, "a foreign key to no column", f"{COLUMNS}/5/foreign_key", "shelves.shelv_id", "E_REF",
                 said="did you mean 'shelf_id'")  # fmt: skip
    yield _thing(89, "a foreign key of another type", f"{LABEL}/foreign_key", "shelves.shelf_id", "E_REF")
    rule = {"rule": "reference", "to": "shelfs.shelf_id"}
    yield _thing(89, "a reference to no table", f"{COLUMNS}/5/quality", [rule], "E_REF", f"{COLUMNS}/5/quality/0/to")
    yield _thing(89, "no such module", "/module", "SHOPS", "E_REF", said="did you mean 'SHOP'")
    for pointer in ("/time_column", "/tenant_column", "/subject_column", "/source/order"):
        yield _thing(89, f"no such column as {pointer}", pointer, "happend_at", "E_REF")
    index = [{"name": "ix_a", "columns": ["label", "lable"]}]
    yield _thing(
        89, "an index on no column", "/table_schema/indexes", index, "E_REF", "/table_schema/indexes/0/columns/1"
    )
    link = "/table_schema/relationships/0"
    yield _thing(89, "a relationship to nothing", f"{link}/target_entity", "SHELV", "E_REF", said="'SHELF'")
    yield _thing(89, "a relationship by no column", f"{link}/foreign_key", "shelf", "E_REF", said="'shelf_id'")
    for pointer, value in (("/dimensions", ["shelf"]), ("/time_column", "day"), ("/formula/object", "THINGS")):
        at = f"{pointer}/0" if isinstance(value, list) else pointer
        yield Case(89, f"a KPI with {pointer} {value}", {"kpis/amount.json": changed(KPI, pointer, value)}, "E_REF", at)
    client = {"code": "A", "name": "A", "overrides": {"THNG": {}}}
    yield Case(89, "an override of nothing", {"clients/A.json": client}, "E_REF", "/overrides/THNG", said="'THING'")
    yield _thing(89, "no such attribute", f"{LABEL}/attribute", "WORD", "E_REF")
    exposure = {"name": "a", "type": "report", "owner": {"name": "A"}, "depends_on": ["THNG"]}
    module = {**FILES["modules/SHOP.json"], "exposures": [exposure]}
    at = "/exposures/0/depends_on/0"
    yield Case(89, "an exposure of nothing", {"modules/SHOP.json": module}, "E_REF", at, said="'THING'")
    link = {
        "code": "A",
        "from": {"kind": "kpi", "code": "AMUNT"},
        "to": {"kind": "module", "code": "SHOP"},
        "type": "x",
    }
    yield Case(89, "an association of nothing", {"associations/A.json": link}, "E_REF", "/from/code", said="'AMOUNT'")
    example = [{"payload": {}, "row": {"lable": "x"}}]
    yield _thing(89, "an example of no column", "/examples", example, "E_REF", "/examples/0/row/lable")


def _storage() -> Iterator[Case]:
    at = "/table_schema/indexes"
    index = {"name": "ix_a", "columns": ["label"]}
    on_a_typo, in_gin = index | {"where": "label = 'a' and amonut > 1"}, index | {"method": "gin"}
    yield _thing(94, "an index on a condition", at, [on_a_typo], "E_SQL_COLUMN", f"{at}/0/where")
    yield _thing(94, "a text in a gin index", at, [in_gin], "E_KEY", f"{at}/0/columns/0")
    entity = changed(changed(THING, "/storage", {"layout": "hypertable"}), "/kind", "entity")
    yield Case(94, "an entity cut by time", {THING_FILE: entity}, "E_TIMEKEY", "/storage/layout")
    yield _thing(94, "a span nothing is cut by", "/storage", {"interval": "3 weeks"}, "E_ENUM", "/storage/interval")
    yield _thing(94, "a rename from what stands", f"{LABEL}/renamed_from", "amount", "E_COLLISION")
    yield _thing(94, "an object renamed from another", "/renamed_from", "shelves", "E_COLLISION", "/renamed_from")
    yield _thing(94, "everybody as a reader", "/readers", ["public"], "E_RESERVED", "/readers/0")


def _paths() -> Iterator[Case]:
    """Paths into the payload that lead nowhere, and times that are none (number 17: wrong type)."""
    for path, said in (
        ("$.a..b", "expected a key after the dot"),
        ("$.", "found 'the end'"),
        ("$.items[", "expected [0], [*]"),
        ("$.items[-1]", "found '[-1]'"),
        ("$.items[0:2]", "found '[0:2]'"),
        ("$.items[?(@.a > 1)]", "expected [0], [*]"),
        ("$.items[99999999999]", "at most 2147483647"),
        ("$.items.*", "only [*] means every element"),
        ('$."a', "in double quotes, closed"),
        ('$."a"b', "expected a dot"),
        ("$[0].a", "expected a key first"),
        ("$.items[*].sku", "expected an array type such as text[]"),
        ("$", "json or jsonb column only"),
    ):
        yield _thing(17, f"the path {path}", f"{LABEL}/source_path", path, "E_JSON_PATH", said=said)
    yield _thing(17, "a source name of dots", f"{LABEL}/source_name", "..", "E_EMPTY")
    yield _thing(17, "an epoch of a text", f"{LABEL}/time_format", "epoch_seconds", "E_TYPE", said="timestamptz")
    yield _thing(22, "an unknown source format", "/source/format", "debezum", "E_ENUM", said="did you mean 'debezium'")
    yield _thing(17, "types that delete in plain JSON", "/source/delete_types", ["a"], "E_TYPE", said="cloudevents")
    yield _thing(17, "an envelope of plain JSON", f"{LABEL}/source_path", "$envelope.time", "E_JSON_PATH")
    example = [{"payload": None, "row": {}}]
    yield _thing(17, "a tombstone in plain JSON", "/examples", example, "E_TYPE", "/examples/0/payload")
    keyless = changed(THING, "/source", {"format": "debezium"})
    keyless["table_schema"]["columns"] = [
        {**column, "primary_key": False} for column in keyless["table_schema"]["columns"]
    ]
    yield Case(14, "changes to rows without a key", {THING_FILE: keyless}, "E_KEY", "/source/format")
    yield _thing(22, "an unknown time format", f"{LABEL}/time_format", "epoch", "E_ENUM")


def _secrets_and_code() -> Iterator[Case]:
    for value in ("{{ env_var('PASSWORD') }}", "{% x %}", "env_var('X')", "postgres://me:secret@host/db", "password=x"):
        yield _thing(96, f"the system {value}", "/source/system", value, "E_SECRET")
        yield _thing(96, f"the path {value}", f"{LABEL}/source_path", value, "E_SECRET")
        yield _thing(96, f"the source name {value}", f"{LABEL}/source_name", value, "E_SECRET")
    yield _thing(96, "a type that is Jinja", f"{LABEL}/type", "{{ x }}", "E_SECRET")
    for key in ("pre_hook", "post-hook", "+pre-hook", "hooks", "macros", "on-run-start", "packages"):
        yield _thing(98, f"the key {key}", f"/{key}", ["drop table x"], "E_FORBIDDEN")
    yield _thing(98, "a hook of a column", f"{LABEL}/+pre-hook", "x", "E_FORBIDDEN")


def _rules() -> Iterator[Case]:
    """Rules that PostgreSQL would refuse on the first row, and fail the batch with (number 17: wrong type)."""
    for column, rule, at in (
        (AMOUNT, {"rule": "range", "min": "a"}, "/min"),
        (AMOUNT, {"rule": "accepted_values", "values": [1, "b"]}, "/values/1"),
        (AMOUNT, {"rule": "pattern", "regex": "a"}, "/rule"),
        (AMOUNT, {"rule": "length", "max": 3}, "/rule"),
        (LABEL, {"rule": "range", "min": 1}, "/min"),
        (LABEL, {"rule": "freshness", "max_age": "1 day"}, "/rule"),
        (f"{COLUMNS}/1", {"rule": "range", "min": "yesterday"}, "/min"),
        (f"{COLUMNS}/0", {"rule": "accepted_values", "values": ["x"]}, "/values/0"),
    ):
        yield _thing(17, f"{rule} on {column}", f"{column}/quality", [rule], "E_TYPE", f"{column}/quality/0{at}")
    for rule in ({"rule": "range", "min": 2, "max": 1}, {"rule": "range", "min": 1, "max": "x"}):
        code = "E_TYPE" if rule["max"] == "x" else "E_RANGE"
        yield _thing(23, f"{rule}", f"{AMOUNT}/quality", [rule], code, f"{AMOUNT}/quality/0/max")


CASES = [case for layer in (_json_layer, _schema_layer, _identifiers, _sql, _meaning) for case in layer()]
CASES += [Case(*case) for cases in (shown_names, personal_data) for case in cases()]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.number}: {case.what}" for case in CASES])
def test_a_bad_definition_is_refused_with_its_code_and_place(case: Case, tmp_path: Path) -> None:
    root = write_library(tmp_path / "definitions", case.files)

    problems = problems_in(root)

    found = [problem for problem in problems if problem.code == case.code and problem.pointer == case.pointer]
    assert found, [str(problem) for problem in problems]
    assert case.said in found[0].message
    assert found[0].line == (case.line or _line_of(found[0].file, case.pointer))


def _line_of(file: Path, pointer: str) -> int:
    """Where the place stands in a file with one part per line, counted without the reader under test."""
    lines, value, at = file.read_text(encoding="utf-8").split("\n"), json.loads(file.read_text(encoding="utf-8")), 0
    for step in pointer.split("/")[1:]:
        if isinstance(value, list):
            at += sum(json.dumps(part, indent=1).count("\n") + 1 for part in value[: int(step)]) + 1
            value = value[int(step)]
        elif step in value:
            keys = list(value)[: list(value).index(step)]
            at += sum(json.dumps(value[key], indent=1).count("\n") + 1 for key in keys) + 1
            value = value[step]
    assert at < len(lines)
    return at + 1


def test_every_case_of_the_list_is_tested_or_says_why_not() -> None:
    tested = {case.number for case in CASES} | ELSEWHERE

    assert tested | set(NOT_APPLICABLE) == set(range(1, 101))
    assert not tested & set(NOT_APPLICABLE)


def test_the_library_the_cases_spoil_is_good(tmp_path: Path) -> None:
    assert problems_in(write_library(tmp_path)) == ()


@pytest.mark.parametrize(
    "content",
    [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n"), lambda text: text + b"\n\n"],
    ids=["one byte order mark", "CRLF", "empty lines at the end"],
)
def test_a_file_may_come_from_another_editor(content: Callable[[bytes], bytes], tmp_path: Path) -> None:
    text = json.dumps(FILES[THING_FILE], indent=1).encode()

    assert problems_in(write_library(tmp_path, {THING_FILE: content(text)})) == ()


def test_all_problems_of_all_files_are_found_in_one_run(tmp_path: Path) -> None:
    thing = changed(changed(changed(THING, "/kind", "x"), f"{LABEL}/type", 5), "/nme", "x")
    shelf = changed(SHELF, f"{COLUMNS}/1/name", "select")

    problems = problems_in(write_library(tmp_path, {THING_FILE: thing, "object_models/shop/shelf.json": shelf}))

    assert {(p.code, p.pointer) for p in problems} == {
        ("E_ENUM", "/kind"), ("E_TYPE", f"{LABEL}/type"), ("E_UNKNOWN_KEY", "/nme"),
        ("E_RESERVED", f"{COLUMNS}/1/name"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["model", "target", "aux", "year", "month", "day", "timestamp", "dbt_x"])
def test_a_column_may_have_a_name_that_only_files_and_models_may_not(name: str, tmp_path: Path) -> None:
    column = {"name": name, "type": "text"}

    assert problems_in(write_library(tmp_path, {THING_FILE: changed(THING, f"{COLUMNS}/-", column)})) == ()


def test_tables_may_refer_to_each_other_in_a_circle(tmp_path: Path) -> None:
    column = {"name": "best_thing", "type": "uuid", "foreign_key": "things.thing_id"}
    own = {"name": "lower_shelf", "type": "integer", "foreign_key": "shelves.shelf_id"}
    shelf = changed(changed(SHELF, f"{COLUMNS}/-", column), f"{COLUMNS}/-", own)

    assert problems_in(write_library(tmp_path, {"object_models/shop/shelf.json": shelf})) == ()


@pytest.mark.parametrize("made", ["folder", "hidden", "link"])
def test_a_file_that_cannot_be_read_is_a_problem_and_no_traceback(made: str, tmp_path: Path) -> None:
    root = write_library(tmp_path / "definitions")
    path = root / "object_models" / "shop" / "other.json"
    if made == "folder":
        path.mkdir()
    elif made == "link":
        path.symlink_to(tmp_path / "nothing.json")
    else:
        path.symlink_to(path)

    problems = problems_in(root)

    assert [(p.code, p.file) for p in problems] == [("E_READ", path)]


@pytest.mark.parametrize("name", ["{{ 7*7 }}.json", "a\nb.json", "é.json"])
def test_a_path_that_would_stand_in_generated_sql_is_refused(name: str, tmp_path: Path) -> None:
    root = write_library(tmp_path / "definitions", {f"object_models/{name}": changed(SHELF, "/code", "OTHER")})

    assert [problem.code for problem in problems_in(root)] == ["E_PATH"]
