"""What staging makes of raw records, as a query of its own: the same template, over any relation, without a run of dbt.

Text only; archive_jobs runs it in PostgreSQL to say what a record becomes under today's definition.
"""

from __future__ import annotations

from collections.abc import Sequence

from definitions_to_dbt.dbt_macros import rendered
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import Library
from definitions_to_dbt.render import staging_model
from definitions_to_dbt.sql import quote_literal

NOT_TOO_LONG = "'{}'::text[]"


def staged_select(library: Library, model: ObjectModel, schema: str, records: str, too_long: str = NOT_TOO_LONG) -> str:
    """The SELECT of `stg_<module>__<table>` over `records`, a relation with the columns of Layer 3.

    `schema` is a quoted name. `too_long` is an expression for what PostgreSQL's indexes refuse, from `too_long_for`.
    """
    return rendered(
        staging_model(library, model),
        schema,
        source=lambda _schema, _table: records,
        too_long_for_an_index=lambda _table: too_long,
    )


def unbounded_indexes(model: ObjectModel, schema: str) -> str:
    """A query for the names and the measure of each index that a record could be too long for."""
    return rendered(f"{{{{ unbounded_indexes('{model.table_name}') }}}}", schema)


def too_long_for(indexes: Sequence[tuple[str, str]]) -> str:
    """What `unbounded_indexes` has found, as the expression that staging adds to a record's errors."""
    if not indexes:
        return NOT_TOO_LONG
    cases = [
        f"case when {measure} > 2000 then {quote_literal(f'{names}: too long for an index')} end"
        for names, measure in indexes
    ]
    return f"array_remove(array[{', '.join(cases)}], null)"
