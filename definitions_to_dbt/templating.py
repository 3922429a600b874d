"""The Jinja environment of the templates. Its own delimiters let dbt's {{ }} and {% %} pass through."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from definitions_to_dbt.sql import bare_or_quoted, quote_literal


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("definitions_to_dbt"),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # nobody edits a template while it is used
        autoescape=False,  # SQL and YAML, not HTML
    )
    environment.filters["q"] = bare_or_quoted
    environment.filters["literal"] = quote_literal
    environment.filters["jinja_string"] = _jinja_string
    return environment


@cache
def template(name: str) -> Template:
    """Return the template of this name from the package."""
    return _environment().get_template(name)


def _jinja_string(text: str) -> str:
    """Return the text as a string literal of Jinja's own expression language."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
