"""The self-test of a library from end to end, and what is said of it: a table, and every difference."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import Library
from definitions_to_dbt.selftest.build import Say, build
from definitions_to_dbt.selftest.compare import Mismatch, compare
from definitions_to_dbt.selftest.samples import NEEDS_AN_EXTENSION
from definitions_to_dbt.selftest.synthesise import CASES, Synthesis, synthesise

_SHOWN = 20


@dataclass
class ObjectReport:
    """What was asked of one object, and where the answer was another."""

    model: ObjectModel
    cases: Counter[str]
    rejected: int
    unjudged: Counter[str]
    never_broken: list[str]
    mismatches: list[Mismatch] = field(default_factory=list)


@dataclass
class Report:
    """What was asked of all of them."""

    objects: list[ObjectReport] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def mismatches(self) -> list[Mismatch]:
        """Every difference of every object."""
        return [mismatch for one in self.objects for mismatch in one.mismatches]

    @property
    def has_passed(self) -> bool:
        """True where all that landed is where it was expected, and something was."""
        is_each_asked = all(one.cases["valid"] for one in self.objects)
        return is_each_asked and not self.mismatches and not self.broken


def run_selftest(library: Library, codes: Sequence[str], say: Say) -> Report:
    """Build the library on a server of its own and compare. `codes` chooses objects; empty for all.

    Raises ProblemError where a code names no object, or no server can be started.
    """
    chosen = [library.object(code) for code in codes] or list(library.objects)
    report = Report(left_out={model.code: why for model in chosen if (why := _left_out(model))})
    chosen = [model for model in chosen if model.code not in report.left_out]
    made = []
    for model in chosen:
        say(f"synthesising payloads of {model.code}")
        made.append(synthesise(model))
    batches = {one.model.code: one.batches for one in made}
    built = build(with_only(library, chosen), batches, say)
    report.broken = built.broken
    for one in made:
        code = one.model.code
        found = _report(one)
        found.mismatches = compare(one.model, one.batches, built.seqs[code], built.objects[code])
        report.objects.append(found)
    return report


def with_only(library: Library, chosen: Sequence[ObjectModel]) -> Library:
    """The library with these objects, and the parents they refer to: without them the project does not build."""
    tables = {model.table_name: model for model in library.objects}
    wanted = {model.code: model for model in chosen}
    queue = list(chosen)
    while queue:
        model = queue.pop()
        targets = [column.foreign_key for column in model.columns if column.foreign_key]
        targets += [rule.to for column in model.columns for rule in column.quality if rule.rule == "reference"]
        for target in targets:
            parent = tables.get(target.partition(".")[0])
            if parent is not None and parent.code not in wanted:
                wanted[parent.code] = parent
                queue.append(parent)
    objects = tuple(model for model in library.objects if model.code in wanted)
    # Exposures read marts that people wrote: models of their project, not of the generated one.
    modules = tuple(module.model_copy(update={"exposures": ()}) for module in library.modules)
    if len(objects) == len(library.objects):
        return replace(library, modules=modules)
    # What refers to objects refers to some that are not there.
    lists = (one.name for one in fields(library) if isinstance(getattr(library, one.name), tuple))
    others = {name: () for name in lists if name != "attributes"}
    return replace(library, **{**others, "objects": objects, "modules": modules})  # type: ignore[arg-type]  # all are tuples


def _left_out(model: ObjectModel) -> str:
    for column in model.columns:
        base = (column.pg_type.element or column.pg_type).base
        if base in NEEDS_AN_EXTENSION:
            return (
                f"{column.name} is {column.pg_type.sql}, a type of an extension that the embedded server does not have"
            )
    return ""


def _report(made: Synthesis) -> ObjectReport:
    records = [record for batch in made.batches for record in batch]
    rejected = sum(not record.verdict.is_accepted for record in records)
    cases = Counter(record.case for record in records)
    return ObjectReport(made.model, cases, rejected, made.unjudged, made.never_broken)


def as_table(report: Report) -> str:
    """Objects by cases: how many records of each were asked about, and how many differences were found."""
    heads = ["object", *CASES, "rejected", "unjudged", "differs"]
    lines = [heads]
    for one in report.objects:
        counts = [str(one.cases[case]) for case in CASES]
        ends = [one.rejected, sum(one.unjudged.values()), len(one.mismatches)]
        lines.append([one.model.code, *counts, *map(str, ends)])
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    )


def as_text(report: Report) -> str:
    """The table, what could not be judged, and every difference."""
    parts = [as_table(report)]
    for code, why in report.left_out.items():
        parts.append(f"left out: {code}: {why}")
    for one in report.objects:
        parts += [f"not judged: {one.model.code}: {why} ({count} records)" for why, count in one.unjudged.items()]
        parts += [
            f"never broken: {one.model.code}: {rule}: no payload was found that breaks it" for rule in one.never_broken
        ]
        if not one.cases["valid"]:
            parts.append(f"not asked: {one.model.code}: no payload could be judged")
    parts += [f"broken: {name}: {why}" for name, why in report.broken.items()]
    parts += [str(mismatch) for mismatch in report.mismatches[:_SHOWN]]
    if len(report.mismatches) > _SHOWN:
        parts.append(f"... and {len(report.mismatches) - _SHOWN} more; --json shows all")
    records = sum(sum(one.cases.values()) for one in report.objects)
    summary = f"{len(report.objects)} objects, {records} records: {len(report.mismatches)} differences"
    return "\n".join([*parts, summary + (f", {len(report.broken)} nodes broken" if report.broken else "")])


def as_json(report: Report) -> str:
    """The same for programs."""
    objects = [
        {
            "code": one.model.code,
            "cases": dict(one.cases),
            "rejected": one.rejected,
            "unjudged": dict(one.unjudged),
            "never_broken": one.never_broken,
            "mismatches": [vars(mismatch) for mismatch in one.mismatches],
        }
        for one in report.objects
    ]
    whole = {"passed": report.has_passed, "objects": objects, "broken": report.broken, "left_out": report.left_out}
    return json.dumps(whole, indent=1, ensure_ascii=False)
