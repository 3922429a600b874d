"""The command `diff`: what changed since a commit or another folder, and what dbt and PostgreSQL need for it."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from definitions_to_dbt.command_line.generate import AsJson, GivenDefinitions

if TYPE_CHECKING:
    from definitions_to_dbt.evolution.change import Change

Against = Annotated[
    list[str], typer.Option("--against", metavar="REF|DIR", help="A commit, branch, tag or folder. Give several times.")
]


def diff(against: Against, definitions: GivenDefinitions = None, as_json: AsJson = False) -> None:
    """Tell each change of the definitions, its class, and the action that dbt and PostgreSQL need.

    Touches nothing. Each object gets the word of a schema registry: BACKWARD (today's definition reads yesterday's
    records), FORWARD (the other way round), FULL or NONE; with _TRANSITIVE where it holds against several states.
    Exit status 0: nothing breaks; 1: a change is breaking; 2: bad input, such as an unknown commit.

    Example: definitions-to-dbt diff --against main
    """
    from definitions_to_dbt.evolution.compare import compare
    from definitions_to_dbt.evolution.earlier import earlier_library
    from definitions_to_dbt.library import load_library
    from definitions_to_dbt.settings import read_settings

    root = definitions or Path(read_settings().definitions)
    now = load_library(root)
    compared: dict[str, list[Change]] = {}
    for place, state in enumerate(against):
        with tempfile.TemporaryDirectory() as scratch:
            compared[state] = compare(earlier_library(state, root, Path(scratch) / str(place)), now)
    changes = [change for found in compared.values() for change in found]
    words = _words(compared, [model.code for model in now.objects])
    if as_json:
        found = {state: [change.as_json() for change in listed] for state, listed in compared.items()}
        print(json.dumps({"against": found, "compatibility": words, "breaking": _breaks(changes)}, ensure_ascii=False))
    else:
        _print(compared, words)
    sys.exit(1 if _breaks(changes) else 0)


def _breaks(changes: list[Change]) -> bool:
    return any(change.change_class == "breaking" for change in changes)


def _words(compared: dict[str, list[Change]], codes: list[str]) -> dict[str, str]:
    """The word of each object that changed. What holds against every one of several states is transitive."""
    from definitions_to_dbt.evolution.change import word_of

    every = [change for listed in compared.values() for change in listed]
    changed = dict.fromkeys(change.object for change in every if change.object in codes)
    words = {code: str(word_of([change for change in every if change.object == code])) for code in changed}
    if len(compared) > 1:
        words = {code: word if word == "NONE" else f"{word}_TRANSITIVE" for code, word in words.items()}
    return words


def _print(compared: dict[str, list[Change]], words: dict[str, str]) -> None:
    from definitions_to_dbt.evolution.change import CLASSES

    for state, changes in compared.items():
        for code in dict.fromkeys(change.object for change in changes):
            print(f"{code}{f' ({words[code]})' if code in words else ''}")
            for change in changes:
                if change.object == code:
                    print(f"  {change.change_class:13} {change.at}: {change.what}\n{'':16}{change.action}")
        counted = Counter(change.change_class for change in changes)
        summary = ", ".join(f"{counted[name]} {name}" for name in CLASSES if counted[name])
        print(f"against {state}: {summary or 'nothing changed'}")
