"""Ways to spoil a library, one per case: SQL, references, storage, paths, secrets and rules. No tests."""

from __future__ import annotations

from collections.abc import Iterator

from bad_cases import AMOUNT, COLUMNS, LABEL, Case, spoilt
from shop_of_things import FILES, KPI, SHELF, THING, THING_FILE, changed

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


def sql_cases() -> Iterator[Case]:
    for number, by_code in _SQL.items():
        for code, statements in by_code.items():
            for sql in statements:
                if len(sql) <= 10_000:
                    rule = {"rule": "expression", "sql": sql}
                    yield spoilt(number, f"a rule {sql[:40]!r}", f"{LABEL}/quality", [rule], code,
                                 f"{LABEL}/quality/0/sql")  # fmt: skip
                yield spoilt(number, f"a column {sql[:40]!r}", f"{LABEL}/expression", sql, code)
                kpi = changed(KPI, "/formula/numerator/filter", sql)
                yield Case(number, f"a filter {sql[:40]!r}", {"kpis/amount.json": kpi}, code,
                           "/formula/numerator/filter")  # fmt: skip
    for sql in _SQL_TYPES:
        code = "E_SQL_NODE" if "/ 0" in sql else "E_SQL_TYPE"
        rule = {"rule": "expression", "sql": sql}
        yield spoilt(78, f"a rule {sql!r} whose parts do not fit", f"{LABEL}/quality", [rule], code,
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
    yield spoilt(79, "a computed column over itself", f"{LABEL}/expression", "label || 'x'", "E_SQL_COLUMN")
    bad_patterns = ("(a+)+", "(a*)*b", "(?:[a-z]+)*", "((a|b)+){3,}", "(a|a)*", "(a|aa)+", r"(\w|aa)*", "(a", "[a",
                  "*a", r"(a)\1", "(?=a)b", "(?i)a", r"\bword\b", "a{300}", "((a{200}){200})", "a{,3",
                    "(?P<x>a)")  # fmt: skip
    for regex in bad_patterns:
        rule = {"rule": "pattern", "regex": regex}
        yield spoilt(85, f"the pattern {regex}", f"{LABEL}/quality", [rule], "E_REGEX", f"{LABEL}/quality/0/regex")


def meaning_cases() -> Iterator[Case]:
    copy = {"object_models/shop/copy.json": changed(SHELF, "/code", "RACK")}
    yield Case(87, "two objects with one table", copy, "E_DUP", "/table_schema/table_name", said="already defined in")
    again = {"object_models/shop/again.json": changed(SHELF, "/table_schema/table_name", "racks")}
    yield Case(87, "two objects with one code", again, "E_DUP", "/code")
    yield spoilt(87, "a column twice", f"{LABEL}/name", "amount", "E_DUP")
    twice = [{"name": "ix_a", "columns": ["label", "amount", "label"]}]
    yield spoilt(87, "a column twice in an index", "/table_schema/indexes", twice, "E_DUP",
                 "/table_schema/indexes/0/columns/2")  # fmt: skip
    yield spoilt(87, "a column twice in the key", "/source/business_key", ["thing_id", "thing_id"], "E_DUP",
                 "/source/business_key/1")  # fmt: skip
    double = {"kpis/amount.json": changed(KPI, "/dimensions", ["shelf_id", "shelf_id"])}
    yield Case(87, "a dimension twice", double, "E_DUP", "/dimensions/1")
    for row, said in (({"amount": 2}, "'2.50'"), ({"label": None}, "'x'"), ({"shelf_id": 1}, "nothing")):
        wrong = [{"payload": {"amount": "2.50", "label": "x"}, "row": row}]
        yield spoilt(17, f"an example whose row says {row}", "/examples", wrong, "E_EXAMPLE",
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
        yield spoilt(90, f"the type {written}", f"{LABEL}/type", written, "E_TYPE_MAP")
    yield spoilt(90, "a type with a typo", f"{LABEL}/type", "Integr", "E_TYPE_MAP", said="did you mean 'integer'")
    yield spoilt(90, "a scale without precision", f"{LABEL}", {"name": "label", "type": "numeric", "scale": 2},
                 "E_TYPE_MAP", f"{LABEL}/type")  # fmt: skip
    for written in ("regclass", "xid", "aclitem", "regtype[]"):
        yield spoilt(91, f"an archived {written}", f"{LABEL}/type", written, "E_LOSSY")
    yield spoilt(92, "a nullable key", f"{COLUMNS}/0/nullable", True, "E_KEY")
    yield spoilt(92, "a business key that is no column", "/source/business_key", ["thing_no"], "E_KEY",
                 "/source/business_key/0")  # fmt: skip
    for key in ("primary_key", "unique", "index"):
        column = {"name": "label", "type": "json", key: True}
        yield spoilt(92, f"json as {key}", LABEL, column, "E_KEY", f"{LABEL}/{key}")
    for how in ("mask", "drop"):
        yield spoilt(93, f"a key to {how}", f"{COLUMNS}/0/pii", how, "E_PII")
    yield spoilt(93, "a time that is personal", f"{COLUMNS}/1/pii", "tokenize", "E_PII")
    leak = changed(changed(THING, f"{LABEL}/pii", "mask"), f"{COLUMNS}/-", {"name": "loud", "type": "text",
                   "expression": "upper(label)"})  # fmt: skip
    yield Case(93, "personal data computed into the clear", {THING_FILE: leak}, "E_PII", f"{COLUMNS}/6/expression")
    dropped = {THING_FILE: changed(THING, f"{COLUMNS}/5/pii", "drop")}
    yield Case(93, "a KPI by what is dropped", dropped, "E_PII", "/dimensions/0")
    yield spoilt(94, "a time_column of text", "/time_column", "label", "E_TIMEKEY")
    yield Case(94, "a KPI by a time of text", {"kpis/amount.json": changed(KPI, "/time_column", "label")}, "E_TIMEKEY",
               "/time_column")  # fmt: skip
    yield from _storage()
    yield spoilt(94, "an order by text", "/source/order", "label", "E_TYPE")
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
    yield spoilt(89, "a foreign key to no table", f"{COLUMNS}/5/foreign_key", "shelfs.shelf_id", "E_REF",
                 said="did you mean 'shelves'")  # fmt: skip
    yield spoilt(89, "a foreign key to no column", f"{COLUMNS}/5/foreign_key", "shelves.shelv_id", "E_REF",
                 said="did you mean 'shelf_id'")  # fmt: skip
    yield spoilt(89, "a foreign key of another type", f"{LABEL}/foreign_key", "shelves.shelf_id", "E_REF")
    rule = {"rule": "reference", "to": "shelfs.shelf_id"}
    yield spoilt(89, "a reference to no table", f"{COLUMNS}/5/quality", [rule], "E_REF", f"{COLUMNS}/5/quality/0/to")
    yield spoilt(89, "no such module", "/module", "SHOPS", "E_REF", said="did you mean 'SHOP'")
    for pointer in ("/time_column", "/tenant_column", "/subject_column", "/source/order"):
        yield spoilt(89, f"no such column as {pointer}", pointer, "happend_at", "E_REF")
    index = [{"name": "ix_a", "columns": ["label", "lable"]}]
    yield spoilt(
        89, "an index on no column", "/table_schema/indexes", index, "E_REF", "/table_schema/indexes/0/columns/1"
    )
    link = "/table_schema/relationships/0"
    yield spoilt(89, "a relationship to nothing", f"{link}/target_entity", "SHELV", "E_REF", said="'SHELF'")
    yield spoilt(89, "a relationship by no column", f"{link}/foreign_key", "shelf", "E_REF", said="'shelf_id'")
    for pointer, value in (("/dimensions", ["shelf"]), ("/time_column", "day"), ("/formula/object", "THINGS")):
        at = f"{pointer}/0" if isinstance(value, list) else pointer
        yield Case(89, f"a KPI with {pointer} {value}", {"kpis/amount.json": changed(KPI, pointer, value)}, "E_REF", at)
    client = {"code": "A", "name": "A", "overrides": {"THNG": {}}}
    yield Case(89, "an override of nothing", {"clients/A.json": client}, "E_REF", "/overrides/THNG", said="'THING'")
    yield spoilt(89, "no such attribute", f"{LABEL}/attribute", "WORD", "E_REF")
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
    yield spoilt(89, "an example of no column", "/examples", example, "E_REF", "/examples/0/row/lable")


def _storage() -> Iterator[Case]:
    at = "/table_schema/indexes"
    index = {"name": "ix_a", "columns": ["label"]}
    on_a_typo, in_gin = index | {"where": "label = 'a' and amonut > 1"}, index | {"method": "gin"}
    yield spoilt(94, "an index on a condition", at, [on_a_typo], "E_SQL_COLUMN", f"{at}/0/where")
    yield spoilt(94, "a text in a gin index", at, [in_gin], "E_KEY", f"{at}/0/columns/0")
    entity = changed(changed(THING, "/storage", {"layout": "hypertable"}), "/kind", "entity")
    yield Case(94, "an entity cut by time", {THING_FILE: entity}, "E_TIMEKEY", "/storage/layout")
    yield spoilt(94, "a span nothing is cut by", "/storage", {"interval": "3 weeks"}, "E_ENUM", "/storage/interval")
    yield spoilt(94, "a rename from what stands", f"{LABEL}/renamed_from", "amount", "E_COLLISION")
    yield spoilt(94, "an object renamed from another", "/renamed_from", "shelves", "E_COLLISION", "/renamed_from")
    yield spoilt(94, "everybody as a reader", "/readers", ["public"], "E_RESERVED", "/readers/0")


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
        yield spoilt(17, f"the path {path}", f"{LABEL}/source_path", path, "E_JSON_PATH", said=said)
    yield spoilt(17, "a source name of dots", f"{LABEL}/source_name", "..", "E_EMPTY")
    yield spoilt(17, "an epoch of a text", f"{LABEL}/time_format", "epoch_seconds", "E_TYPE", said="timestamptz")
    yield spoilt(22, "an unknown source format", "/source/format", "debezum", "E_ENUM", said="did you mean 'debezium'")
    yield spoilt(17, "types that delete in plain JSON", "/source/delete_types", ["a"], "E_TYPE", said="cloudevents")
    yield spoilt(17, "an envelope of plain JSON", f"{LABEL}/source_path", "$envelope.time", "E_JSON_PATH")
    example = [{"payload": None, "row": {}}]
    yield spoilt(17, "a tombstone in plain JSON", "/examples", example, "E_TYPE", "/examples/0/payload")
    keyless = changed(THING, "/source", {"format": "debezium"})
    keyless["table_schema"]["columns"] = [
        {**column, "primary_key": False} for column in keyless["table_schema"]["columns"]
    ]
    yield Case(14, "changes to rows without a key", {THING_FILE: keyless}, "E_KEY", "/source/format")
    yield spoilt(22, "an unknown time format", f"{LABEL}/time_format", "epoch", "E_ENUM")


def _secrets_and_code() -> Iterator[Case]:
    for value in ("{{ env_var('PASSWORD') }}", "{% x %}", "env_var('X')", "postgres://me:secret@host/db", "password=x"):
        yield spoilt(96, f"the system {value}", "/source/system", value, "E_SECRET")
        yield spoilt(96, f"the path {value}", f"{LABEL}/source_path", value, "E_SECRET")
        yield spoilt(96, f"the source name {value}", f"{LABEL}/source_name", value, "E_SECRET")
    yield spoilt(96, "a type that is Jinja", f"{LABEL}/type", "{{ x }}", "E_SECRET")
    for key in ("pre_hook", "post-hook", "+pre-hook", "hooks", "macros", "on-run-start", "packages"):
        yield spoilt(98, f"the key {key}", f"/{key}", ["drop table x"], "E_FORBIDDEN")
    yield spoilt(98, "a hook of a column", f"{LABEL}/+pre-hook", "x", "E_FORBIDDEN")


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
        yield spoilt(17, f"{rule} on {column}", f"{column}/quality", [rule], "E_TYPE", f"{column}/quality/0{at}")
    for rule in ({"rule": "range", "min": 2, "max": 1}, {"rule": "range", "min": 1, "max": "x"}):
        code = "E_TYPE" if rule["max"] == "x" else "E_RANGE"
        yield spoilt(23, f"{rule}", f"{AMOUNT}/quality", [rule], code, f"{AMOUNT}/quality/0/max")
