"""The table of codes in the docs, held against the code and the cases, so that neither can drift."""

from __future__ import annotations

import re
from pathlib import Path

from test_bad_definitions import CASES

REPOSITORY = Path(__file__).parents[2]
TABLE = (REPOSITORY / "docs" / "60_problem_codes.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(E_\w+)` \| (.+?) \| (.*?) ?\|$", TABLE, re.MULTILINE)
# Met in files of their own: texts, paths of definitions and of generated files, files that cannot be read, contracts.
ELSEWHERE = {"E_URL", "E_READ", "E_PATH", "E_YAML_ALIAS", "E_YAML_SYNTAX"}


def test_the_table_lists_the_codes_that_the_code_can_give() -> None:
    sources = (REPOSITORY / "definitions_to_dbt").rglob("*.py")
    used = {code for path in sources for code in re.findall(r'["\s](E_[A-Z_]+)[":]', path.read_text(encoding="utf-8"))}

    assert {code for code, _, _ in ROWS} == used


def test_every_code_has_one_row_in_order_with_a_meaning() -> None:
    codes = [code for code, _, _ in ROWS]

    assert codes == sorted(set(codes))
    assert all(meaning.strip() for _, meaning, _ in ROWS)


def test_every_code_is_met_by_a_case() -> None:
    assert {code for code, _, _ in ROWS} - ELSEWHERE == {case.code for case in CASES}
