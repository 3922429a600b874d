"""The quick way to read a definition never says anything else than the strict one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions_to_dbt.json_text import MAX_DEPTH, JsonDocument, JsonFaultError, _plain, _Reader, read_json


def strict(text: str) -> Any:
    try:
        return _Reader(text).document()
    except JsonFaultError as fault:
        return fault.code


ODD = [
    "",
    " ",
    "null",
    "{}",
    "[]",
    '{"a": 1, "a": 2}',
    '{"a": NaN}',
    '{"a": -Infinity}',
    '{"a": 1e400}',
    '{"a": -0}',
    '{"a": ' + "9" * 401 + "}",
    '{"a": 1.' + "0" * 401 + "}",
    '{"a": "\\u0041"}',
    '{"a": "\\ud800"}',
    '{"a": "\\u0000"}',
    '{"a": "\x7f"}',
    '{"a": "\x85"}',
    '{"a": "\t"}',
    '{"a": 01}',
    '{"a": .5}',
    '{"a": 1.}',
    '{"a": 1,}',
    "{'a': 1}",
    '{"a": 1} x',
    '{"a": tru}',
    '{"a": true}',
    "\ufeff{}",
    '{"a":\x0b1}',
    '{"a":\xa01}',
    '{"a": 1e5, "b": 1E-5, "c": 1.5}',
    "[" * MAX_DEPTH + "]" * MAX_DEPTH,
    "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
    "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH,
    "[" * (MAX_DEPTH - 1) + "1" + "]" * (MAX_DEPTH - 1),
    "[" * 100_000,
]


@pytest.mark.parametrize("text", ODD)
def test_an_odd_text_is_left_to_the_strict_reader_or_read_alike(text: str) -> None:
    quick = _plain(text)

    assert quick is None or (repr(quick), type(quick)) == (repr(strict(text)), type(strict(text)))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.booleans(), st.integers(0, 60), st.sampled_from('{}[]":,x 0-.eE\\u\n'))
def test_any_text_is_left_to_the_strict_reader_or_read_alike(value: Any, ascii: bool, place: int, put: str) -> None:
    text = json.dumps({"a": value}, ensure_ascii=ascii)
    for spoiled in (text, text[:place] + put + text[place:]):
        quick = _plain(spoiled)
        assert quick is None or repr(quick) == repr(strict(spoiled))


def test_lines_are_known_however_the_text_was_read(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{\n "a": [\n  1,\n  {"b": 2}\n ]\n}\n')

    document = read_json(file, file)

    assert isinstance(document, JsonDocument)
    assert [document.line(pointer) for pointer in ("", "/a", "/a/1", "/a/1/b", "/nowhere")] == [1, 2, 4, 4, 1]
