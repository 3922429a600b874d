"""The command `definitions-to-dbt lineage`: where a column comes from and where it goes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

Definitions = Annotated[Path, typer.Option("--definitions", metavar="DIR", help="The folder of definitions.")]
Project = Annotated[Path, typer.Option("--project", metavar="DIR", help="The dbt project with hand-written models.")]


def lineage(
    column: Annotated[str, typer.Argument(metavar="[TABLE.COLUMN]", help="As in orders_read.customer_name.")] = "",
    definitions: Definitions = Path("definitions"),
    project: Project = Path("dbt_project"),
    check: Annotated[bool, typer.Option("--check", help="Exit 1 where a model shows personal data.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show where a column comes from, back to the payload, and where it goes, on to KPIs and hand-written models.

    Reads the definitions and the SQL of hand-written models, touches nothing. Without a column: every model with
    what its columns are made of. Exit status 0: shown; 1: --check found a hand-written model that shows personal
    data in the clear; 2: no such column, or bad definitions.

    Example: definitions-to-dbt lineage orders_read.customer_name
    """
    from definitions_to_dbt.column_lineage import column_lineage
    from definitions_to_dbt.library import load_library
    from definitions_to_dbt.lineage_file import lineage_file
    from definitions_to_dbt.lineage_graph import Graph, leaks
    from definitions_to_dbt.mart_lineage import mart_lineage

    library = load_library(definitions)
    lineages = column_lineage(library)
    marts = mart_lineage(library, project, lineages)
    untold = [f"{mart.path}: not told: {mart.untold}" for mart in marts if mart.untold]
    if check:
        found = leaks(library, marts)
        print(json.dumps({"leaks": found, "untold": untold}, indent=2) if as_json else "\n".join([*found, *untold]))
        told = f"{len(marts) - len(untold)} hand-written models read, {len(found)} columns with personal data"
        print(told, file=sys.stderr)
        sys.exit(1 if found else 0)
    everything = sorted([*lineages, *(mart.lineage for mart in marts)], key=lambda one: one.model)
    graph = Graph.of(everything)
    if not column:
        if as_json:
            print(lineage_file(everything), end="")
        else:
            for node, sources in graph.sources.items():
                print(f"{node} <- {', '.join(sources) or 'a count'}{_in_brackets(graph.how[node])}")
    elif as_json:
        node = graph.named(column)
        print(json.dumps({"column": node, **{w: graph.reached(node, up=w == "up") for w in ("up", "down")}}, indent=2))
    else:
        node = graph.named(column)
        print("\n".join([node, "comes from", *graph.tree(node, up=True), "goes to", *graph.tree(node, up=False)]))
    for line in untold:
        print(line, file=sys.stderr)


def _in_brackets(how: str) -> str:
    return f"  ({how})" if how else ""
