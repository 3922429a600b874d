"""The docs against what they speak of: examples that load, a table of all modules, decisions that are counted."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from shop_of_things import FILES, write_library

from definitions_to_dbt.library import FOLDERS, load_library

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
TEXT = (DOCS / "20_definitions.md").read_text(encoding="utf-8")
# Heading of the section that holds the example -> folder of the kind.
SECTIONS = {
    "A module": "modules", "An object model": "object_models", "A shared attribute": "attributes", "A KPI": "kpis",
    "A benchmark": "benchmarks", "An industry": "industries", "A value chain": "value_chains", "A client": "clients",
    "An association": "associations",
}  # fmt: skip


def _examples() -> dict[str, dict[str, object]]:
    """The first JSON of each section, by folder."""
    found = {}
    for section, folder in SECTIONS.items():
        body = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
        fenced = re.search(r"^```json\n(.*?)^```", body, re.MULTILINE | re.DOTALL)
        assert fenced, f"no example of {section}"
        found[folder] = json.loads(fenced[1])
    return found


def test_each_of_the_nine_kinds_has_an_example_of_its_form() -> None:
    examples = _examples()

    assert set(examples) == set(FOLDERS)
    for folder, kind in FOLDERS.items():
        kind.model_validate_json(json.dumps(examples[folder]))


def test_the_example_of_an_object_is_a_whole_library_with_its_module(tmp_path: Path) -> None:
    examples = _examples()
    files = dict.fromkeys(FILES) | {
        f"{folder}/example.json": examples[folder] for folder in ("modules", "object_models", "attributes")
    }

    assert [model.code for model in load_library(write_library(tmp_path, files)).objects] == ["ORDER"]


def test_the_table_of_modules_is_that_of_the_library() -> None:
    told = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", TEXT, re.MULTILINE)

    counted = Counter(model.module for model in load_library(REPOSITORY / "definitions").objects)
    assert {code: int(count) for code, count in told} == counted


def test_decisions_are_counted_without_a_gap_and_say_their_number() -> None:
    files = sorted((DOCS / "decisions").glob("*.md"))

    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    for path in files:
        assert path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. "), path.name


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_a_decision_is_linked_by_its_number_and_is_there(page: Path) -> None:
    for number, file in re.findall(r"\[decision (\d+)\]\(decisions/([\w.]+)\)", page.read_text(encoding="utf-8")):
        assert file.startswith(f"{int(number):04}_") and (DOCS / "decisions" / file).is_file(), file
