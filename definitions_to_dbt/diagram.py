"""The tables of a module and how they point at each other, and the same as Mermaid for `diagrams/<module>.md`.

Shows keys, foreign keys and the display column of each table; a table of another module is a name alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.library import Library

# Words that Mermaid 11 takes for its own where a name may stand.
_MERMAID_WORDS = frozenset(("one", "many", "to", "class", "style", "end", "classdef"))


@dataclass(frozen=True)
class Line:
    """One column in a box."""

    name: str
    type: str
    marks: str


@dataclass(frozen=True)
class Box:
    """One table. `left_out` counts the columns that are not shown; one of another module has no lines."""

    name: str
    lines: tuple[Line, ...] = ()
    left_out: int = 0
    is_foreign: bool = False


@dataclass(frozen=True)
class Link:
    """A foreign key: from the child's column to the parent. `is_single`: no two children have the same parent."""

    child: str
    column: str
    parent: str
    is_optional: bool
    is_single: bool


@dataclass(frozen=True)
class Diagram:
    """The boxes of a module in the order of their names, and the links between them."""

    module: str
    name: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]


def diagram(library: Library, module: str) -> Diagram:
    """The diagram of one module, with the tables of others that its own point at."""
    models = sorted(library.of_module(module), key=lambda model: model.table_name)
    own = {model.table_name for model in models}
    links = tuple(link for model in models for link in _links(model))
    others = sorted({link.parent for link in links} - own)
    title = next((one.name for one in library.modules if one.code == module), module)
    boxes = [_box(model) for model in models] + [Box(name, is_foreign=True) for name in others]
    return Diagram(module, title, tuple(boxes), links)


def _box(model: ObjectModel) -> Box:
    shown = [column for column in model.columns if _marks(model, column)]
    lines = tuple(Line(column.name, column.pg_type.sql, _marks(model, column)) for column in shown)
    return Box(model.table_name, lines, len(model.columns) - len(shown))


def _marks(model: ObjectModel, column: Column) -> str:
    """PK, FK or both; a dot for what readers see of the table; empty for columns that are left out."""
    marks = ["PK"] if column.name in model.primary_key else []
    marks += ["FK"] if column.foreign_key else []
    return ",".join(marks) or ("·" if column.name == model.display_column else "")


def _links(model: ObjectModel) -> Iterator[Link]:
    for column in model.columns:
        if column.foreign_key:
            parent = column.foreign_key.partition(".")[0]
            is_single = column.unique or model.primary_key == (column.name,)
            yield Link(model.table_name, column.name, parent, column.nullable, is_single)


def mermaid_file(shown: Diagram, notice: str) -> str:
    """The page of one module: GitHub draws it."""
    return (
        f"<!-- {notice} -->\n# {_plain(shown.name)}\n\n"
        "Keys, foreign keys and what readers see of a table; other columns are left out.\n\n"
        f"```mermaid\n{mermaid(shown)}```\n"
    )


def mermaid(shown: Diagram) -> str:
    """The source of an entity relationship diagram."""
    lines = ["erDiagram"]
    for box in shown.boxes:
        if not box.lines:
            lines.append(f"    {_entity(box.name)}")
            continue
        lines.append(f"    {_entity(box.name)} {{")
        lines += [f"        {_type(line.type)} {line.name}{_keys(line.marks)}" for line in box.lines]
        lines.append("    }")
    lines += [
        f"    {_entity(link.parent)} {_ends(link)} {_entity(link.child)} : {_entity(link.column)}"
        for link in shown.links
    ]
    return "\n".join(lines) + "\n"


def _ends(link: Link) -> str:
    return f"{'|o' if link.is_optional else '||'}--{'o|' if link.is_single else 'o{'}"


def _entity(name: str) -> str:
    return f'"{name}"' if name in _MERMAID_WORDS else name


def _type(written: str) -> str:
    """Mermaid takes letters, digits, brackets and hyphens."""
    return written.replace(" ", "_").replace(",", "-")


def _keys(marks: str) -> str:
    return "" if marks == "·" else f" {marks}"


def _plain(text: str) -> str:
    """A name on one line that is text and nothing else."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()#+-.!|<>$&" else letter for letter in " ".join(text.split()))


def diagram_files(library: Library, notice: str) -> dict[str, str]:
    """Every module's page by its path below the dbt project. Outside models/, where dbt would read it for blocks."""
    modules: Sequence[str] = sorted({model.module for model in library.objects})
    return {f"diagrams/{module.lower()}.md": mermaid_file(diagram(library, module), notice) for module in modules}
