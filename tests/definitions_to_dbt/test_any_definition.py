"""Whatever stands in a definition file: it is refused at a place that exists, or loads and renders the same twice."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_of_things import FILES, THING, THING_FILE, changed, write_library

from definitions_to_dbt.errors import DefinitionsError, ProblemError
from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import render

fast = settings(
    max_examples=200, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip

# An object that uses every key, so that every key is spoilt.
FULL = changed(
    {
        **THING,
        "spec_version": 1,
        "version": 3,
        "owner": "Shop",
        "tags": ["a-b"],
        "tenant_column": "label",
        "subject_column": "label",
        "renamed_from": "old_things",
        "examples": [{"description": "x", "payload": {"amount": "1.5"}, "row": {"amount": 1.5}}],
        "source": {
            "system": "till",
            "format": "json",
            "order": "changed_at",
            "business_key": ["thing_id"],
            "freshness": {"warn_after": "1 day", "error_after": "36 hours"},
            "reject_rate": {"warn_above": 0.1, "error_above": 0.2},
            "volume": {"warn_below": 1, "error_above": 100},
        },
    },
    "/table_schema/columns/-",
    {
        "name": "extra",
        "type": "String",
        "length": 20,
        "description": "x",
        "unique": True,
        "index": True,
        "default": "a",
        "source_path": "a.b",
        "null_values": ["-"],
        "pii": "mask",
        "unit": "m",
        "quality": [
            {"rule": "accepted_values", "values": ["a", "b"], "severity": "warning"},
            {"rule": "pattern", "regex": "[a-z]+", "is_active": False},
            {"rule": "length", "min": 1, "max": 5},
            {"rule": "expression", "sql": "extra <> label or amount > 1"},
            {"rule": "not_null", "severity": "info"},
        ],
    },
)
FULL = changed(FULL, "/table_schema/indexes", [{"name": "ix_a", "columns": ["label", "amount"], "unique": True}])
FULL = changed(FULL, "/table_schema/columns/3/quality", [{"rule": "range", "min": 0, "max": 10.5}])
FULL = changed(FULL, "/table_schema/columns/-", {"name": "twice", "type": "numeric(12,2)", "expression": "amount * 2"})

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_HOSTILE = st.sampled_from(
    ["", " ", "{{ 7*7 }}", "a;b", "'", '"', "\\", "--", "a\nb", "é", "x" * 70, "now()", "0", "-1", "1e9", "null",
     "select", "true", "../x", "amount", "label", "90 days", "thing_id", "things", "shelves.shelf_id", "text", "uuid",
     "json", "timestamptz", "%", "(", "{%", "Europe/Vienna", "mask", "event", "reference", 0, 1, -1, 2**31, 2**63,
     10**30, 0.5, 1e300, True, False, None, [], {}, [None], [[]], {"a": 1}, ["thing_id"], ["label", "label"]]
)  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One library for all examples: only the file in question is written again."""
    return write_library(tmp_path_factory.mktemp("any") / "definitions", {"object_models/shop/thing.json": FULL})


def _pointers(value: Any, at: str = "") -> Iterator[str]:
    yield at
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _pointers(inner, f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}")


def _is_refused_or_renders(root: Path, path: str, content: Any) -> None:
    (root / path).write_text(json.dumps(content, indent=1), encoding="utf-8")
    try:
        library = load_library(root)
    except DefinitionsError as errors:
        shown = set(_pointers(content))
        for problem in errors.problems:
            assert problem.code.startswith("E_") and problem.message and problem.line >= 1
            if problem.file == root / path:
                parent = problem.pointer.rpartition("/")[0]
                assert problem.pointer in shown or parent in shown, problem
        return
    except ProblemError:
        return
    first = render(library)
    assert first == render(library)
    for name, file in first.items():
        if name.endswith(".yml"):
            yaml.safe_load(file.text)


def _spoilt(draw: st.DrawFn, original: dict[str, Any]) -> dict[str, Any]:
    """One to three places of a good definition dropped, renamed, swapped with another or replaced."""
    document = copy.deepcopy(original)
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        places = [(parent, key) for parent, key in _places(document)]
        if not places:
            break
        parent, key = draw(st.sampled_from(places))
        how = draw(st.sampled_from(["drop", "rename", "replace", "swap", "copy"]))
        if how == "drop":
            del parent[key]
        elif how == "rename" and isinstance(parent, dict):
            parent[str(key)[:-1] + draw(st.sampled_from(["x", "", "S", "{{"]))] = parent.pop(key)
        elif how == "copy" and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
        elif how == "swap":
            other, other_key = draw(st.sampled_from(places))
            parent[key] = copy.deepcopy(other[other_key])
        else:
            parent[key] = copy.deepcopy(draw(_HOSTILE | _JSON))
    return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


@fast
@given(content=_JSON | st.dictionaries(st.sampled_from([*THING, *THING["table_schema"], "_metadata"]), _JSON))
def test_any_json_is_refused_with_a_place_or_loads(root: Path, content: Any) -> None:
    _is_refused_or_renders(root, THING_FILE, content)


@fast
@given(data=st.data())
def test_a_spoilt_object_is_refused_with_a_place_or_renders_the_same_twice(root: Path, data: st.DataObject) -> None:
    bare = {**THING["table_schema"], "_metadata": {"entity_code": "THING", "module": "SHOP"}}
    original = data.draw(st.sampled_from([FULL, THING, bare]))

    _is_refused_or_renders(root, THING_FILE, _spoilt(data.draw, original))


@settings(fast, max_examples=100)
@given(data=st.data())
def test_a_spoilt_kpi_or_module_is_refused_with_a_place_or_renders_the_same_twice(
    root: Path, data: st.DataObject
) -> None:
    (root / THING_FILE).write_text(json.dumps(FULL), encoding="utf-8")
    path = data.draw(st.sampled_from(["kpis/amount.json", "modules/SHOP.json"]))

    try:
        _is_refused_or_renders(root, path, _spoilt(data.draw, FILES[path]))
    finally:
        (root / path).write_text(json.dumps(FILES[path]), encoding="utf-8")


@fast
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_refused_with_a_line(root: Path, content: bytes) -> None:
    (root / THING_FILE).write_bytes(content)

    with pytest.raises(DefinitionsError) as refused:
        load_library(root)

    lines = content.count(b"\n") + 1
    assert all(1 <= problem.line <= lines for problem in refused.value.problems if problem.file == root / THING_FILE)


def test_the_object_that_uses_every_key_is_good(tmp_path: Path) -> None:
    library = load_library(write_library(tmp_path, {THING_FILE: FULL}))

    assert render(library) == render(library)
