"""How late the records of an object may be, in dbt's words."""

from __future__ import annotations

from typing import Any

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.duration import Duration


def freshness(model: ObjectModel) -> dict[str, Any]:
    """The spans that its definition states; none where it states none."""
    stated = {"warn_after": model.source.freshness.warn_after, "error_after": model.source.freshness.error_after}
    return {name: _dbt_span(span) for name, span in stated.items() if span is not None}


def _dbt_span(span: Duration) -> dict[str, Any]:
    """dbt counts minutes, hours and days."""
    if span.unit == "hour":
        return {"count": span.count, "period": "hour"}
    return {"count": round(span.timedelta.days), "period": "day"}
