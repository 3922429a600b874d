"""Two archives of one table against each other, or one table in two schemas: what the one has and the other has not.

Both sides are relations of DuckDB with the same columns, which joins them and spills where memory ends.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from archive_jobs.copying.canonical import duckdb_text
from archive_jobs.tracing.comparison import SAMPLES, Comparison, counted, rows_as_dicts, sample_of
from definitions_to_dbt.lake import LakeColumn
from definitions_to_dbt.sql import quote_identifier


def compare_sides(
    engine: duckdb.DuckDBPyConnection,
    report: Comparison,
    columns: Sequence[LakeColumn],
    pair_by: Sequence[str],
    expected: str,
    found: str,
) -> Comparison:
    """Fill the report. Rows are paired by the columns `pair_by`; without any, equal rows are paired, each once.

    Rows that share their values in `pair_by` are paired in the order of all their values.
    """
    paired = list(pair_by) or [column.name for column in columns]
    for name, rows in (("e", expected), ("f", found)):
        texts = ", ".join(f"{duckdb_text(c)} as {quote_identifier(f'{name}_{c.name}')}" for c in columns)
        by = ", ".join(quote_identifier(f"{name}_{one}") for one in paired)
        every = ", ".join(quote_identifier(f"{name}_{c.name}") for c in columns)
        order = f" order by {every}" if pair_by else ""
        engine.execute(
            f"create or replace temp table side_{name} as select *, row_number() over (partition by {by}{order})"
            f" as {name}_nth from (select {texts} from ({rows}) as {name})"
        )
    on = " and ".join(
        f"{quote_identifier(f'e_{one}')} is not distinct from {quote_identifier(f'f_{one}')}" for one in paired
    )
    differs = {
        c.name: f"{quote_identifier(f'e_{c.name}')} is distinct from {quote_identifier(f'f_{c.name}')}" for c in columns
    }
    engine.execute(
        "create or replace temp table side_by_side as select *, case when e_nth is null then 'extra' when f_nth is null"
        f" then 'missing' when {' or '.join(differs.values())} then 'changed' else 'equal' end as verdict"
        f" from side_e full join side_f on e_nth = f_nth and {on}"
    )
    _count(engine, report, differs, paired if pair_by else [column.name for column in columns])
    return report


def _count(
    engine: duckdb.DuckDBPyConnection, report: Comparison, differs: dict[str, str], named_by: Sequence[str]
) -> None:
    verdicts = ", ".join(
        f"count(*) filter (where verdict = '{verdict}') as {verdict}"
        for verdict in ("equal", "missing", "extra", "changed")
    )
    report.counts = counted(
        engine.execute(f"select count(e_nth) as expected, count(f_nth) as found, {verdicts} from side_by_side")
    )
    columns = ", ".join(f"count(*) filter (where {test}) as {quote_identifier(name)}" for name, test in differs.items())
    numbers = counted(engine.execute(f"select {columns} from side_by_side where verdict = 'changed'"))
    report.columns = {name: number for name, number in numbers.items() if number}
    order = ", ".join(f"coalesce({quote_identifier(f'e_{n}')}, {quote_identifier(f'f_{n}')})" for n in named_by)
    for problem in ("missing", "extra", "changed"):
        shown = engine.execute(
            f"select * from side_by_side where verdict = ? order by {order} limit {SAMPLES}", [problem]
        )
        for row in rows_as_dicts(shown):
            names = {n: row[f"f_{n}"] if problem == "extra" else row[f"e_{n}"] for n in named_by}
            report.samples.append(sample_of(problem, names, list(differs), row))
