"""What a definition may not say of what readers see: names behind foreign keys and personal data, by number of case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from shop_of_things import KPI, SHELF, THING, THING_FILE, changed, without

COLUMNS = "/table_schema/columns"
LABEL, AMOUNT = f"{COLUMNS}/4", f"{COLUMNS}/3"


class Bad(NamedTuple):
    """Number, words, changed files, code, pointer, line where it is not the pointer's, part of what is said."""

    number: int
    what: str
    files: dict[str, Any]
    code: str
    pointer: str
    line: int | None = None
    said: str = ""


def shown_names() -> Iterator[Bad]:
    """Names behind foreign keys: shelves say what they are called, things show it."""
    key, shelf = f"{COLUMNS}/5", changed(SHELF, "/display_column", "height")

    def case(number: int, what: str, thing: dict[str, Any], code: str, pointer: str, said: str = "") -> Bad:
        return Bad(number, what, {THING_FILE: thing, "object_models/shop/shelf.json": shelf}, code, pointer, None, said)

    taken = changed(THING, f"{LABEL}/name", "shelf_height")
    yield case(45, "a name behind a key that is a column's", taken, "E_COLLISION", f"{key}/foreign_key", "display_as")
    other = {"name": "shelf", "type": "integer", "foreign_key": "shelves.shelf_id"}
    twice = changed(THING, f"{COLUMNS}/-", other)
    yield case(45, "two keys with one name", twice, "E_COLLISION", f"{COLUMNS}/6/foreign_key", "behind shelf_id")
    named = changed(THING, f"{key}/display_as", "label")
    yield case(45, "a stated name that is a column's", named, "E_COLLISION", f"{key}/display_as")
    long = changed(THING, f"{key}/name", "a" * 60)
    long = {**without(long, "/table_schema/relationships")}
    files = {
        THING_FILE: long,
        "object_models/shop/shelf.json": shelf,
        "kpis/amount.json": changed(KPI, "/dimensions", []),
    }
    yield Bad(44, "a name behind a key of over 63 bytes", files, "E_IDENT_LEN", f"{key}/foreign_key")
    own = changed(THING, f"{key}/display_as", "_shelf")
    yield case(55, "a name behind a key that is the platform's", own, "E_RESERVED", f"{key}/display_as")
    yield Bad(
        89,
        "a display_column that is none",
        {THING_FILE: changed(THING, "/display_column", "lable")},
        "E_REF",
        "/display_column",
        None,
        "",
    )
    yield Bad(
        89,
        "a name of a key without a parent",
        {THING_FILE: changed(THING, f"{LABEL}/display_as", "x")},
        "E_REF",
        f"{LABEL}/display_as",
        None,
        "no foreign_key",
    )
    yield Bad(
        89,
        "a name of what has none",
        {THING_FILE: changed(THING, f"{key}/display_as", "x")},
        "E_REF",
        f"{key}/display_as",
        None,
        "no display_column",
    )
    loose = changed(changed(THING, f"{key}/foreign_key", "shelves.height"), f"{key}/display_as", "x")
    yield case(89, "a name that may be several", loose, "E_REF", f"{key}/display_as", "not unique")
    hidden = changed(changed(THING, f"{key}/pii", "mask"), f"{key}/display_as", "x")
    yield case(89, "a name that would say who is meant", hidden, "E_REF", f"{key}/display_as", "personal data")
    dropped = changed(changed(THING, "/display_column", "label"), f"{LABEL}/pii", "drop")
    yield Bad(93, "a display_column that nobody can read", {THING_FILE: dropped}, "E_PII", "/display_column")


def personal_data() -> Iterator[Bad]:
    """Ways of personal data into the clear."""
    own = changed(THING, f"{LABEL}/pii", "mask")

    def case(what: str, thing: dict[str, Any], pointer: str, said: str = "") -> Bad:
        return Bad(93, what, {THING_FILE: thing}, "E_PII", pointer, None, said)

    key = changed(SHELF, f"{COLUMNS}/0/pii", "tokenize")
    files = {"object_models/shop/shelf.json": key}
    yield Bad(93, "a key to a personal one", files, "E_PII", f"{COLUMNS}/5/foreign_key", None, "pii_allowed_in_clear")
    rule = [{"rule": "reference", "to": "shelves.shelf_id"}]
    files = files | {THING_FILE: changed(without(THING, f"{COLUMNS}/5/foreign_key"), f"{COLUMNS}/5/quality", rule)}
    yield Bad(93, "a reference to a personal key", files, "E_PII", f"{COLUMNS}/5/quality/0/to")
    for what, path, form in (
        ("the same field", "label", "json"),
        ("the whole payload", "$", "json"),
        ("a part of it", "label.first", "json"),
        ("the whole message", "$envelope", "debezium"),
        ("the row in the message", "$envelope.payload.after", "debezium"),
        ("the field of the message that is the row", "$envelope.label", "debezium_unwrapped"),
    ):
        again = {"name": "again", "type": "jsonb", "source_path": path}
        sent = changed(own, "/source/format", form)
        yield case(f"{what} once more", changed(sent, f"{COLUMNS}/-", again), f"{COLUMNS}/6/source_path", "label")
    renamed = changed(own, f"{LABEL}/source_path", "amount")
    yield case("a field that another column is called by", renamed, f"{AMOUNT}/name", "label")
    explicit = {"name": "loud", "type": "text", "expression": "upper(label)", "pii": "none"}
    yield case("a computed column said to be none", changed(own, f"{COLUMNS}/-", explicit), f"{COLUMNS}/6/expression")
    both = changed(own, f"{LABEL}/pii_allowed_in_clear", "Why not.")
    yield case("two words on one column", both, f"{LABEL}/pii_allowed_in_clear")
    for row, at in (({"label": "Ann"}, "row/label"), ({"amount": 1}, "payload")):
        example = [{"payload": {"label": "Ann"}, "row": row}]
        yield case(
            f"an example of somebody in {at}", changed(own, "/examples", example), f"/examples/0/{at}", "invented"
        )
    message = [{"payload": {"payload": {"before": None, "after": {"label": "Ann"}}}, "row": {"amount": 1}}]
    yield case("an example of somebody in a message", changed(own, "/examples", message), "/examples/0/payload")
    for how, said in (("tokenize", "readers see text"), ("drop", "nobody can reckon")):
        files = {THING_FILE: changed(THING, f"{AMOUNT}/pii", how)}
        yield Bad(
            93, f"a sum of what readers get as {how}", files, "E_PII", "/formula/numerator/expression", None, said
        )
