"""Whether the ends of associations and what exposures read exist: what only all files together can tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from definitions_to_dbt.errors import Problem, meant
from definitions_to_dbt.metadata import End, ValueChain
from definitions_to_dbt.names import model_names
from definitions_to_dbt.reading import Entry

Entries = Mapping[str, Sequence[Entry]]
# The models that people wrote, asked for only where something names one. None where the project is not known.
Written = Callable[[], Collection[str]] | None

# The word for one thing -> the folder its kind is in.
FOLDER_OF = {
    "industry": "industries",
    "value_chain": "value_chains",
    "module": "modules",
    "object_model": "object_models",
    "attribute": "attributes",
    "kpi": "kpis",
    "benchmark": "benchmarks",
    "client": "clients",
}


def association_problems(entries: Entries, faulty: Collection[str]) -> Iterator[Problem]:
    """Ends that name nothing, and rows of objects that no one value tells apart."""
    codes = {folder: {entry.part.code for entry in found} for folder, found in entries.items()}
    for entry in entries["associations"]:
        for side, end in (("/from", entry.part.from_), ("/to", entry.part.to)):
            known = codes[FOLDER_OF[end.kind]]
            if end.code not in known and end.code not in faulty:
                message = f"{FOLDER_OF[end.kind]} has no {end.code!r}{_other_kind(end, codes)}"
                yield entry.problem(f"{side}/code", "E_REF", message)
            yield from _part_problems(entry, side, end, entries)


def _other_kind(end: End, codes: Mapping[str, Collection[str]]) -> str:
    """A code of another kind is more likely meant than a mistyped one."""
    kind = next((kind for kind, folder in FOLDER_OF.items() if end.code in codes[folder]), None)
    return f"; it is of kind {kind!r}" if kind else meant(end.code, codes[FOLDER_OF[end.kind]])


def _part_problems(entry: Entry, side: str, end: End, entries: Entries) -> Iterator[Problem]:
    part = next((e.part for e in entries[FOLDER_OF[end.kind]] if e.part.code == end.code), None)
    if isinstance(part, ValueChain) and end.stage is not None:
        stages = [stage.code for stage in part.stages]
        if end.stage not in stages:
            message = f"{end.code} has no stage {end.stage!r}{meant(end.stage, stages)}"
            yield entry.problem(f"{side}/stage", "E_REF", message)
    elif part is not None and end.row is not None and len(part.primary_key) != 1:
        message = f"a row of {part.table_name} is told by {len(part.primary_key)} columns; expected a key of one"
        yield entry.problem(f"{side}/row", "E_KEY", message)


def exposure_problems(entries: Entries, faulty: Collection[str], written: Written) -> Iterator[Problem]:
    """Names taken twice, and dependencies that are no object, KPI or model."""
    codes = {entry.part.code for folder in ("object_models", "kpis") for entry in entries[folder]}
    models = {name for entry in entries["object_models"] for name in model_names(entry.part)}
    taken: set[str] = set()
    for entry in entries["modules"]:
        for place, exposure in enumerate(entry.part.exposures):
            at = f"/exposures/{place}"
            if exposure.name in taken:
                yield entry.problem(f"{at}/name", "E_DUP", f"the exposure {exposure.name!r} stands twice")
            taken.add(exposure.name)
            for number, name in enumerate(exposure.depends_on):
                if name in codes or name in models or name in faulty:
                    continue
                if name.isupper():
                    message = f"no object or KPI has the code {name!r}{meant(name, codes)}"
                elif written is not None and name not in (known := models | set(written())):
                    message = f"no model is called {name!r}{meant(name, known)}"
                else:
                    continue
                yield entry.problem(f"{at}/depends_on/{number}", "E_REF", message)
