"""Free text arrives as it was written, through JSON, YAML, Jinja and SQL, and is never run: cases 57 to 73.

One project is generated from all of the texts and parsed, seeded and compiled by dbt itself, with the check of its
YAML that dbt keeps for other databases forced on.
"""

from __future__ import annotations

import csv
import io
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dbt.cli.main import dbtRunner
from dbt.clients.jinja import get_rendered
from dbt.clients.yaml_helper import load_yaml_text
from dbt.jsonschemas import jsonschemas
from shop_of_things import THING_FILE, write_library

from definitions_to_dbt.dbt_text import as_yaml, never_rendered
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.library import Library, load_library
from definitions_to_dbt.render import render
from definitions_to_dbt.skeleton import skeleton_files
from definitions_to_dbt.sql import quote_literal
from definitions_to_dbt.write import find_drift, write_missing, write_project
from demo.remembering_dbt import remember

REPOSITORY = Path(__file__).parents[2]
CANARY = "canary-3f1d-that-nobody-may-see"
TEXTS = {
    "57": "{{ env_var('DB_PASSWORD') }}",
    "58": "{% raw %}x{% endraw %}{{7*7}}",
    "58 not closed": "{% raw %}",
    "59": "{#c#}",
    "59 not closed": "{# never closed",
    "60": "price {{ unclosed",
    "60 only": "{{",
    "60 three": "{{{ a }}} {{{{",
    "60 closing": "}} %} #} {}} { {",
    "61": "{%} and {%",
    "62": "\" ' \\ \\\\ \\n '' \"\" `",
    "62 in Jinja": "{{ \"a\" ~ 'b' }} \\",
    "63 colon": "a: b",
    "63 hash": "# x",
    "63 dash": "- x",
    "63 question": "? x",
    **{f"64 {word}": word for word in ("no", "on", "null", "~", "1e3", "0o17", "12:30:45", "2024-01-01", "<<", "=")},
    "64 number": "007",
    "65 tag": "!!python/object/apply:os.system ['true']",
    "65 anchor": "&a",
    "65 alias": "*a",
    "65 directive": "%TAG ! tag:x,2000:",
    "65 documents": "---\na\n...\n--- b",
    "66 CRLF": "one\r\ntwo\rthree\n",
    "66 CRLF in Jinja": "one\r\n{{ two }}\r\n",
    "66 tab": "\ta\tb\t",
    "66 spaces": "  a  \n  b  ",
    "66 only spaces": "   ",
    "66 line ends": "a\n\n\n",
    "67 separators": "a\u2028b\u2029c\ufeffd",
    "67 emoji": "👩‍👩‍👧 e\u0301 ﷺ עברית \u202eright to left\u202c",
    "67 beyond": "\U0001f600\ufffe\uffff",
    "68": "*/ -- x\ndrop table things; /*",
    "69": "$$ $tag$ $view$ $body$",
    "70": "<script>alert(1)</script>",
    "73": "{{ log(env_var('DB_PASSWORD'), info=true) }}",
    "73 block": "{% do log(env_var('DB_PASSWORD'), info=true) %}",
    "template": "<< env_var >> <% for x in y %> <# c #>",
}
LIMIT = "x" * 10_000


# An object for each of these, and every text on a column of one of them: models take their time.
OF_OBJECTS = [
    word for word in TEXTS if word in ("57", "60", "62", "64 null") or word.startswith(("58", "65", "66", "67"))
]
PLACES = {word: (n % len(OF_OBJECTS), n) for n, word in enumerate(TEXTS)}


def _object(place: int) -> dict[str, Any]:
    """An event that ages, with its text wherever one may stand, and the columns that fall to it."""
    text = TEXTS[OF_OBJECTS[place]]
    columns: list[dict[str, Any]] = [{"name": "id", "type": "text", "primary_key": True, "description": text}]
    columns.append({"name": "at", "type": "timestamptz"})
    # Foreign keys in a circle: each object refers to the next, the last to the first.
    columns.append({"name": "next", "type": "text", "foreign_key": f"t{(place + 1) % len(OF_OBJECTS)}.id"})
    for word, (owner, n) in PLACES.items():
        if owner == place:
            columns += _columns(n, TEXTS[word])
    return {
        "code": f"T{place}",
        "name": text if text.strip() else "Nothing",
        "module": "SHOP",
        "description": text,
        "owner": text,
        "kind": "event",
        "time_column": "at",
        "archive": {"analytics": {"retention": "90 days"}},
        "examples": [{"description": text, "raw_id": text, "payload": {"id": text, text: text}, "row": {"id": text}}],
        "table_schema": {"table_name": f"t{place}", "description": text, "columns": columns},
    }


def _columns(n: int, text: str) -> list[dict[str, Any]]:
    rule = {"rule": "accepted_values", "values": [text], "description": text}
    return [
        {"name": f"described_{n}", "type": "integer", "description": text},
        {"name": f"measured_{n}", "type": "integer", "unit": text},
        {"name": f"one_of_{n}", "type": "text", "null_values": [text], "default": text, "quality": [rule]},
    ]


@dataclass
class Hostile:
    """The project, what dbt made of it, and what it said."""

    library: Library
    manifest: Any
    folder: Path
    said: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def hostile(server: EmbeddedPostgres) -> Iterator[Hostile]:
    """Generated, parsed, seeded and compiled once, with a secret in the environment."""
    remember()
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for variable, value in {**server.environment, "DB_PASSWORD": CANARY, "ANALYTICS_SCHEMA": "hostile"}.items():
            patch.setenv(variable, value)
        # dbt checks YAML against its schema for four databases only; ours are clean for all.
        supported = jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS | {"postgres", "duckdb"}
        patch.setattr(jsonschemas, "_JSONSCHEMA_SUPPORTED_ADAPTERS", supported)
        library = _generate(folder)
        found = Hostile(library, None, folder)
        found.manifest = _dbt(found, "parse")
        # Not `dbt seed`: only build draws its graph through the tests too, and would find a circle there.
        _dbt(found, "build", "--select", "resource_type:seed")
        _dbt(found, "compile", "--select", "resource_type:model", "--indirect-selection", "empty")
        # Words for nothing, defaults and values of rules stand in SQL that PostgreSQL itself reads: those with quotes.
        quoting = sorted({PLACES[word][0] for word in ("62", "68", "69")})
        _dbt(found, "run", "--select", *(f"+t{place}_read,config.meta.engine:postgres" for place in quoting))
        # What stands in examples is rendered more often than other texts, and compared as it comes out.
        _dbt(found, "test", "--select", "test_type:unit")
        yield found


def _generate(folder: Path) -> Library:
    objects = {f"object_models/shop/t{n}.json": _object(n) for n in range(len(OF_OBJECTS))}
    formula = {"object": "T0", "numerator": {"aggregation": "count"}}
    kpi = {"code": "ALL", "name": "All", "module": "SHOP", "unit": TEXTS["57"], "description": TEXTS["73"]}
    kpi |= {"formula": formula, "direction": "target", "grain": "day"}
    module = {"code": "SHOP", "name": TEXTS["60"], "description": TEXTS["73"], "owner": TEXTS["62"]}
    none = dict.fromkeys([THING_FILE, "object_models/shop/shelf.json"])
    root = write_library(
        folder / "definitions", {**objects, **none, "kpis/amount.json": kpi, "modules/SHOP.json": module}
    )
    library = load_library(root)
    files = render(library)
    write_project(find_drift(folder / "dbt_project", files), files)
    write_missing(folder / "dbt_project", skeleton_files())
    return library


def _dbt(found: Hostile, *words: str) -> Any:
    def listen(event: Any) -> None:
        found.said.append(event.info.msg)
        if event.info.level in ("warn", "error"):
            found.problems.append(f"{words[0]}: {event.info.msg}")

    project, target = str(found.folder / "dbt_project"), str(found.folder / "target")
    options = ["--project-dir", project, "--profiles-dir", str(REPOSITORY), "--target-path", target, "--quiet",
               "--log-path", str(found.folder / "logs"), "--no-version-check", "--no-use-colors"]  # fmt: skip
    result = dbtRunner(callbacks=[listen]).invoke([*words, *options])
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("dbt")]:
        logging.getLogger(name).handlers.clear()
    assert result.success, (words, result.exception, found.problems)
    return result.result


def _node(found: Hostile, name: str) -> Any:
    return next(node for node in found.manifest.nodes.values() if node.name == name)


each_text = pytest.mark.parametrize("word", TEXTS)
each_object = pytest.mark.parametrize("place", range(len(OF_OBJECTS)), ids=OF_OBJECTS)


@pytest.mark.xdist_group("hostile")
def test_dbt_takes_the_project_and_its_circle_of_foreign_keys_without_a_warning(hostile: Hostile) -> None:
    assert hostile.problems == []


@pytest.mark.xdist_group("hostile")
@each_text
def test_the_description_of_a_column_is_in_the_manifest_as_it_was_written(hostile: Hostile, word: str) -> None:
    place, n = PLACES[word]

    for name in (f"stg_shop__t{place}", f"t{place}", f"t{place}_read", f"archive_t{place}", f"history_t{place}"):
        assert _node(hostile, name).columns[f"described_{n}"].description == TEXTS[word]
    for name in (f"t{place}", f"t{place}_read"):
        assert f"Unit: {TEXTS[word]}." in _node(hostile, name).columns[f"measured_{n}"].description


@pytest.mark.xdist_group("hostile")
@each_object
def test_the_texts_of_an_object_are_in_the_manifest_as_they_were_written(hostile: Hostile, place: int) -> None:
    text = TEXTS[OF_OBJECTS[place]]
    source = next(s for s in hostile.manifest.sources.values() if s.name == f"source_t{place}")

    for name in (f"t{place}", f"t{place}_read", f"history_t{place}"):
        # What follows is said of the table's age; the spaces around a whole description are not kept.
        assert _node(hostile, name).description.startswith(text), name
    assert f"Every record of {text if text.strip() else 'Nothing'} exactly as received." in source.description
    assert _node(hostile, f"t{place}").config.meta["owner"] == text


@pytest.mark.xdist_group("hostile")
@each_text
def test_a_text_is_in_the_seeds_as_it_was_written(hostile: Hostile, word: str) -> None:
    text, (place, n) = TEXTS[word], PLACES[word]
    file = hostile.folder / "dbt_project/seeds/layer1/layer1_columns.csv"
    rows = {(row["object_code"], row["column_name"]): row for row in _rows(file)}
    with psycopg.connect() as connection:
        stored = connection.execute(
            "select description from hostile.layer1_columns where (object_code, column_name) = (%s, %s)",
            [f"T{place}", f"described_{n}"],
        ).fetchone()

    assert rows[f"T{place}", f"described_{n}"]["description"] == text
    # dbt's own reader of CSV knows one line end, and takes these words for nothing.
    read = text.replace("\r\n", "\n").replace("\r", "\n")
    assert stored == ((None,) if text.strip() in ("null", "") else (read,))


def _rows(file: Path) -> csv.DictReader[str]:
    return csv.DictReader(io.StringIO(file.read_bytes().decode(), newline=""))


@pytest.mark.xdist_group("hostile")
@each_text
def test_a_value_stands_in_the_compiled_sql_as_a_literal(hostile: Hostile, word: str) -> None:
    place, n = PLACES[word]
    compiled = hostile.folder / f"target/compiled/platform/models/staging/shop/stg_shop__t{place}.sql"
    sql = compiled.read_bytes().decode()

    assert f"nullif(_payload ->> 'one_of_{n}', {quote_literal(TEXTS[word])})" in sql
    assert f"one_of_{n} in ({quote_literal(TEXTS[word])})" in sql


@pytest.mark.xdist_group("hostile")
def test_nothing_of_the_environment_is_in_what_dbt_leaves_or_says(hostile: Hostile) -> None:
    left = [path for path in hostile.folder.rglob("*") if path.is_file()]

    assert any(path.name == "manifest.json" for path in left)
    assert [path for path in left if CANARY.encode() in path.read_bytes()] == []
    assert [line for line in hostile.said if CANARY in line] == []


@pytest.mark.xdist_group("hostile")
def test_no_text_of_a_person_stands_in_the_ddl_or_in_a_comment_of_sql(hostile: Hostile) -> None:
    marks = ("drop table things", "<script>", "python/object", "$tag$")
    for path, file in render(hostile.library).items():
        if path.endswith(".sql"):
            comments = [line for line in file.text.split("\n") if line.lstrip().startswith(("--", "{#"))]
            assert not [line for line in comments if any(mark in line for mark in marks)], path
        if path.startswith("macros/layer_tables/shop/"):
            assert not [mark for mark in marks if mark in file.text], path


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_yaml_gives_back_what_it_was_given(text: str) -> None:
    loaded = load_yaml_text(as_yaml({text or "x": [{"description": never_rendered(text)}]}, "notice"))

    assert get_rendered(loaded[text][0]["description"], {}) == text
