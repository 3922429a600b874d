"""The platform's dbt macros as functions of Python: what staging does with a value, without a run of dbt.

Knows what these macros use of dbt (`return`, `target.schema`, `adapter.quote`), and no more. Runs no SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from definitions_to_dbt.sql import quote_identifier

_FILES = ("cast_or_null.sql", "epoch_times.sql", "change_events.sql", "index_limits.sql")
_MACRO = re.compile(r"({%-?\s*macro\s+)(\w+)")
# dbt gives macros another name inside their file, so that they find each other where `return` is understood.
_INSIDE = "dbt_macro__"


class _Returned(Exception):  # noqa: N818  # not an error: it carries a value out of a macro, as in dbt
    def __init__(self, value: Any) -> None:
        self.value = value


class _Adapter:
    """What macros ask of dbt's adapter."""

    quote = staticmethod(quote_identifier)


def rendered(text: str, schema: str, **answers: Callable[..., str]) -> str:
    """The text with its calls of the platform's macros answered. `schema` is a quoted name.

    `answers` stand for what only a run of dbt can say, as `source`.
    """
    return _environment(schema).from_string(text).render(**answers)


@cache
def _environment(schema: str) -> Environment:
    environment = Environment(undefined=StrictUndefined, autoescape=False, extensions=["jinja2.ext.do"])
    environment.globals |= {"target": {"schema": schema}, "return": _return, "adapter": _Adapter}
    folder = files("definitions_to_dbt").joinpath("project", "macros", "platform")
    written = "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in _FILES)
    # A macro sees the names that stood when its file was read, so all must stand before.
    inside: dict[str, Callable[..., Any]] = {}
    for macro in _MACRO.finditer(written):
        environment.globals[macro[2]] = _answering(inside, macro[2])
    module = environment.from_string(_MACRO.sub(rf"\1{_INSIDE}\2", written)).module
    inside |= {macro[2]: getattr(module, _INSIDE + macro[2]) for macro in _MACRO.finditer(written)}
    return environment


def _return(value: Any) -> None:
    raise _Returned(value)


def _answering(inside: dict[str, Callable[..., Any]], name: str) -> Callable[..., Any]:
    """A macro that gives what it returns, or else the text it writes."""

    def call(*positional: Any, **named: Any) -> Any:
        try:
            return inside[name](*positional, **named)
        except _Returned as found:
            return found.value

    return call
