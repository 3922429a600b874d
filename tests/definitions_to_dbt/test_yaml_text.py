"""The YAML we write is byte for byte what PyYAML writes, and reads back as what went in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from definitions_to_dbt.yaml_text import Dumper, yaml_text

REPOSITORY = Path(__file__).parents[2]


def pyyaml(content: Any) -> str:
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=2**20)


AWKWARD = [
    "",
    " ",
    "a",
    "y",
    "Yes",
    "NO",
    "null",
    "Null",
    "~",
    "on",
    "1",
    "1.5",
    "1e3",
    "0x1F",
    "0o7",
    "1_000",
    "12:30:45",
    "2024-01-01",
    ".5",
    ".inf",
    "a: b",
    "a:b",
    "a :b",
    "a:",
    ":a",
    "a #b",
    "a# b",
    "#a",
    "- a",
    "-a",
    "-",
    "? a",
    "?a",
    "a ",
    " a",
    "a  b",
    "a\nb",
    "a\n\nb",
    "a\nb\n",
    "\na",
    "a\n b",
    "a \nb",
    "a\tb",
    "'a'",
    'say "a"',
    "it's",
    "{{ x }}",
    "{a}",
    "[a]",
    "a, b",
    "a]",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a",
    "|",
    ">",
    "| a",
    "=",
    "<<",
    "a=b",
    "é",
    "日本",
    "😀",
    "\u2028",
    "\x85",
    "\xa0",
    "\ufeff",
    "a\\b",
    "C:\\x",
    "not _deleted",
    "value >= 0",
    "$.a.b",
    "a; b",
    "http://x.y/z?q=1",
    "a" * 200,
    "true and false",
    "n/a",
    "---",
    "--- a",
    "...",
    "a\r\nb",
    "_",
    "_a",
    "a:1",
    "a:_b",
    "a::b",
    "a.",
    "x:#y",
    "(a)",
    "t",
    "F",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_an_awkward_text_is_written_as_pyyaml_writes_it(text: str) -> None:
    for content in ({"k": text}, {"a": {"b": [{"c": text, "d": text}, text]}}, [[text], {"k": [text]}]):
        assert yaml_text(content) == pyyaml(content)
        assert yaml.safe_load(yaml_text(content)) == yaml.safe_load(pyyaml(content))


TEXTS = st.one_of(
    st.sampled_from(AWKWARD), st.text(max_size=12), st.text("ab:# -'\"\n,{}[]&*!|>%@`\\~?=.1", max_size=10)
)
SCALARS = st.one_of(TEXTS, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False))
CONTENT = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(TEXTS, CONTENT, min_size=1, max_size=3))
@example({"a": [[], {}, [[]], {"b": {}}, ()]})
@example({"a": [[1, [2, {"b": "c\nd"}]]]})
def test_any_content_is_written_as_pyyaml_writes_it(content: dict[str, Any]) -> None:
    assert yaml_text(content) == pyyaml(content)


@pytest.mark.parametrize("key", ["a" * 200, "a\nb", 5, None, True, "", "yes"])
def test_a_key_that_is_no_short_text_is_written_as_pyyaml_writes_it(key: Any) -> None:
    assert yaml_text({"a": [{key: 1}]}) == pyyaml({"a": [{key: 1}]})


def test_every_committed_generated_file_is_what_pyyaml_would_write() -> None:
    paths = [p for p in (REPOSITORY / "dbt_project").rglob("*.yml") if p.read_text().startswith("# Generated from")]
    assert len(paths) > 5

    for path in paths:
        _notice, _, text = path.read_text().partition("\n")
        # Read by the library in C: who writes is asked here.
        content = yaml.load(text, Loader=yaml.CSafeLoader)
        assert yaml_text(content) == text == pyyaml(content), path
