"""Free text and YAML on their way into dbt: what a person wrote arrives as written and is never rendered."""

from __future__ import annotations

import re
from typing import Any

import yaml

_JINJA = re.compile(r"\{(?=[{%#])")


def never_rendered(text: str) -> str:
    """Return the text so that Jinja gives it back as it is: `{{ x }}` stays `{{ x }}` in the manifest."""
    # In double quotes, for the text may yet become an SQL literal, where single ones are doubled.
    escaped = _JINJA.sub('{{ "{" }}', text)
    # Jinja turns every line end into \n, and drops the last one.
    escaped = escaped.replace("\r", '{{ "\\r" }}')
    return escaped + '{{ "" }}' if escaped.endswith("\n") else escaped


class _Dumper(yaml.SafeDumper):
    """Two spaces, lists indented, no aliases: what Prettier would leave alone."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  # PyYAML's signature
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True


def as_yaml(content: dict[str, Any], notice: str) -> str:
    """Return the content as YAML under a comment that says where it came from."""
    text = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**20)
    return f"# {notice}\n{text}"
