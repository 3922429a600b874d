"""Free text and YAML on their way into dbt: what a person wrote arrives as written and is never rendered."""

from __future__ import annotations

import re
from typing import Any

from definitions_to_dbt.yaml_text import yaml_text

_JINJA = re.compile(r"\{(?=[{%#])")


def never_rendered(text: str) -> str:
    """Return the text so that Jinja gives it back as it is: `{{ x }}` stays `{{ x }}` in the manifest."""
    if "{" not in text and "\r" not in text and not text.endswith("\n"):
        return text
    # In double quotes, for the text may yet become an SQL literal, where single ones are doubled.
    escaped = _JINJA.sub('{{ "{" }}', text)
    # Jinja turns every line end into \n, and drops the last one.
    escaped = escaped.replace("\r", '{{ "\\r" }}')
    return escaped + '{{ "" }}' if escaped.endswith("\n") else escaped


def as_yaml(content: dict[str, Any], notice: str) -> str:
    """Return the content as YAML under a comment that says where it came from."""
    return f"# {notice}\n{yaml_text(content)}"
