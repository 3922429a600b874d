"""What readers see behind a foreign key: the name of the row it points at, joined into the read model.

Decides which keys have a name, what the column is called and by what the rows are joined. Writes no SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.names import read_model
from definitions_to_dbt.quality import Unique

Tables = Mapping[str, ObjectModel]


@dataclass(frozen=True)
class JoinedName:
    """The display column of a parent beside the foreign key that names the parent's row."""

    name: str
    key_column: str
    parent: ObjectModel
    column: Column
    alias: str
    # Column of the child, column of the parent: together they name one row of the parent.
    on: tuple[tuple[str, str], ...]

    @property
    def is_held_to_one_row(self) -> bool:
        """True where the parent's own primary key promises one row; else the newest of several is picked."""
        return set(self.parent.physical_key) <= {name for _, name in self.on}


def joined_names(model: ObjectModel, tables: Tables) -> list[JoinedName]:
    """The names behind the model's foreign keys, in the order of its columns. None where it may be of several rows."""
    found: list[JoinedName] = []
    taken = {model.table_name, read_model(model)}
    for column in model.columns:
        parent = tables.get((column.foreign_key or "").partition(".")[0])
        display = _display_column(parent)
        # What a key may not say, the name behind it may not say either.
        if parent is None or display is None or column.pii != "none":
            continue
        if on := _row_of(model, column, parent):
            role = column.name.removesuffix("_id") or column.name
            alias = role if role not in taken else f"{column.name}_row"
            taken.add(alias)
            name = column.display_as or merged_name(role, display.name)
            found.append(JoinedName(name, column.name, parent, display, alias, on))
    return found


def merged_name(role: str, display: str) -> str:
    """`customer` and `name` give customer_name, `parent_store` and `store_name` parent_store_name."""
    words, shown = role.split("_"), display.split("_")
    for length in range(min(len(words), len(shown)), 0, -1):
        if words[-length:] == shown[:length]:
            return "_".join([*words, *shown[length:]]) if shown[length:] else f"{role}_{display}"
    return f"{role}_{display}"


def _display_column(parent: ObjectModel | None) -> Column | None:
    """The column that readers may see. What is dropped as personal data is shown nowhere."""
    if parent is None or parent.display_column is None:
        return None
    column = next((column for column in parent.columns if column.name == parent.display_column), None)
    return column if column is not None and column.pii != "drop" else None


def _row_of(model: ObjectModel, column: Column, parent: ObjectModel) -> tuple[tuple[str, str], ...]:
    """The pairs of columns that name one row of the parent; empty where none are sure to."""
    target = (column.foreign_key or "").partition(".")[2]
    if is_unique(parent, target):
        own, other = model.tenant_column, parent.tenant_column
        # Rows of one tenant speak of rows of the same tenant, and show no name of another's.
        same_tenant = ((own, other),) if own and other and other != target else ()
        return ((column.name, target), *same_tenant)
    if target != _naming_part(parent):
        return ()
    pairs = dict(_pairs(model, parent))
    if set(pairs) != set(parent.primary_key):
        return ()
    return tuple((pairs[name], name) for name in parent.primary_key)


def is_unique(parent: ObjectModel, name: str) -> bool:
    """True where no two rows of the parent may share the value: its whole key, or a column declared unique."""
    columns = {column.name: column for column in parent.columns}
    return parent.primary_key == (name,) or (name in columns and _is_declared_unique(columns[name]))


def _is_declared_unique(column: Column) -> bool:
    rules = (rule for rule in column.quality if isinstance(rule, Unique))
    return column.unique or any(rule.is_active and rule.severity == "error" for rule in rules)


def _naming_part(parent: ObjectModel) -> str:
    """The part of a key of several that says most: the last that is not the tenant."""
    parts = [name for name in parent.primary_key if name != parent.tenant_column]
    return parts[-1] if parts else ""


def _pairs(model: ObjectModel, parent: ObjectModel) -> Iterator[tuple[str, str]]:
    """Column of the parent's key and the child's column for it. Two for one are none: nobody can say which is meant."""
    pointing: dict[str, list[str]] = {}
    for column in model.columns:
        table, _, name = (column.foreign_key or "").partition(".")
        if table == parent.table_name and name in parent.primary_key:
            pointing.setdefault(name, []).append(column.name)
    if parent.tenant_column and model.tenant_column:
        # Rows of one tenant speak of rows of the same tenant.
        pointing.setdefault(parent.tenant_column, []).append(model.tenant_column)
    for name, columns in pointing.items():
        if len(set(columns)) == 1:
            yield name, columns[0]
