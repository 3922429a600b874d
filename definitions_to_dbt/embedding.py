"""What changes in the files of a project that stands as a package inside somebody else's. Touches no disk.

Their project may have macros, models and rules for names of its own; none of them reaches into the package, and none of
ours reaches out of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from definitions_to_dbt.render import GeneratedFile
from definitions_to_dbt.settings import Settings

# In YAML the quotes are doubled where the text around them is quoted.
_REF = re.compile(r"\bref\((''|'|\")([a-z0-9_]+)\1\)")
_DATABASE = re.compile(r"env_var\((''|'|\")PGDATABASE\1, (''|'|\")postgres\2\)")
_NAMED = ("models:", "seeds:", "snapshots:")
_ENTRY = re.compile(r"  - name: ([a-z0-9_]+)$")
_TESTED = re.compile(r"    model: ([a-z0-9_]+)$")

# Views of ours under a name of their own: a package may not replace dbt's.
_VIEW = "kept_view"
_VIEW_IN_SQL = re.compile(r"materialized='view'")

_NAMES = """{# Names inside a project that is not ours: models carry a prefix, their relations do not. Generated. #}

{% macro prefixed(name) %}{{ return('<prefix>' ~ name) }}{% endmacro %}

{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- if node.resource_type in ('model', 'seed') and node.name.startswith('<prefix>') -%}
        {{- return(node.name[<length>:]) -}}
    {%- endif -%}
    {{- return(custom_alias_name or node.name) -}}
{%- endmacro %}

{% macro generate_schema_name(custom_schema_name=none, node=none) -%}
    {{- return(<schema>) -}}
{%- endmacro %}
"""

_PROJECT = """# A package of its own, generated: it changes nothing of the project around it.
name: <package>
version: "1.0.0"
config-version: 2

on-run-start:
  - "{{ assert_engine() }}"
  - "{{ prepare_layers() }}"

on-run-end:
  - "{{ note_quality(results) }}"
<archive>"""

_ON_DUCKDB = """+enabled: "{{ target.type == 'duckdb' }}\""""
_ARCHIVE = f"""
models:
  <package>:
    layer2a_archive:
      {_ON_DUCKDB}
"""
_READERS = ("semantic-models", "metrics", "exposures")


def embedded(files: Mapping[str, GeneratedFile], settings: Settings) -> dict[str, GeneratedFile]:
    """The same files as a package: other names, another schema, and the package's own project file."""
    names = model_names(files)
    change = _changes(names, settings)
    found = {
        _path(path, names, settings.prefix): replace(file, text=change(path, file.text)) for path, file in files.items()
    }
    archive = _over_the_archive(files)
    for path, text in (
        ("macros/platform/names.sql", _NAMES), ("dbt_project.yml", _PROJECT.replace("<archive>", archive))
    ):  # fmt: skip
        text = text.replace("<prefix>", settings.prefix).replace("<length>", str(len(settings.prefix)))
        found[path] = GeneratedFile(text.replace("<package>", settings.package).replace("<schema>", _schema(settings)))
    return dict(sorted(found.items()))


def _over_the_archive(files: Mapping[str, GeneratedFile]) -> str:
    """What is switched on for DuckDB only: models over the archive, and what reads them."""
    if not any(path.startswith("models/layer2a_archive/") for path in files):
        return ""
    semantic = [file.text for path, file in files.items() if path.startswith("models/semantic/")]
    used = [kind for kind in _READERS if any(f"\n{kind.replace('-', '_')}:" in text for text in semantic)]
    return _ARCHIVE + "".join(f"{kind}:\n  <package>:\n    {_ON_DUCKDB}\n" for kind in used)


def model_names(files: Mapping[str, GeneratedFile]) -> set[str]:
    """The names that models and seeds take in the one namespace of a dbt project."""
    return {
        path.rpartition("/")[2].rpartition(".")[0]
        for path in files
        if path.startswith(("models/", "seeds/")) and path.endswith((".sql", ".csv"))
    }


def _changes(names: set[str], settings: Settings) -> Callable[[str, str], str]:
    def ref(found: re.Match[str]) -> str:
        quote, name = found.groups()
        return f"ref({quote}{settings.prefix}{name}{quote})" if name in names else found.group()

    schema = _schema(settings)

    def change(path: str, text: str) -> str:
        text = _REF.sub(ref, text).replace("target.schema", schema)
        text = _DATABASE.sub(lambda found: _database(found[1]), text)
        if path.endswith(".yml"):
            return _with_prefix(text, names, settings.prefix)
        if path.endswith("/platform/view.sql"):
            return text.replace("materialization view,", f"materialization {_VIEW},")
        if path.endswith(".sql") and not path.startswith("models/layer2a_archive/"):
            return _VIEW_IN_SQL.sub(f"materialized='{_VIEW}'", text)
        return text

    return change


def _with_prefix(text: str, names: set[str], prefix: str) -> str:
    """Names of models and seeds in YAML that we laid out ourselves: sources and metrics have names of their own."""
    section, lines = "", []
    for line in text.split("\n"):
        if line[:1] not in (" ", "#", ""):
            section = line
        entry = _ENTRY.match(line) if section in _NAMED else _TESTED.match(line) if section == "unit_tests:" else None
        if entry and entry[1] in names:
            line = line[: entry.start(1)] + prefix + entry[1]
        lines.append(line)
    return "\n".join(lines)


def _path(path: str, names: set[str], prefix: str) -> str:
    folder, _, file = path.rpartition("/")
    name = file.rpartition(".")[0]
    return f"{folder}/{prefix}{file}" if name in names and folder.startswith(("models", "seeds")) else path


def _schema(settings: Settings) -> str:
    """A Jinja expression for the schema: `{target}` stands for the one of their profile."""
    if settings.schema == "{target}":
        return "target.schema"
    if settings.schema.startswith("{target}"):
        return f'(target.schema ~ "{settings.schema.removeprefix("{target}")}")'
    return f'"{settings.schema}"'


def _database(quote: str) -> str:
    return (
        f"(target.database if target.type == {quote}postgres{quote} "
        f"else env_var({quote}PGDATABASE{quote}, {quote}postgres{quote}))"
    )
