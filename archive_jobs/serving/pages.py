"""Pages of JSON: the rows after the last one seen, whatever was archived or has arrived meanwhile."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import orjson

from archive_jobs.serving.formats import as_json_text
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import invalid
from archive_jobs.serving.retrieving import Statement, Wanted, as_interval
from archive_jobs.serving.running import OWNER, Running
from archive_jobs.serving.signing import Signer
from definitions_to_dbt.sql import quote_identifier

_CURSOR_SECONDS = 3600.0
# Rows of a page stand in memory three times: as Arrow, as Python and as text.
_MOST_BYTES = 16 << 20
_TIE = "__row"


def bound_to(principal: Principal, wanted: Wanted) -> str:
    """Whose cursor of which question it is; no other caller and no other question can use it."""
    question = [
        wanted.model.table_name, wanted.kind, str(wanted.interval), wanted.columns,
        [one.model_dump() for one in wanted.filters], wanted.order,
    ]  # fmt: skip
    digest = hashlib.sha256(json.dumps(question).encode()).hexdigest()
    return f"{principal.name}|{principal.tenant}|{digest}"


def page(
    running: Running, made: Statement, types: dict[str, str], wanted: Wanted, order_types: dict[str, str], limit: int,
    cursor: str | None, signer: Signer, principal: Principal,
) -> bytes:  # fmt: skip
    """One page and, where there are more rows, the cursor of the next."""
    owner = bound_to(principal, wanted)
    after = None
    if cursor is not None:
        after = signer.open("cursor", owner, cursor)
        if after is None:
            raise invalid("cursor", "expected next_cursor of the page before, with the same question and token")
    query = _query(made, types, wanted, order_types, limit, after, owned=principal.tenant is not None)
    rows: list[dict[str, Any]] = []
    size = 0
    for batch in running.batches(query, made.values):
        size += batch.nbytes
        rows += batch.to_pylist()
        if size > _MOST_BYTES and len(rows) <= limit:
            limit = len(rows) - 1  # a page of fewer rows, and the next one begins there
            break
    keys = [name for name, _ in wanted.order]
    following = None
    if len(rows) > limit:
        del rows[limit:]
        last = _place(rows[-1], len(keys))
        same = sum(1 for row in rows if _place(row, len(keys)) == last)
        before = after["same"] if after and after["last"] == last else 0
        following = signer.seal("cursor", owner, {"last": last, "same": same + before}, _CURSOR_SECONDS)
    return orjson.dumps(
        {
            "table_name": wanted.model.table_name,
            "data_type": wanted.kind,
            "interval": as_interval(wanted.interval),
            "columns": [{"name": name, "type": kind} for name, kind in types.items()],
            "rows": [{name: _finite(row[name]) for name in types} for row in rows],
            "next_cursor": following,
        },
        default=str,
    )


def _query(
    made: Statement, types: dict[str, str], wanted: Wanted, order_types: dict[str, str], limit: int,
    after: dict[str, Any] | None, *, owned: bool,
) -> str:  # fmt: skip
    quoted = {quote_identifier(name): kind for name, kind in types.items()}
    shown = [f"{as_json_text(f'tied.{name}', kind)} as {name}" for name, kind in quoted.items()]
    # Of the rows, not of what is shown of them: numbers are shown as text, and text has another order.
    order = [
        (f"tied.{quote_identifier(name)}", "desc" if down else "asc", order_types[name]) for name, down in wanted.order
    ]
    keys = [f"cast({name} as varchar) as __key{n}" for n, (name, _, _) in enumerate(order)]
    if owned:
        shown.append(f"tied.{OWNER}")
    listed = ", ".join(quoted)
    # Rows with the same digest are the same to the caller: which of them comes first does not matter.
    tie = f"md5(cast(row({listed}) as varchar))"
    rows = f"select *, {tie} as {_TIE} from ({made.query}) as found"
    beyond, skipped = "true", 0
    if after is not None:
        *values, tied = after["last"]
        beyond, skipped = _beyond(made, order, values, tied), after["same"]
    by = ", ".join([*(f"{name} {way} nulls last" for name, way, _ in order), _TIE])
    return (
        f"select {', '.join([*shown, *keys, _TIE])} from ({rows}) as tied where {beyond}"
        f" order by {by} limit {limit + 1} offset {skipped}"
    )


def _beyond(made: Statement, order: list[tuple[str, str, str]], values: list[str | None], tied: str) -> str:
    """The rows that come with or after the last one: where the first keys are the same, the next one decides."""
    same: list[str] = []
    ways = []
    for (name, way, kind), value in zip(order, values, strict=True):
        if value is None:
            same.append(f"{name} is null")
            continue
        bound = f"cast({made.bind(value)} as {kind})"
        ways.append(" and ".join([*same, f"({name} {'>' if way == 'asc' else '<'} {bound} or {name} is null)"]))
        same.append(f"{name} = {bound}")
    ways.append(" and ".join([*same, f"{_TIE} >= {made.bind(tied)}"]))
    return " or ".join(f"({way})" for way in ways)


def _place(row: dict[str, Any], keys: int) -> list[str | None]:
    return [*(row[f"__key{n}"] for n in range(keys)), row[_TIE]]


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity; null would be another value."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return value
