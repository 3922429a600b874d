"""A hook of schemathesis: requests that are well-formed speak of tables and times of which there is something.

Made-up names are all 404, and a run of those proves nothing. What is malformed in any other word stays so.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

import schemathesis

TABLES = ("purchases",) * 7 + ("PURCHASE", "source_purchases", "ticks", "nothing_here")
RANGES = (("2024-01-01", "2024-01-31"), ("2024-04-01", "2024-04-30T12:00:00Z"), ("2024-01-02", "2024-01-02"))
COLUMNS = ("purchase_id", "note", "amount,quantity", "bought_at", "email", "-amount,note", "phone", "tenant_id", "year")
FILTERS = (
    '[{"col": "quantity", "op": "<", "value": 5}]', '[{"col": "note", "op": "starts with", "value": "c"}]',
    '[{"col": "quantity", "op": ">", "value": 3}]', '[{"col": "note", "op": "is null"}]', "[]", "not JSON",
    '[{"col": "amount", "op": "in", "value": [1.37, "2.74"]}, {"col": "tenant_id", "op": "!=", "value": "acme"}]',
    '[{"col": "bought_at", "op": "<=", "value": "2024-01-02T00:00:00Z"}]',
    '[{"col": "quantity", "op": "=", "value": "x"}]',
)  # fmt: skip
NAME, TIME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}"), re.compile(r"\d{4}-\d\d-\d\d(T.*)?")
NAMES, CURSOR = (
    re.compile(r"-?[A-Za-z_][A-Za-z0-9_]*( *, *-?[A-Za-z_][A-Za-z0-9_]*)*"),
    re.compile(r"[A-Za-z0-9_-]{1,20000}"),
)


def _known(words: Any) -> Any:
    if not isinstance(words, dict) or not _matches(words, "table_name", NAME, required=True):
        return words
    number = zlib.crc32(repr(sorted(words.items(), key=str)).encode())
    found = dict(words)
    found["table_name"] = TABLES[number % len(TABLES)]
    if all(_matches(words, word, TIME) for word in ("start_time", "end_time")) and number % 11:
        found["start_time"], found["end_time"] = RANGES[number // 7 % len(RANGES)]
    for word in ("columns", "order"):
        if _matches(words, word, NAMES, required=True):
            found[word] = COLUMNS[number // 31 % len(COLUMNS)]
    if isinstance(words.get("filter"), str) and len(words["filter"]) < 16_000:
        found["filter"] = FILTERS[number // 5 % len(FILTERS)]
    if _matches(words, "cursor", CURSOR, required=True) and number % 9:
        del found["cursor"]
    return found


def _matches(words: dict[str, Any], word: str, pattern: re.Pattern[str], *, required: bool = False) -> bool:
    """Whether a word is well-formed; one that is not there may be added."""
    if words.get(word) is None:
        return not required
    return isinstance(words[word], str) and pattern.fullmatch(words[word]) is not None


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001  # schemathesis' signature
    """Known words in what is about to be sent; a policy that is an object speaks of a table."""
    if isinstance(case.query, dict):
        case.query = _known(case.query)
    if case.operation.path.endswith("/policies") and isinstance(case.body, dict):
        case.body = {"table_name": "ticks", "retention_days": 30 + zlib.crc32(repr(case.body).encode()) % 400}
    elif isinstance(case.body, dict):
        case.body = _known(case.body)
