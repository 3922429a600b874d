"""A page per module for the docs site: what it is for, who answers, who reads it, its figures and its tables.

dbt shows the block `__module_commerce__` under `#!/overview/module_commerce`. Plain objects in, Markdown out; what only
a server or dbt's manifest can tell is added by whoever writes the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from definitions_to_dbt import names
from definitions_to_dbt.benchmark_tests import bounds_of
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.duration import Duration
from definitions_to_dbt.exposure import Exposure
from definitions_to_dbt.kpis import relation_of
from definitions_to_dbt.library import Library
from definitions_to_dbt.metadata import Kpi, Module

MODULES = "modules"
_GOOD = {"higher_is_better": "more", "lower_is_better": "less", "target": "near its target"}
# Whatever Markdown, dbt or a browser would take for its own.
_MARKED = str.maketrans({letter: f"\\{letter}" for letter in "\\`*[]|"} | {"<": "&lt;", ">": "&gt;", "{": "&#123;"})

# An underscore inside a word is none of Markdown's.
_EMPHASIS = re.compile(r"(?<!\w)_|_(?!\w)")


def module_pages(library: Library, notice: str) -> dict[str, str]:
    """The pages by their paths below the dbt project, and the one that leads to them."""
    modules = [module for module in library.modules if library.of_module(module.code)]
    if not modules:
        return {}
    files = {
        f"models/semantic/{module.code.lower()}/_{module.code.lower()}__page.md": _block(
            page_of(module.code), notice, _module_page(library, module)
        )
        for module in modules
    }
    return files | {"models/semantic/_modules.md": _block(MODULES, notice, _overview(library, modules))}


def page_of(code: str) -> str:
    """The name under which the site shows a module: `#!/overview/module_commerce`."""
    return f"module_{code.lower()}"


def modules_table(library: Library, modules: Iterable[Module]) -> str:
    """Every module in a line, with the way to its page."""
    rows = [
        (
            f"[{_text(module.name)}](#!/overview/{page_of(module.code)})",
            _text(module.description),
            len(library.of_module(module.code)),
            sum(kpi.module == module.code for kpi in library.kpis),
            _text(module.owner or ""),
        )
        for module in modules
    ]
    return _table(("module", "what it is for", "tables", "figures", "owner"), rows)


def _overview(library: Library, modules: Sequence[Module]) -> str:
    return f"# Modules\n\n{modules_table(library, modules)}\n\n[Back to the first page](#!/overview)\n"


def _module_page(library: Library, module: Module) -> str:
    kpis = sorted((kpi for kpi in library.kpis if kpi.module == module.code), key=lambda kpi: kpi.name)
    models = sorted(library.of_module(module.code), key=lambda model: model.table_name)
    parts = [f"# {_text(module.name)}", _text(module.description)]
    if module.owner:
        parts.append(f"**{_text(module.owner)}** answers for it, where no other owner is named.")
    if module.exposures:
        parts += ["## Who reads it", _table(("reader", "what for", "reads", "owner"), map(_exposure, module.exposures))]
    if kpis:
        parts += ["## Figures", _table(("figure", "what it says", "unit", "good is", "by", "owner"), map(_kpi, kpis))]
    if benchmarks := list(_benchmarks(library, kpis)):
        parts += ["## What others reach", _table(("figure", "in", "period", "percentiles", "is held to"), benchmarks)]
    head = ("table", "what a row is", "kind", "kept", "to be read as", "owner")
    parts += ["## Tables", _table(head, map(_model, models)), f"[All modules](#!/overview/{MODULES})"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _exposure(exposure: Exposure) -> tuple[str, ...]:
    label = _text(exposure.label or exposure.name)
    shown = f"[{label}]({exposure.url})" if exposure.url else label
    owner = ", ".join(_text(said) for said in (exposure.owner.name, exposure.owner.email) if said)
    reads = ", ".join(f"`{name.lower()}`" for name in exposure.depends_on)
    return f"{shown} ({exposure.type})", _text(exposure.description), reads, owner


def _kpi(kpi: Kpi) -> tuple[str, ...]:
    said = _text(kpi.description)
    name = f"{_text(kpi.label or kpi.name)} `{kpi.code.lower()}`"
    return name, said, _text(kpi.unit), _GOOD[kpi.direction], kpi.grain, _text(kpi.owner or "")


def _benchmarks(library: Library, kpis: Iterable[Kpi]) -> Iterator[tuple[str, ...]]:
    """A line for each benchmark of these figures, and what a test of it asks: `<benchmark>_is_met`."""
    industries = {industry.code: industry.name for industry in library.industries}
    for kpi in kpis:
        for one in sorted((one for one in library.benchmarks if one.kpi == kpi.code), key=lambda one: one.code):
            stated = ", ".join(f"{name} {value:.12g}" for name, value in sorted(one.percentiles.items()))
            asked = " and ".join(
                f"{side.replace('_', ' ')} {value:.12g}" for side, value in bounds_of(one, kpi).items()
            )
            where = _text(industries.get(one.industry) or one.industry)
            yield f"`{kpi.code.lower()}`", where, f"{one.period.start} to {one.period.end}", stated, asked or "nothing"


def _model(model: ObjectModel) -> tuple[str, ...]:
    kept = "always"
    if model.ages and (policy := model.archive.analytics) is not None:
        kept = f"{_written(policy.retention)}, in the lake {_written(policy.archive_retention)}"
    relations = [relation_of(model), *([names.versions(model)] if model.has_versions else [])]
    read_as = ", ".join(f"`{name}`" for name in relations)
    what = f"{_text(model.name)}: {_text(model.description)}" if model.description else _text(model.name)
    return f"`{model.table_name}`", what, model.kind, kept, read_as, _text(model.owner or "")


def _written(span: Duration | None) -> str:
    return span.written if span else "always"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _text(text: str) -> str:
    """Text on one line that is text and nothing else."""
    marked = " ".join(text.split()).replace("&", "&amp;").translate(_MARKED)
    return _EMPHASIS.sub(r"\_", marked)


def _block(name: str, notice: str, body: str) -> str:
    return f"<!-- {notice} -->\n{{% docs __{name}__ %}}\n{body}{{% enddocs %}}\n"
