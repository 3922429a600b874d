"""The page beside the docs site that draws where a column comes from and goes: `lineage.html#orders.order_total`.

One file, no network: the whole graph as JSON, and `lineage_page.html`, which draws the part that is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from definitions_to_dbt.column_lineage import Lineage
from definitions_to_dbt.library import Library
from definitions_to_dbt.lineage_graph import Graph, personal_in_the_clear

LINEAGE_PAGE = "lineage.html"
_PLACE = '"LINEAGE INLINE DATA"'


def lineage_page(lineages: Sequence[Lineage], library: Library, pages: Mapping[str, str]) -> str:
    """The text of the page. `pages` is where each model's own page is."""
    graph = Graph.of(lineages)
    columns = sorted({*graph.sources, *graph.targets})
    number = {column: place for place, column in enumerate(columns)}
    personal = personal_in_the_clear(library)
    layers = {lineage.model: lineage.layer for lineage in lineages}
    found = [
        [
            column,
            [number[source] for source in graph.sources.get(column, ())],
            graph.how.get(column, ""),
            int(column in personal),
        ]
        for column in columns
    ]
    models = sorted({_model(column) for column in columns})
    data = {"columns": found, "models": {name: [layers.get(name, "source"), _page(name, pages)] for name in models}}
    text = (Path(__file__).parent / "lineage_page.html").read_text(encoding="utf-8")
    return text.replace(_PLACE, json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"))


def _model(column: str) -> str:
    return column.partition(".")[0]


def _page(model: str, pages: Mapping[str, str]) -> str:
    """The page of a model, or of a figure as its metric; empty where there is none."""
    return pages.get(model.removeprefix("kpi:").lower(), "")
