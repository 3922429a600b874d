"""Two archives of one table against each other, or one table in two schemas: what the one has and the other has not.

Both sides are streams of rows with the same columns. Equal rows are found first, by digest; what is left is paired.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import duckdb
import pyarrow as pa

from archive_jobs.tracing.comparison import SAMPLES, Comparison, counted, rows_as_dicts, sample_of
from archive_jobs.tracing.wide_rows import beside, count_differences, digest_of, keep, slices
from definitions_to_dbt.sql import quote_identifier


def keep_side(
    bench: duckdb.DuckDBPyConnection, side: str, texts: str, names: Sequence[str], pair_by: Sequence[str],
    stream: pa.RecordBatchReader | pa.Table,
) -> None:  # fmt: skip
    """Take one side in: `e` is what is expected, `f` what is found. `texts` selects the columns as texts."""
    keep(bench, f"{side}_texts", stream, f"row_number() over () as nr, {texts}")
    digest = digest_of(names)
    pair = digest_of(pair_by) if pair_by else digest
    bench.execute(
        f"create or replace temp table {side}_rows as select *, row_number() over (partition by pair, digest) as nth"
        f" from (select nr, {pair} as pair, {digest} as digest from {side}_texts)"
    )


def compare_sides(
    bench: duckdb.DuckDBPyConnection, report: Comparison, names: Sequence[str], pair_by: Sequence[str]
) -> Comparison:
    """Fill the report. Rows are paired by the columns `pair_by`; without any, only equal rows are, each once."""
    bench.execute(
        "create or replace temp table equal_rows as select e.nr as e_nr, f.nr as f_nr from e_rows as e"
        " inner join f_rows as f on e.pair = f.pair and e.digest = f.digest and e.nth = f.nth"
    )
    for side in "ef":
        bench.execute(
            f"create or replace temp table {side}_left as select nr, pair, row_number() over (partition by pair"
            f" order by digest) as nth from {side}_rows where nr not in (select {side}_nr from equal_rows)"
        )
    bench.execute(
        "create or replace temp table differing as select row_number() over () as nr, e.nr as e_nr, f.nr as f_nr,"
        " case when e.nr is null then 'extra' when f.nr is null then 'missing' else 'changed' end as verdict"
        " from e_left as e full join f_left as f on e.pair = f.pair and e.nth = f.nth"
    )
    _report(bench, report, list(names), list(pair_by))
    return report


def _report(bench: duckdb.DuckDBPyConnection, report: Comparison, names: list[str], named_by: list[str]) -> None:
    verdicts = ", ".join(
        f"count(*) filter (where verdict = '{verdict}') as {verdict}" for verdict in ("missing", "extra", "changed")
    )
    sides = ", ".join(
        f"(select count(*) from {side}_rows) as {name}" for side, name in (("e", "expected"), ("f", "found"))
    )
    report.counts = counted(
        bench.execute(f"select {sides}, (select count(*) from equal_rows) as equal, {verdicts} from differing")
    )
    differences: Counter[str] = Counter()
    for first, last in slices(bench, "select nr from differing where verdict = 'changed'"):
        part = f"verdict = 'changed' and nr between {first} and {last}"
        count_differences(bench, _whole(names, part), names, differences)
    report.columns = {name: differences[name] for name in names if differences[name]}
    order = ", ".join(
        f"coalesce({quote_identifier(f'e_{n}')}, {quote_identifier(f'f_{n}')})" for n in named_by or names
    )
    for problem in ("missing", "extra", "changed"):
        wide = _whole(names, f"verdict = '{problem}'")
        for row in rows_as_dicts(bench.execute(f"select * from ({wide}) order by {order} limit {SAMPLES}")):
            shown = {n: row[f"f_{n}"] if problem == "extra" else row[f"e_{n}"] for n in named_by}
            report.samples.append(sample_of(problem, shown, names, row))


def _whole(names: Sequence[str], condition: str) -> str:
    """The differing rows under the condition, whole."""
    return (
        f"select {beside(names)} from (from differing where {condition}) as d"
        " left join e_texts as e on d.e_nr = e.nr left join f_texts as f on d.f_nr = f.nr"
    )
