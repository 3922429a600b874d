"""What of each table stands in the lake, in the words of the docs site: which days, how much, when checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from archive_jobs.keeping.status import TableStatus
from definitions_to_dbt import names
from definitions_to_dbt.library import Library

_KINDS = {"analytics": "aged rows", "source": "raw records"}


def add_archive(manifest: dict[str, Any], library: Library, archived: Sequence[TableStatus]) -> None:
    """Say it on the pages of the tables, of the models over the archive, and of the sources."""
    by_table = {(one.table, one.kind): one for one in archived if one.units}
    said: dict[str, str] = {}
    for model in library.objects:
        if model.ages:
            aged = in_words(by_table.get((model.table_name, "analytics")))
            for name in (model.table_name, names.archive(model), names.history(model)):
                said[name] = aged
        said[names.source_table(model)] = in_words(by_table.get((model.table_name, "source")))
    for node in _tables(manifest):
        if node["name"] in said:
            node["description"] = f"{node['description'].rstrip()}\n\n{said[node['name']]}"


def _tables(manifest: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    models = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return [*models, *manifest["sources"].values()]


def in_words(status: TableStatus | None) -> str:
    """One paragraph about a table of one kind."""
    if status is None or status.first is None or status.last is None:
        return "**In the lake:** nothing yet."
    return (
        f"**In the lake:** {_KINDS[status.kind]} of {first_day(status)} to {last_day(status)},"
        f" {status.rows:,} in {status.units:,} units, {status.bytes / 1e6:,.1f} MB. {checked(status)}"
    )


def checked(status: TableStatus) -> str:
    """When every file was last compared with what was archived."""
    if status.verified_at is None:
        return "Not all of it was verified since it was written."
    return f"All of it verified since {_minute(status.verified_at)}."


def first_day(status: TableStatus) -> str:
    """The first UTC day of the first unit."""
    return str(status.first.date()) if status.first else ""


def last_day(status: TableStatus) -> str:
    """The last UTC day of the last unit, whose end is the first moment after it."""
    return str((status.last - timedelta(microseconds=1)).date()) if status.last else ""


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
