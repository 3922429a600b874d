"""Definitions to text: every generated file of the project, by its path. Touches no disk, the same bytes each time."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from importlib.abc import Traversable
from typing import Any

from definitions_to_dbt import lineage_file, names
from definitions_to_dbt.audit import changes_context
from definitions_to_dbt.benchmark_tests import benchmark_tests
from definitions_to_dbt.catalogue_ddl import catalogue_ddl
from definitions_to_dbt.changes import given_by_delete, own_order, valid_from
from definitions_to_dbt.column_lineage import column_lineage
from definitions_to_dbt.columns import computed_columns, record_rules, sent_columns
from definitions_to_dbt.ddl import client_ddl, layer2_ddl, layer3_ddl, platform_ddl, shape
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.diagram import diagram_files
from definitions_to_dbt.exposures_yaml import exposures_yaml
from definitions_to_dbt.formats import change_format
from definitions_to_dbt.hot_history import hot_history_ddl
from definitions_to_dbt.joined_names import joined_names
from definitions_to_dbt.kpis import kpi_macro
from definitions_to_dbt.lake import archive_casts, lake_columns, time_in_files
from definitions_to_dbt.library import Library
from definitions_to_dbt.metrics_yaml import TIME_SPINE, metrics_yaml, time_spine_yaml
from definitions_to_dbt.model_yaml import NOTICE, archive_yaml, layer2_yaml, sources_yaml, staging_yaml
from definitions_to_dbt.module_pages import module_pages
from definitions_to_dbt.read_model import joins, read_columns
from definitions_to_dbt.seeds import seed_files
from definitions_to_dbt.spark import history_for_engines, spark_archive_columns
from definitions_to_dbt.sql import bare_or_quoted
from definitions_to_dbt.templating import template
from definitions_to_dbt.two_at_once import both
from definitions_to_dbt.types import PgType

# From so many objects on a second process pays for itself.
_MANY = 60
JINJA_SCHEMA = "{{ schema }}"


@dataclass(frozen=True)
class GeneratedFile:
    """One file of the project: its text, and the hash of the one definition it came from (empty: from several)."""

    text: str
    definition_hash: str = ""


def render(library: Library) -> dict[str, GeneratedFile]:
    """Return every generated file by its path below the dbt project, in the order of the paths."""
    is_large = len(library.objects) >= _MANY
    # Reckoned before the work is split: both halves write them.
    hashes = {model.code: model.definition_hash for model in library.objects} | {"": ""}
    modules, rest = both(lambda: _files_of_modules(library), lambda: _other_files(library), is_large)
    shared, own = rest
    files = {path: GeneratedFile(text) for path, text in (modules | shared).items()}
    files |= {path: GeneratedFile(text, hashes[code]) for path, (text, code) in own.items()}
    return dict(sorted(files.items()))


def _files_of_modules(library: Library) -> dict[str, str]:
    """The YAML beside the models: about half of all there is to do."""
    files: dict[str, str] = {}
    for module in sorted({model.module for model in library.objects}):
        files |= _module_files(library, module)
    return files


def _other_files(library: Library) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """What speaks of the whole library, and the files of each object."""
    return _shared_files(library), _own_files(library)


def _shared_files(library: Library) -> dict[str, str]:
    """Every file that speaks of several objects, but those of a module's models."""
    shared = dict(_platform_files(library))
    for described in library.modules:
        if described.exposures:
            folder = described.code.lower()
            shared[f"models/semantic/{folder}/_{folder}__exposures.yml"] = exposures_yaml(library, described)
    for code in sorted({model.module for model in library.objects} | {kpi.module for kpi in library.kpis}):
        if metrics := metrics_yaml(library, code):
            shared[f"models/semantic/{code.lower()}/_{code.lower()}__metrics.yml"] = metrics
    if library.kpis:
        shared[f"models/semantic/{TIME_SPINE}.sql"] = template("time_spine.sql").render()
        shared["models/semantic/_semantic__models.yml"] = time_spine_yaml()
    shared |= seed_files(library)
    shared["macros/layer1/kpi_formulas.sql"] = kpi_macro(library)
    shared |= diagram_files(library, NOTICE)
    shared |= module_pages(library, NOTICE)
    shared[lineage_file.PATH] = lineage_file.lineage_file(column_lineage(library))
    return shared


def _own_files(library: Library) -> dict[str, tuple[str, str]]:
    """The files of each object, with its code where they speak of no other."""
    files: dict[str, tuple[str, str]] = {}
    for model in library.objects:
        files |= {path: (text, model.code) for path, text in _object_files(library, model).items()}
        if joined_names(model, library.tables):
            path = f"models/layer2_analytics/{model.module.lower()}/{names.read_model(model)}.sql"
            files[path] = (files[path][0], "")  # speaks of its parents too
    return files


def notice(library: Library, model: ObjectModel) -> str:
    """The line that says where a file came from."""
    file = library.files[f"object_models/{model.code}"]
    try:
        shown = file.relative_to(library.root.parent)
    except ValueError:
        shown = file
    return f"Generated from {shown.as_posix()}: edit that file, not this one."


def _platform_files(library: Library) -> dict[str, str]:
    """Macros and generic tests that are the same in every project, and the tables all objects stand on."""
    base = resources.files("definitions_to_dbt") / "project"
    files = dict(_texts(base, ""))
    files["macros/layer_tables/create_platform.sql"] = template("layer_macro.sql").render(
        says="What every object stands on. Comes with the tool: edit the tool, not this file.",
        name="create_platform",
        arguments="schema",
        ddl=platform_ddl(JINJA_SCHEMA) + client_ddl(library.client, JINJA_SCHEMA),
    )
    files["macros/layer_tables/create_archive_catalog.sql"] = template("layer_macro.sql").render(
        says="The archive's catalogue. Comes with the tool: edit the tool, not this file.",
        name="create_archive_catalog",
        arguments="",
        ddl=catalogue_ddl(),
    )
    return files


def _texts(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for child in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if child.is_dir():
            found += _texts(child, f"{prefix}{child.name}/")
        elif child.name.endswith((".sql", ".yml")):
            found.append((prefix + child.name, child.read_text(encoding="utf-8")))
    return found


def _object_files(library: Library, model: ObjectModel) -> dict[str, str]:
    module = model.module.lower()
    staging, layer2 = f"models/staging/{module}", f"models/layer2_analytics/{module}"
    context = _context(library, model)
    files = {
        f"{staging}/{names.staging(model)}.sql": _render("staging.sql", context),
        f"{layer2}/{names.rejected(model)}.sql": _render("rejected.sql", context),
        f"{layer2}/{model.table_name}.sql": _render("write_model.sql", context),
        f"{layer2}/{names.read_model(model)}.sql": _render(
            "read_model.sql",
            {**context, "columns": read_columns(model, library.tables), "joins": joins(model, library.tables)},
        ),
        f"macros/layer_tables/{module}/create_{model.table_name}.sql": _render(
            "layer_macro.sql",
            {
                "says": f"The tables of {model.table_name}. {context['notice']}",
                "name": f"create_{model.table_name}",
                "arguments": "schema",
                "table": model.table_name,
                "shape": shape(model),
                "ddl": layer3_ddl(model, JINJA_SCHEMA)
                + "\n"
                + layer2_ddl(model, JINJA_SCHEMA, "{{ shape_of_" + model.table_name + "() }}")
                + hot_history_ddl(model, JINJA_SCHEMA),
            },
        ),
    }
    if model.has_versions:
        files[f"{layer2}/{names.versions(model)}.sql"] = _render("versions.sql", context)
        files[f"{layer2}/{names.changes(model)}.sql"] = _render(
            "changes_of_entity.sql", {**context, **changes_context(model)}
        )
    if model.ages:
        archive = f"models/layer2a_archive/{module}"
        casts, told = archive_casts(model, "analytics")
        columns = {
            "columns": lake_columns(model, "analytics"),
            "casts": casts,
            "shape": told,
            **time_in_files(model),
            "spark_columns": spark_archive_columns(model),
        }
        files[f"{archive}/{names.archive(model)}.sql"] = _render("archive.sql", {**context, **columns})
        files[f"{archive}/{names.history(model)}.sql"] = _render("history.sql", context)
    return files


def staging_model(library: Library, model: ObjectModel) -> str:
    """The text of the object's staging model."""
    return _render("staging.sql", _context(library, model))


def _module_files(library: Library, module: str) -> dict[str, str]:
    folder = module.lower()
    models = library.of_module(module)
    ageing = {model.table_name for model in library.objects if model.ages}
    benchmarks = {model.code: benchmark_tests(library, model) for model in models}
    owner = next((one.owner for one in library.modules if one.code == module), None)
    files = {
        f"models/staging/{folder}/_{folder}__sources.yml": sources_yaml(models, owner),
        f"models/staging/{folder}/_{folder}__models.yml": staging_yaml(models, owner),
        f"models/layer2_analytics/{folder}/_{folder}__layer2.yml": layer2_yaml(
            models, ageing, library.tables, _readers(library, module), benchmarks, owner
        ),
    }
    if any(model.ages for model in models):
        files[f"models/layer2a_archive/{folder}/_{folder}__archive.yml"] = archive_yaml(
            models, ageing, benchmarks, owner
        )
    return files


def _readers(library: Library, code: str) -> tuple[str, ...]:
    return next((module.readers for module in library.modules if module.code == code), ())


def _render(name: str, context: dict[str, Any]) -> str:
    return template(name).render(context)


def _context(library: Library, model: ObjectModel) -> dict[str, Any]:
    """What the templates of one object need, decided here so that they only lay out."""
    rules = list(record_rules(model))
    hot = "{{ lake_view('" + model.table_name + "') }}"
    cold = "{{ ref('" + names.archive(model) + "') }}"
    handed_over = "{{ handed_over('" + model.table_name + "', 'hot') }} as hot"
    guard = "{{ archive_is_current('" + model.table_name + "') }}"
    key, change = model.primary_key, change_format(model)
    return {
        "notice": notice(library, model),
        "table": model.table_name,
        "source": model.module.lower(),
        "source_table": names.source_table(model),
        "staging": names.staging(model),
        "rejected": names.rejected(model),
        "versions": names.versions(model) if model.has_versions else "",
        "version": model.version,
        "grain": grain(model),
        "names": [column.name for column in model.columns],
        "others": [(column.name, _comparable(column.pg_type)) for column in model.columns if column.name not in key],
        "sent": sent_columns(model),
        "computed": computed_columns(model),
        "errors": [rule for rule in rules if rule.severity == "error"],
        "issues": [rule for rule in rules if rule.severity == "warning"],
        "rule_count": max(1, sum(rule.severity in ("error", "warning") for rule in rules)),
        "key_names": key,
        "key": ", ".join(bare_or_quoted(name) for name in key),
        "physical_key": model.physical_key,
        "strategy": ("delete+insert" if model.kind == "event" else "merge") if key else "append",
        "time_column": model.time_column,
        "ages": model.ages,
        "moves": bool(key) and model.kind == "event" and model.time_column not in (None, *key),
        "has_order": model.source.order is not None,
        "source_order": own_order(model),
        "valid_from": valid_from(model),
        "change": change,
        "of_change": ("_deleted", "_changed_at", "_order") if change else (),
        "given_by_delete": given_by_delete(model) if change else {},
        "current_truth": history_for_engines(model, cold, hot, handed_over, guard) if model.ages else "",
    }


def grain(model: ObjectModel) -> str:
    """The grain of the write model in words."""
    if not model.primary_key:
        return f"One row per raw record of {model.table_name}: the table has no key, so nothing is deduplicated."
    return f"One row per {' and '.join(model.primary_key)}: the newest record known."


def _comparable(pg_type: PgType) -> str:
    """What stands behind a column's name where two values are compared: some types have no equality."""
    without = ("json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle")
    return "::text" if pg_type.base in without else ""
