"""The library as one client uses it: its modules only, with its overrides of retention and quality applied."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import Problem, ProblemError, meant
from definitions_to_dbt.json_text import pointer_to
from definitions_to_dbt.metadata import Client, Module
from definitions_to_dbt.names import model_names
from definitions_to_dbt.overrides import Override
from definitions_to_dbt.parts import Fault
from definitions_to_dbt.policy import ArchivePolicy
from definitions_to_dbt.quality import Reference
from definitions_to_dbt.reading import Entry

if TYPE_CHECKING:
    from definitions_to_dbt.library import Library


def for_client(library: Library, code: str, written: Collection[str] = ()) -> Library:
    """Return what the client uses. Raises ProblemError where there is no such client, or where it lacks a module.

    `written` are the models that people wrote in its project: an exposure of others is not the client's.
    """
    client = next((client for client in library.clients if client.code == code), None)
    if client is None:
        known = [client.code for client in library.clients]
        raise ProblemError(f"no client has the code {code!r} in {library.root}{meant(code, known)}")
    modules = set(client.modules)
    objects = tuple(overridden(m, client.overrides.get(m.code)) for m in library.objects if m.module in modules)
    kpis = tuple(kpi for kpi in library.kpis if kpi.module in modules)
    _refuse_missing_modules(library, client, objects, kpis)
    kept = {"module": modules, "kpi": {kpi.code for kpi in kpis}, "object_model": {model.code for model in objects}}
    benchmarks = tuple(benchmark for benchmark in library.benchmarks if benchmark.kpi in kept["kpi"])
    kept |= {"benchmark": {benchmark.code for benchmark in benchmarks}, "client": {code}}
    readable = {*kept["object_model"], *kept["kpi"], *written, *(name for m in objects for name in model_names(m))}
    return replace(
        library,
        modules=tuple(_readable(module, readable) for module in library.modules if module.code in modules),
        objects=objects,
        kpis=kpis,
        benchmarks=benchmarks,
        value_chains=tuple(_only(chain, modules) for chain in library.value_chains),
        clients=(client,),
        client=code,
        associations=tuple(
            link
            for link in library.associations
            if all(end.kind not in kept or end.code in kept[end.kind] for end in (link.from_, link.to))
        ),
    )


def overridden(model: ObjectModel, override: Override | None) -> ObjectModel:
    """The object with what the client says of it. Raises ValidationError where the two do not fit."""
    if override is None:
        return model
    value: dict[str, Any] = json.loads(model.model_dump_json(exclude_unset=True, by_alias=True))
    value["archive"] = {kind: _stated(policy) for kind, policy in model.archive if policy is not None}
    for kind, said in override.archive.items():
        value["archive"][kind] = value["archive"].get(kind, {}) | said
    for column in value["table_schema"]["columns"]:
        for rule in column.get("quality", ()):
            if changed := override.quality.get(column["name"], {}).get(rule["rule"]):
                rule |= changed.model_dump(mode="json", exclude_unset=True)
    return ObjectModel.model_validate_json(json.dumps(value))


def _stated(policy: ArchivePolicy) -> dict[str, Any]:
    """A policy as a file would say it: nothing at once is called immediate there."""
    stated = policy.model_dump(mode="json", exclude_unset=True)
    return {key: "immediate" if value == "0 days" else value for key, value in stated.items()}


def _readable(module: Module, names: Collection[str]) -> Module:
    found = tuple(exposure for exposure in module.exposures if all(name in names for name in exposure.depends_on))
    return module.model_copy(update={"exposures": found})


def _only(chain: Any, modules: Collection[str]) -> Any:
    return chain.model_copy(update={"modules": tuple(code for code in chain.modules if code in modules)})


def _refuse_missing_modules(library: Library, client: Client, objects: Any, kpis: Any) -> None:
    """What a module refers to must be there too: a project with a hole in it would not build."""
    module_of = {model.table_name: model.module for model in library.objects}
    code_of = {model.code: model.module for model in library.objects}
    missing: dict[str, str] = {}
    for model in objects:
        for column in model.columns:
            targets = [column.foreign_key] if column.foreign_key else []
            targets += [rule.to for rule in column.quality if isinstance(rule, Reference)]
            for target in targets:
                missing.setdefault(module_of[target.partition(".")[0]], f"{model.table_name}.{column.name}")
        for link in model.table_schema.relationships:
            missing.setdefault(code_of[link.target_entity], f"the relationship {link.name} of {model.code}")
    for kpi in kpis:
        missing.setdefault(code_of[kpi.formula.object], f"the KPI {kpi.code}")
    lacking = {code: by for code, by in missing.items() if code not in client.modules}
    if lacking:
        shown = "; ".join(f"{code}, to which {by} refers" for code, by in sorted(lacking.items()))
        raise ProblemError(
            f"the modules of client {client.code} refer to others that it does not use: {shown}",
            hint="Nothing was changed. Add the modules to the client's, or remove what refers to them.",
        )


def override_problems(clients: Collection[Entry], objects: Collection[Entry]) -> Iterator[Problem]:
    """Columns and rules that an override names and the object lacks, and policies that do not hold with it."""
    models: dict[str, ObjectModel] = {entry.part.code: entry.part for entry in objects}
    for entry in clients:
        for code, override in entry.part.overrides.items():
            if code not in models:
                continue
            model, at = models[code], pointer_to("overrides", code)
            columns = {column.name: [rule.rule for rule in column.quality] for column in model.columns}
            for name, rules in override.quality.items():
                if name not in columns:
                    message = f"{model.table_name} has no column {name!r}{meant(name, columns)}"
                    yield entry.problem(at + pointer_to("quality", name), "E_REF", message)
                    continue
                for rule in rules:
                    if rule not in columns[name]:
                        known = ", ".join(columns[name]) or "none"
                        message = f"{name} has no rule {rule!r}; it has {known}{meant(rule, columns[name])}"
                        yield entry.problem(at + pointer_to("quality", name, rule), "E_REF", message)
            yield from _policy_problems(entry, at, model, override)


def _policy_problems(entry: Entry, at: str, model: ObjectModel, override: Override) -> Iterator[Problem]:
    try:
        overridden(model, override)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            for fault in details.get("ctx", {}).get("faults") or [Fault("", _code(details), details["msg"])]:
                pointer = pointer_to(*details["loc"]) + fault.at
                pointer = pointer if pointer.startswith("/archive") else "/quality"
                yield entry.problem(at + pointer, fault.code, fault.message)


def _code(details: Any) -> str:
    kind = str(details["type"])
    return kind if kind.startswith("E_") else "E_UNKNOWN_KEY" if kind == "extra_forbidden" else "E_TYPE"
