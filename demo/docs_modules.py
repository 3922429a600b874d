"""What the docs site adds to the pages of modules: the diagram, the marts made from them, what stands in the lake."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archive_jobs.keeping.status import TableStatus
from definitions_to_dbt.diagram import diagram
from definitions_to_dbt.diagram_svg import svg
from definitions_to_dbt.library import Library
from definitions_to_dbt.module_pages import MODULES, page_of
from demo.docs_archive import checked, first_day, last_day

_TABLES = "## Tables\n"
_END = f"[All modules](#!/overview/{MODULES})"


def add_modules(manifest: dict[str, Any], library: Library, archived: Sequence[TableStatus]) -> None:
    """Fill up the page of each module; the first page and the page of its sources lead there."""
    pages = {block["name"]: block for block in manifest["docs"].values()}
    links: list[str] = []
    for module in library.modules:
        page = pages.get(f"__{page_of(module.code)}__")
        if page is None:
            continue
        link = f"[{module.name}](#!/overview/{page_of(module.code)})"
        links.append(link)
        before_tables = f"{_marts(manifest, module.code)}{_TABLES}\n{_picture(library, module.code)}\n"
        tables = {model.table_name for model in library.of_module(module.code)}
        text = page["block_contents"].replace(_TABLES, before_tables, 1)
        page["block_contents"] = text.replace(_END, f"{_in_the_lake(tables, archived)}{_END}", 1)
        for node in manifest["sources"].values():
            if node["source_name"] == module.code.lower():
                node["source_description"] += f"\n\nDiagram, figures and owners: {link}."
    if links and "__overview__" in pages:
        pages["__overview__"]["block_contents"] += f"\n\n**Modules:** {', '.join(links)}.\n"


def _picture(library: Library, code: str) -> str:
    picture = base64.b64encode(svg(diagram(library, code)).encode()).decode()
    return f"![How the tables of {code} hang together](data:image/svg+xml;base64,{picture})\n"


def _marts(manifest: Mapping[str, Any], code: str) -> str:
    """The marts that are made from tables of the module, by way of whatever."""
    nodes, rows = manifest["nodes"], list[str]()
    for unique_id, node in sorted(nodes.items()):
        is_mart = node["resource_type"] == "model" and "marts" in node["fqn"]
        if is_mart and any(code.lower() in nodes[above]["fqn"] for above in _above(manifest, unique_id)):
            owner = node["config"]["meta"].get("owner", "")
            rows.append(f"| `{node['name']}` | {_first_sentence(node['description'])} | {owner} |")
    return _section("Marts", ("mart", "what a row is", "owner"), rows)


def _above(manifest: Mapping[str, Any], unique_id: str) -> Iterator[str]:
    seen, waiting = set[str](), [unique_id]
    while waiting:
        for parent in manifest["parent_map"].get(waiting.pop(), ()):
            if parent in manifest["nodes"] and parent not in seen:
                seen.add(parent)
                waiting.append(parent)
                yield parent


def _first_sentence(description: str) -> str:
    return " ".join(description.split()).partition(". ")[0].rstrip(".").replace("|", "\\|") + "."


def _in_the_lake(tables: set[str], archived: Sequence[TableStatus]) -> str:
    """What of the module is archived by now."""
    rows = [
        f"| `{one.table if one.kind == 'analytics' else f'source_{one.table}'}` | {checked(one)} | {first_day(one)} |"
        f" {last_day(one)} | {one.rows:,} | {one.bytes / 1e6:,.1f} |"
        for one in archived
        if one.table in tables and one.units
    ]
    return _section("In the lake", ("table", "last verification", "from", "to", "rows", "MB"), rows)


def _section(title: str, head: Sequence[str], rows: Sequence[str]) -> str:
    """A table under a heading; nothing where it has no rows."""
    lines = [f"## {title}\n", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *rows, "\n"]
    return "\n".join(lines) if rows else ""
