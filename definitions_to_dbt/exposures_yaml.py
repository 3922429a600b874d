"""The exposures of a module as dbt's YAML. Plain objects in, text out."""

from __future__ import annotations

from typing import Any

from definitions_to_dbt.dbt_text import as_yaml, never_rendered
from definitions_to_dbt.exposure import Exposure
from definitions_to_dbt.kpis import relation_of
from definitions_to_dbt.library import Library
from definitions_to_dbt.metadata import Module

NOTICE = "Generated from the definitions: edit those, not this file."


def exposures_yaml(library: Library, module: Module) -> str:
    """Every exposure of the module."""
    return as_yaml({"exposures": [_exposure(library, module, exposure) for exposure in module.exposures]}, NOTICE)


def _exposure(library: Library, module: Module, exposure: Exposure) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": exposure.name}
    if exposure.label:
        entry["label"] = never_rendered(exposure.label)
    # dbt knows no reports; for it they are analyses, and the word that was written stays in the meta.
    entry["type"] = "analysis" if exposure.type == "report" else exposure.type
    if exposure.maturity:
        entry["maturity"] = exposure.maturity
    if exposure.url:
        entry["url"] = exposure.url
    entry["description"] = never_rendered(exposure.description)
    owner = {"name": exposure.owner.name and never_rendered(exposure.owner.name), "email": exposure.owner.email}
    entry["owner"] = {key: value for key, value in owner.items() if value}
    entry["depends_on"] = [_dependency(library, name) for name in exposure.depends_on]
    entry["config"] = {"meta": {"module": module.code, "kind": exposure.type}}
    return entry


def _dependency(library: Library, name: str) -> str:
    """What stands behind a code: of a KPI its metric, of an object what readers see of it."""
    if not name.isupper():
        return f"ref('{name}')"
    if any(kpi.code == name for kpi in library.kpis):
        return f"metric('{name.lower()}')"
    return f"ref('{relation_of(library.object(name))}')"
