"""The page of a module: what it says, and that no words of a definition can end it or become anything but text."""

from __future__ import annotations

import re
from pathlib import Path

from shop_of_things import SHELF, THING, THING_FILE, changed, loaded

from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import render

REPOSITORY = Path(__file__).parents[2]
HOSTILE = "ends {% enddocs %} {{ env_var('X') }} {# | <script>alert(1)</script>\n# Not a heading `x` [y](z) _e_ a_b"
PAGE = "models/semantic/shop/_shop__page.md"


def body_of(text: str) -> str:
    found = re.fullmatch(r"<!-- [^>]+ -->\n{% docs \w+ %}\n(.*){% enddocs %}\n", text, re.DOTALL)
    assert found
    return found[1]


def test_each_module_with_tables_has_a_page_and_one_page_leads_to_all(tmp_path: Path) -> None:
    empty = {"modules/EMPTY.json": {"code": "EMPTY", "name": "Nothing yet"}}
    files = render(loaded(tmp_path / "definitions", empty))

    assert [path for path in files if path.endswith(".md") and "semantic" in path] == [
        "models/semantic/_modules.md", PAGE,
    ]  # fmt: skip
    assert "(#!/overview/module_shop)" in body_of(files["models/semantic/_modules.md"].text)
    assert "{% docs __module_shop__ %}" in files[PAGE].text


def test_a_page_tells_purpose_owner_readers_figures_and_tables() -> None:
    text = render(load_library(REPOSITORY / "definitions"))["models/semantic/commerce/_commerce__page.md"].text

    for said in (
        "# Commerce\n\nWhat a shop sells, to whom",
        "**Shop operations** answers for it",
        "| Daily sales report (report) | What the store managers read in the morning. | `mart_daily_sales` |",
        "| Refund rate `refund_rate` | Part of the orders whose newest state is refunded. | percent | less | month |",
        "| `cart_abandonment_rate` | Retail | 2024-01-01 to 2024-12-31 | p10 52, p25 61, p50 70, p75 77, p90 84 | at",
        "| event | 90 days, in the lake 7 years | `history_orders` | Shop operations |",
        "| entity | always | `customers_read`, `customers_versions` | Shop operations |",
    ):
        assert said in text, said


def test_words_of_a_definition_stay_words(tmp_path: Path) -> None:
    module = {"code": "SHOP", "name": "Shop", "description": HOSTILE, "owner": HOSTILE}
    files = {
        "modules/SHOP.json": module,
        THING_FILE: changed(THING, "/description", HOSTILE),
        "object_models/shop/shelf.json": changed(SHELF, "/owner", HOSTILE),
    }

    text = body_of(render(loaded(tmp_path / "definitions", files))[PAGE].text)

    assert not re.search(r"\{[%{#]|<script|(?<!\\)`x|(?<!\\)\[y|\n# Not|(?<!\\)_e| a\\_b", text)
    assert len({line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("| `")}) == 1
