"""What readers would see, checked as it is loaded: the names behind foreign keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import Problem
from definitions_to_dbt.joined_names import is_unique, joined_names
from definitions_to_dbt.reading import Entry


def reading_problems(entries: Sequence[Entry]) -> Iterator[Problem]:
    """What is wrong with the names that objects show of each other."""
    tables: dict[str, ObjectModel] = {entry.part.table_name: entry.part for entry in entries}
    for entry in entries:
        yield from _dropped_display(entry)
        yield from _collisions(entry, tables)
        yield from _names_without_use(entry, tables)


def _dropped_display(entry: Entry) -> Iterator[Problem]:
    model: ObjectModel = entry.part
    if any(column.name == model.display_column and column.pii == "drop" for column in model.columns):
        message = f"{model.display_column} is dropped as personal data: nobody can read it; expected another column"
        yield entry.problem("/display_column", "E_PII", message)


def _collisions(entry: Entry, tables: Mapping[str, ObjectModel]) -> Iterator[Problem]:
    """A name behind a foreign key must not take that of a column, nor of another such name."""
    model: ObjectModel = entry.part
    places = {column.name: place for place, column in enumerate(model.columns)}
    owners = dict.fromkeys(places, "a column of its own")
    for joined in joined_names(model, tables):
        key = model.columns[places[joined.key_column]]
        at = f"/table_schema/columns/{places[key.name]}/{'display_as' if key.display_as else 'foreign_key'}"
        shown = f"{joined.parent.table_name}.{joined.column.name} would be shown as {joined.name}"
        if joined.name in owners:
            message = f"{shown}, which is {owners[joined.name]} of {model.table_name}; say another name with display_as"
            yield entry.problem(at, "E_COLLISION", message)
        elif len(joined.name) > 63:
            message = f"{shown}, which is longer than 63 bytes; say a shorter name with display_as"
            yield entry.problem(at, "E_IDENT_LEN", message)
        elif joined.name.startswith("_"):
            message = f"{joined.name!r}: names that begin with _ belong to the platform"
            yield entry.problem(at, "E_RESERVED", message)
        owners.setdefault(joined.name, f"already the name behind {key.name}")


def _names_without_use(entry: Entry, tables: Mapping[str, ObjectModel]) -> Iterator[Problem]:
    """Who says how a name is shown expects one to be shown."""
    model: ObjectModel = entry.part
    joined = {name.key_column for name in joined_names(model, tables)}
    for place, column in enumerate(model.columns):
        if column.display_as is None or column.name in joined:
            continue
        table, _, name = (column.foreign_key or "").partition(".")
        parent = tables.get(table)
        if parent is None and table:
            continue  # has a problem of its own
        if parent is None:
            message = f"{column.name} has no foreign_key, so there is no name to show"
        elif column.pii != "none":
            message = f"{column.name} is personal data, and the name behind it would say who is meant"
        elif parent.display_column is None:
            message = f"{table} says no display_column, so there is no name to show"
        elif not is_unique(parent, name):
            message = f"{column.foreign_key} is not unique, so there may be several names"
        else:
            continue  # the display column has a problem of its own
        yield entry.problem(f"/table_schema/columns/{place}/display_as", "E_REF", message)
