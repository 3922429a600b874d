"""Every name that is derived from an object's table name. Nothing else may invent one."""

from __future__ import annotations

from definitions_to_dbt.definition import ObjectModel


def source_table(model: ObjectModel) -> str:
    """Layer 3: the raw records."""
    return f"source_{model.table_name}"


def staging(model: ObjectModel) -> str:
    """The typed view of the claimed raw records."""
    return f"stg_{model.module.lower()}__{model.table_name}"


def rejected(model: ObjectModel) -> str:
    """The records that did not pass, with reasons."""
    return f"rejected_{model.table_name}"


def versions(model: ObjectModel) -> str:
    """Every version an entity had."""
    return f"{model.table_name}_versions"


def changes(model: ObjectModel) -> str:
    """Every change an entity went through."""
    return f"{model.table_name}_changes"


def read_model(model: ObjectModel) -> str:
    """What readers see of Layer 2."""
    return f"{model.table_name}_read"


def lake_view(table: str) -> str:
    """The columns and casts under which a table travels to the lake."""
    return f"{table}__lake"


def archive(model: ObjectModel) -> str:
    """Everything that was ever archived."""
    return f"archive_{model.table_name}"


def history(model: ObjectModel) -> str:
    """Current truth over hot and cold."""
    return f"history_{model.table_name}"


def unit_test_input(model: ObjectModel) -> str:
    """The raw records of an example inside a dbt unit test; dbt refuses a longer one than PostgreSQL takes."""
    return f"__dbt__cte__{model.module.lower()}__{source_table(model)}"


def derived_names(model: ObjectModel) -> list[str]:
    """All names an object takes in the one schema and in the one dbt project."""
    names = [model.table_name, source_table(model), staging(model), rejected(model), read_model(model)]
    names += [lake_view(model.table_name), lake_view(source_table(model)), archive(model), history(model)]
    names += [unit_test_input(model)] if model.examples else []
    return [*names, versions(model), changes(model)] if model.has_versions else names


def model_names(model: ObjectModel) -> list[str]:
    """The dbt models an object becomes."""
    found = [staging(model), rejected(model), model.table_name, read_model(model)]
    found += [versions(model), changes(model)] if model.has_versions else []
    return found + ([archive(model), history(model)] if model.ages else [])


def implied_names(model: ObjectModel) -> list[str]:
    """The names PostgreSQL itself takes beside the tables: their keys and the sequence of the raw records."""
    tables = [model.table_name, source_table(model), rejected(model)]
    tables += [versions(model)] if model.has_versions else []
    return [f"{table}_pkey" for table in tables] + [f"{source_table(model)}_raw_seq_seq"]
