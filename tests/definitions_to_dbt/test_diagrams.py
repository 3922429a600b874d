"""The diagram of a module: what Mermaid is told, and a picture in which no table hides another."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from shop_of_things import SHELF, THING, THING_FILE, changed, loaded

from definitions_to_dbt.diagram import Box, Diagram, Link, diagram, mermaid
from definitions_to_dbt.diagram_svg import svg
from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import render

REPOSITORY = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
DEPOT: dict[str, Any] = {
    "modules/DEPOT.json": {"code": "DEPOT", "name": "Depot <b> & *yard*"},
    "object_models/shop/shelf.json": changed(changed(SHELF, "/module", "DEPOT"), "/display_column", "height"),
}


def test_mermaid_is_told_keys_links_and_the_tables_of_others(tmp_path: Path) -> None:
    library = loaded(tmp_path / "definitions", DEPOT | {THING_FILE: changed(THING, "/display_column", "label")})

    assert mermaid(diagram(library, "SHOP")).splitlines() == [
        "erDiagram",
        "    things {",
        "        uuid thing_id PK",
        "        text label",
        "        integer shelf_id FK",
        "    }",
        "    shelves",
        "    shelves |o--o{ things : shelf_id",
    ]


def test_there_is_a_page_for_each_module_under_its_name_as_text(tmp_path: Path) -> None:
    files = render(loaded(tmp_path / "definitions", DEPOT))

    assert "```mermaid\nerDiagram\n" in files["diagrams/shop.md"].text
    assert "# Depot \\<b\\> \\& \\*yard\\*\n" in files["diagrams/depot.md"].text


def test_words_of_mermaid_are_quoted_where_they_are_names() -> None:
    link = Link("end", "to", "class", is_optional=False, is_single=True)

    assert mermaid(Diagram("M", "M", (Box("class"), Box("end")), (link,))).splitlines() == [
        "erDiagram", '    "class"', '    "end"', '    "class" ||--o| "end" : "to"',
    ]  # fmt: skip


def boxes_of(picture: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each table, the background left out."""
    rectangles = list(ElementTree.fromstring(picture).iter(f"{SVG}rect"))[1::2]
    found = [[float(one.attrib[name]) for name in ("x", "y", "width", "height")] for one in rectangles]
    return [(x, y, x + width, y + height) for x, y, width, height in found]


def many_tables(count: int) -> Diagram:
    """Tables in a circle, each with itself and three others, and some that stand alone."""
    names = [f"table_{number}" for number in range(count)]
    links = [
        Link(name, f"to_{step}", names[(place + step) % count], is_optional=step > 1, is_single=step == 0)
        for place, name in enumerate(names)
        for step in (0, 1, 4, 7)
    ]
    return Diagram(
        "MANY", "Many", tuple(Box(name, left_out=3) for name in [*names, "alone_1", "alone_2"]), tuple(links)
    )


@pytest.mark.parametrize("count", [1, 2, 15, 40])
def test_no_table_hides_another_and_all_are_in_the_picture(count: int) -> None:
    picture = svg(many_tables(count))
    boxes, root = boxes_of(picture), ElementTree.fromstring(picture)

    assert len(boxes) == count + 2
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    assert all(
        right <= float(root.attrib["width"]) and low <= float(root.attrib["height"]) for _, _, right, low in boxes
    )


def test_every_module_of_the_library_has_a_picture_with_each_of_its_tables_and_links() -> None:
    library = load_library(REPOSITORY / "definitions")
    for module in {model.module for model in library.objects}:
        shown = diagram(library, module)
        root = ElementTree.fromstring(svg(shown))
        texts = [text.text for text in root.iter(f"{SVG}text")]
        assert {box.name for box in shown.boxes} <= set(texts)
        assert len(list(root.iter(f"{SVG}title"))) == len(shown.links)
