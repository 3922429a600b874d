"""What a text in a definition may be: any link but one that runs code, and 10,000 characters."""

from __future__ import annotations

from pathlib import Path

import pytest
from shop_of_things import THING, THING_FILE, changed, problems_in, write_library
from test_hostile_texts import LIMIT

LINKS = ["[x](javascript:alert(1))", "[x]( JaVaScRiPt:alert(1))", "[x](java\tscript:alert(1))", "<vbscript:x>",
         "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x]: javascript:x", '<a href="javascript&#58;x">',
         "&#106;avascript:x", "[x](java\u200bscript:x)"]  # fmt: skip


@pytest.mark.parametrize("text", LINKS)
def test_a_link_that_runs_code_is_refused_in_every_text(text: str, tmp_path: Path) -> None:
    for pointer in ("/description", "/name", "/owner", "/table_schema/columns/4/description",
                    "/table_schema/columns/4/unit", "/table_schema/relationships/0/description"):  # fmt: skip
        root = write_library(tmp_path, {THING_FILE: changed(THING, pointer, text)})

        assert [(p.code, p.pointer) for p in problems_in(root)] == [("E_URL", pointer)]


@pytest.mark.parametrize(
    "text", ["https://example.org", "[x](https://a.b/c?d=e)", "Raw data: what was sent.", "<b>x</b>"]
)
def test_other_links_are_texts_like_any(text: str, tmp_path: Path) -> None:
    assert problems_in(write_library(tmp_path, {THING_FILE: changed(THING, "/description", text)})) == ()


def test_a_text_may_have_10_000_characters_and_no_more(tmp_path: Path) -> None:
    assert problems_in(write_library(tmp_path, {THING_FILE: changed(THING, "/description", LIMIT)})) == ()

    problems = problems_in(write_library(tmp_path, {THING_FILE: changed(THING, "/description", LIMIT + "x")}))

    assert [(p.code, p.pointer) for p in problems] == [("E_LIMIT", "/description")]
