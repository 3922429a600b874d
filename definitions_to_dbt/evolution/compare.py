"""Two libraries into a list of changes. Objects by their code, or by the table they were renamed from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.evolution.change import Change, ChangeClass
from definitions_to_dbt.evolution.compare_columns import NEW_VERSION, REPLAY, column_changes, renamed_columns, shown
from definitions_to_dbt.library import Library

_Rule = tuple[ChangeClass, str]
_WORDS: _Rule = ("documentation", "the next `generate` carries the words")
_POLICY: _Rule = (
    "policy",
    "holds from the next run of `archive-jobs`; a shorter retention archives, then deletes, sooner",
)
# What an object says beside its columns -> class of a change of it, and the action.
_OBJECT: dict[str, _Rule] = {
    "name": _WORDS, "description": _WORDS, "owner": _WORDS, "tags": _WORDS, "examples": _WORDS, "version": _WORDS,
    "deprecation_date": _WORDS,
    "kind": ("breaking", f"the table is keyed and kept in another way; {NEW_VERSION}"),
    "time_column": ("breaking", f"rows age, and events are keyed, by another column; {NEW_VERSION}"),
    "module": ("breaking", "the staging model and source get other names; tables stay. Readers of staging change refs"),
    "tenant_column": ("policy", "the archive is partitioned by it from the next run on"),
    "subject_column": ("policy", "payloads archived from now on are encrypted by it; older ones stay as they are"),
    "display_column": ("breaking", "names joined into the read models of children change"),
    "storage": ("policy", "holds for a table that is made anew; one that is there keeps its layout"),
    "readers": ("policy", "grants are brought up to date by the next run"),
    "archive": _POLICY,
}  # fmt: skip
_SOURCE: dict[str, _Rule] = {
    "system": _WORDS,
    "format": ("breaking", "the sender changes at the same time; land what is left of the old format first"),
    "order": ("meaning", f"another record may be the newest; {REPLAY}"),
    "delete_types": ("meaning", f"other records are deletions; {REPLAY}"),
    "freshness": ("quality", "the limits of a test change"),
    "reject_rate": ("quality", "the limits of a test change"),
    "volume": ("quality", "the limits of a test change"),
}
_UNREAD_RECORDS = ("format",)
# A column that was renamed is the same column here.
_NAMING_A_COLUMN = ("time_column", "tenant_column", "subject_column", "display_column", "order")
# What the other kinds of Layer 1 may change without changing a figure.
_KPI_MEANING = ("formula", "unit", "direction", "grain", "dimensions", "time_column", "filter")
_POLICIES = {
    ("modules", "readers"): "grants are brought up to date by the next run",
    ("clients", "overrides"): "holds in the client's own project from its next `generate --client` on",
    ("clients", "modules"): "objects come to or leave the client's own project with its next `generate --client`",
}
_OTHER_KINDS = ("modules", "kpis", "benchmarks", "industries", "value_chains", "clients", "attributes", "associations")


def compare(old: Library, new: Library) -> list[Change]:
    """Every change from the old library to the new one, in the order of the objects."""
    changes = list(_objects(old, new))
    for kind in _OTHER_KINDS:
        before = {part.code: part for part in getattr(old, kind, ())}
        after = {part.code: part for part in getattr(new, kind, ())}
        changes += _layer_1(kind, before, after)
    return changes


def _objects(old: Library, new: Library) -> Iterator[Change]:
    before = {model.code: model for model in old.objects}
    tables = {model.table_name: model for model in old.objects}
    codes = {model.code for model in new.objects}
    for model in new.objects:
        earlier = before.pop(model.code, None)
        formerly = tables.get(model.renamed_from or "")
        if earlier is None and formerly is not None and formerly.code not in codes:
            earlier = before.pop(formerly.code, None)
        if earlier is None:
            action = "nothing to do: tables are made and models built by the next run"
            yield Change(model.code, model.table_name, "object added", "additive", action)
        else:
            yield from _pair(earlier, model)
    for model in before.values():
        action = f"its models go, its tables and archive stay until somebody drops them; {NEW_VERSION} instead"
        yield Change(model.code, model.table_name, "object removed", "breaking", action, True, False)


def _pair(old: ObjectModel, new: ObjectModel) -> Iterator[Change]:
    yield from _table(old, new)
    now_called = renamed_columns(old, new)
    was_key = tuple(now_called.get(name, name) for name in old.primary_key)
    if was_key != new.primary_key:
        what = f"business key ({', '.join(new.primary_key)}), was ({', '.join(was_key)})"
        yield Change(
            new.code, new.table_name, what, "breaking", f"other rows are the same thing; {NEW_VERSION}", False, False
        )
    skipped = {"code", "table_schema", "renamed_from", "source", "spec_version"}
    yield from _fields(new, old, new, _OBJECT, skipped, "", now_called)
    yield from _fields(new, old.source, new.source, _SOURCE, {"business_key"}, "source.", now_called)
    yield from column_changes(old, new)
    for part in ("indexes", "relationships"):
        if getattr(old.table_schema, part) != getattr(new.table_schema, part):
            is_index = part == "indexes"
            action = "made by the next run; none is dropped" if is_index else "the next `generate` carries it"
            yield Change(new.code, new.table_name, part, "policy" if is_index else "documentation", action)
    if old.table_schema.description != new.table_schema.description:
        yield Change(new.code, new.table_name, "description", *_WORDS)


def _table(old: ObjectModel, new: ObjectModel) -> Iterator[Change]:
    if old.code != new.code:
        yield Change(new.code, new.table_name, f"code {new.code}, was {old.code}", "rename", "nothing to do")
    if old.table_name == new.table_name:
        return
    what = f"table renamed from {old.table_name}"
    if new.renamed_from == old.table_name:
        action = "rename: the next run renames its tables and what hangs on them; archives read back under the new name"
        yield Change(new.code, new.table_name, what, "rename", action)
    else:
        action = f"a new, empty table; state renamed_from {old.table_name!r} if it holds the same rows"
        yield Change(new.code, new.table_name, what, "breaking", action)


def _fields(
    model: ObjectModel, old: BaseModel, new: BaseModel, rules: dict[str, _Rule], skipped: set[str], prefix: str,
    now_called: Mapping[str, str],
) -> Iterator[Change]:  # fmt: skip
    for name in type(new).model_fields:
        before, after = getattr(old, name, None), getattr(new, name)
        if name in _NAMING_A_COLUMN:
            before = now_called.get(str(before), before)
        if name in skipped or before == after:
            continue
        change_class, action = rules.get(name, ("meaning", f"look at it: {REPLAY}"))
        short = before is None or isinstance(before, str | int | tuple)
        what = f"{prefix}{name} {shown(after)}, was {shown(before)}" if short else f"{prefix}{name} changed"
        is_read = name not in _UNREAD_RECORDS
        yield Change(model.code, model.table_name, what, change_class, action, is_read, is_read)


def _layer_1(kind: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for code in sorted({*before, *after}):
        if code not in before:
            yield Change(code, kind, "added", "additive", "nothing to do: `dbt seed` loads it")
        elif code not in after:
            is_kpi = kind == "kpis"
            action = "whoever reads the figure loses it" if is_kpi else "`dbt seed` takes it out"
            yield Change(code, kind, "removed", "breaking" if is_kpi else "documentation", action)
        else:
            names = [
                n for n in type(after[code]).model_fields if getattr(before[code], n, None) != getattr(after[code], n)
            ]
            for name in names:
                if policy := _POLICIES.get((kind, name)):
                    yield Change(code, kind, f"{name} changed", "policy", policy)
                    continue
                bends = kind == "kpis" and name in _KPI_MEANING
                action = (
                    "figures before and after do not compare; run the marts anew" if bends else "`dbt seed` loads it"
                )
                yield Change(code, kind, f"{name} changed", "meaning" if bends else "documentation", action)
