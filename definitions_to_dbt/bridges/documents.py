"""A foreign document as plain values: YAML or JSON, nothing executed, nothing expanded, no key standing twice."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.json_text import MAX_BYTES, read_json

_HINT = "Nothing was written. Mend the file, then import again."


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping that a YAML (or JSON) file holds.

    Raises ProblemError with the line: no file, too large, no YAML, an alias (a few lines of them become gigabytes),
    a key that stands twice, another top than a mapping.
    """
    text = _text_of(path)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise ProblemError(f"{path}:{line}: E_YAML_ALIAS: expected no anchors and aliases", hint=_HINT)
        value = yaml.load(text, Loader=_PlainLoader)  # a safe loader: the class below only takes away
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ProblemError(f"{path}:{line}: E_YAML_SYNTAX: {error.problem}", hint=_HINT) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ProblemError(f"{path}:1: E_YAML_SYNTAX: {str(error).splitlines()[0]}", hint=_HINT) from None
    if not isinstance(value, dict):
        raise ProblemError(f"{path}:1: E_TYPE: expected a mapping at the top, found {_kind(value)}", hint=_HINT)
    return value


def read_json_value(path: Path) -> Any:
    """Return the value that a JSON file holds. Raises ProblemError as definitions would have it."""
    document = read_json(path, path)
    if hasattr(document, "code"):
        raise ProblemError(str(document), hint=_HINT)
    return document.value


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProblemError(f"{path}: E_TOO_LARGE: expected at most {MAX_BYTES:,} bytes", hint=_HINT)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ProblemError(f"could not read {path}: {error.strerror}", hint="Nothing was written.") from None
    except UnicodeDecodeError:
        raise ProblemError(f"{path}:1: E_ENCODING: expected UTF-8", hint=_HINT) from None


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", type(None): "nothing"}.get(type(value), type(value).__name__)


class _PlainLoader(yaml.CSafeLoader):
    """Dates stay the text they were written as, and a mapping with one key twice is an error."""

    # The resolver of the standard loader, less times: 2024-01-01 is a text in a contract.
    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """As the standard one, after a look at the keys."""
        seen: set[Any] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {name!r} stands twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep=deep)
