"""Plain objects to YAML, byte for byte what PyYAML writes, at a tenth of its time. Knows nothing of dbt.

Only the layout is ours. How one scalar is quoted is asked of PyYAML, once for each text, unless it is plainly plain.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import yaml

_WIDTH = 2**20
# Letters first, so that it is no number and no date; then nothing that has a meaning in YAML at that place.
_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_.,()/+*=<>$;-]|[ ](?![ #])|:(?=[A-Za-z0-9_]))*(?<![ ])")
_WORDS = frozenset(("y", "n", "t", "f", "yes", "no", "true", "false", "on", "off", "null"))
# Printable ASCII, no space beside a line end: PyYAML writes it plain or in single quotes, nothing else.
_COMMON = re.compile(r"[!-~]+(?:(?: +|\n+)[!-~]+)*")
_LINE_ENDS = re.compile(r"\n+")
# What YAML would read as something else than plain text, at the beginning and anywhere.
_INDICATOR = re.compile(r"""[#,\[\]{}&*!|>'"%@`]|[?:-](?: |$)|---|\.\.\.""")
_WITHIN = re.compile(r":(?: |$)| #")
# PyYAML lays out texts with these line ends in ways of its own.
_OTHER_BREAKS = re.compile("[\x85\u2028\u2029]")
# PyYAML writes a longer key over two lines.
_MAX_KEY = 100


class Dumper(yaml.SafeDumper):
    """Two spaces, lists indented, no aliases: what Prettier would leave alone."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  # PyYAML's signature
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True


class Shared(dict[str, Any]):
    """A mapping that stands in many places and is never changed: laid out once for each depth."""

    def __init__(self, content: dict[str, Any]) -> None:
        super().__init__(content)
        self._laid_out: dict[tuple[str, str], str] = {}

    def __setitem__(self, key: str, value: Any) -> None:
        raise TypeError(f"{self.get('name')} stands in many places; change a copy")

    def laid_out(self, first: str, indent: str) -> str:
        """The lines of the mapping as one text."""
        written = self._laid_out.get((first, indent))
        if written is None:
            lines: list[str] = []
            _append(lines, dict(self), first, indent)
            written = self._laid_out[first, indent] = "\n".join(lines)
        return written


class _UnusualError(Exception):
    """Something that only PyYAML knows how to lay out."""


Dumper.add_representer(Shared, lambda dumper, data: dumper.represent_dict(data))


def yaml_text(content: Any) -> str:
    """The content as YAML."""
    if not isinstance(content, dict | list | tuple) or not content:
        return _by_pyyaml(content)
    lines: list[str] = []
    try:
        _append(lines, content, "", "")
    except _UnusualError:
        return _by_pyyaml(content)
    return "\n".join(lines) + "\n"


def _append(lines: list[str], content: Any, first: str, indent: str) -> None:
    """Append the lines of a mapping or list: the first begins with `first`, all others with `indent`."""
    below = indent + "  "
    if isinstance(content, Shared):
        lines.append(content.laid_out(first, indent))
    elif isinstance(content, dict):
        for key, value in content.items():
            start = first + _key(key) + ":"
            first = indent
            if isinstance(value, str):
                lines.append(f"{start} {_text(value, below)}")
            elif isinstance(value, dict | list | tuple) and value:
                lines.append(start)
                _append(lines, value, below, below)
            else:
                lines.append(f"{start} {_other(value)}")
    else:
        for value in content:
            start = first + "-"
            first = indent
            if isinstance(value, Shared):
                lines.append(value.laid_out(start + " ", below))
            elif isinstance(value, str):
                lines.append(f"{start} {_text(value, below)}")
            elif isinstance(value, dict | list | tuple) and value:
                _append(lines, value, start + " ", below)
            else:
                lines.append(f"{start} {_other(value)}")


@cache
def _key(key: Any) -> str:
    if not isinstance(key, str) or not 0 < len(key) <= _MAX_KEY or "\n" in key:
        raise _UnusualError
    return _scalar(key)


def _text(text: str, indent: str) -> str:
    written = _scalar(text)
    # Only quoted texts have several lines, and none of those begins or ends with a space.
    return written.replace("\n  ", "\n" + indent) if "\n" in written else written


@cache
def _scalar(text: str) -> str:
    """The text as PyYAML writes it as the value of a mapping at the top."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if _COMMON.fullmatch(text):
        return text if _is_plain(text) else _in_single_quotes(text)
    if _OTHER_BREAKS.search(text):
        raise _UnusualError
    return _by_pyyaml({"k": text})[3:-1]


def _in_single_quotes(text: str) -> str:
    """YAML folds lines: one line end more than there are, and below the key."""
    return "'" + _LINE_ENDS.sub(r"\g<0>\n  ", text.replace("'", "''")) + "'"


def _is_plain(text: str) -> bool:
    """True where YAML takes it for text also without quotes. What is a number or a date, PyYAML's table says."""
    if "\n" in text or _INDICATOR.match(text) or _WITHIN.search(text):
        return False
    table = Dumper.yaml_implicit_resolvers
    resolvers = (*table.get(text[0], ()), *table.get(None, ()))
    return not any(pattern.match(text) for _, pattern in resolvers)


def _other(value: Any) -> str:
    """Numbers, booleans, null and what is empty."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    if not value and isinstance(value, list | tuple | dict):
        return "{}" if isinstance(value, dict) else "[]"
    return _by_pyyaml({"k": value})[3:-1]


def _by_pyyaml(content: Any) -> str:
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
