"""The columns of one object then and now: what is new, gone, renamed, of another type, or read in another way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from definitions_to_dbt.columns import is_required
from definitions_to_dbt.definition import Column, ObjectModel
from definitions_to_dbt.evolution.change import Change, ChangeClass
from definitions_to_dbt.quality import AcceptedValues, Length, Range
from definitions_to_dbt.widening import change_of

NEW_VERSION = (
    "new model version: define the new shape as an object and table of its own, keep this one as it was and give it a "
    "deprecation_date; readers move in between"
)
REPLAY = "rows that are there keep the old reading until `archive-jobs replay` reads their raw records again"
_NOTHING = "nothing to do"
_WORDS = "the next `generate` carries the words"

# What else a column says -> class of a change of it, action, and whether old and new records are still read alike.
_KEYS: dict[str, tuple[ChangeClass, str, bool]] = {
    "expression": ("meaning", f"backfill: {REPLAY}", True),
    "time_format": ("meaning", f"the sender changes at the same time; {REPLAY}", False),
    "time_zone": ("meaning", f"backfill: {REPLAY}", False),
    "null_values": ("meaning", f"backfill: {REPLAY}", True),
    "default": ("meaning", f"backfill: {REPLAY}", True),
    "unit": ("meaning", "convert or read again what is there, or give the figure a column of its own", False),
    "foreign_key": (
        "quality",
        "the test of the reference changes; names joined into the read model may come or go",
        True,
    ),
    "unique": ("quality", "a test comes or goes; rows that are there are tested", True),
    "display_as": ("breaking", "the column of the read model is called otherwise: readers change their queries", True),
    "index": ("policy", "an index is made by the next run; none is dropped", True),
    "autoincrement": ("documentation", _NOTHING, True),
    "pii_allowed_in_clear": ("policy", "the next run shows or hides the column to readers", True),
    "description": ("documentation", _WORDS, True),
}
# Compared with rules of their own, or no more than a way to write the same.
_ELSEWHERE = {
    "name", "type", "length", "precision", "scale", "nullable", "primary_key", "quality", "pii", "renamed_from",
    "source_path", "source_name", "attribute",
}  # fmt: skip


@dataclass(frozen=True)
class _Pair:
    old: Column
    new: Column


def renamed_columns(old: ObjectModel, new: ObjectModel) -> dict[str, str]:
    """What each column that was renamed is called now, by its former name."""
    before, now = {column.name for column in old.columns}, {column.name for column in new.columns}
    found: dict[str, str] = {}
    for column in new.columns:
        formerly = column.renamed_from
        if column.name not in before and formerly in before and formerly not in now:
            found.setdefault(str(formerly), column.name)
    return found


def column_changes(old: ObjectModel, new: ObjectModel) -> Iterator[Change]:
    """Every change of a column, in the order of the columns now, then those that are gone."""
    before = {column.name: column for column in old.columns}
    left = dict(before)
    for column in new.columns:
        formerly = column.renamed_from
        if column.name in before:
            left.pop(column.name, None)
            yield from _pair_changes(old, new, _Pair(before[column.name], column))
        elif formerly in left and formerly not in {c.name for c in new.columns}:
            pair = _Pair(left.pop(formerly), column)
            yield _renamed(new, pair)
            yield from _pair_changes(old, new, pair)
        else:
            yield _added(new, column)
    for column in left.values():
        needed = is_required(old, column)
        action = f"the table keeps the column and its values, readers lose it; {NEW_VERSION}, or keep the column"
        yield Change(
            new.code, _at(new, column), f"column removed ({column.pg_type.sql})", "breaking", action, True, not needed
        )


def _at(model: ObjectModel, column: Column) -> str:
    return f"{model.table_name}.{column.name}"


def _added(model: ObjectModel, column: Column) -> Change:
    at, what = _at(model, column), f"column added ({column.pg_type.sql})"
    if is_required(model, column) and column.default is None and column.expression is None:
        action = "records without it are rejected: let it be nullable or give it a default, then backfill by replay"
        return Change(model.code, at, f"{what}, required", "breaking", action, backward=False)
    action = "append column: the next run adds it, rows that are there hold null"
    if column.default is not None or column.expression is not None:
        action += f"; backfill: {REPLAY}"
    return Change(model.code, at, what, "additive", action)


def _renamed(model: ObjectModel, pair: _Pair) -> Change:
    at, what = _at(model, pair.new), f"column renamed from {pair.old.name}"
    action = "rename: the next run renames the column, and archives read back under the new name"
    if pair.old.payload_path != pair.new.payload_path:
        action += f"; if the sender keeps the old key, state source_path {_path(pair.old)!r}"
        return Change(model.code, at, what, "rename", action, backward=False, forward=False)
    return Change(model.code, at, what, "rename", action)


def _path(column: Column) -> str:
    return column.source_path or column.source_name or column.name


def _pair_changes(old: ObjectModel, new: ObjectModel, pair: _Pair) -> Iterator[Change]:
    at = _at(new, pair.new)
    yield from _type_change(new, pair)
    was, now = is_required(old, pair.old), is_required(new, pair.new)
    if was and not now:
        yield Change(new.code, at, "may be null now", "widening", "readers expect null", forward=False)
    elif now and not was:
        action = "records without it are rejected, and tests fail for rows without it: backfill first"
        yield Change(new.code, at, "required now", "breaking", action, backward=False)
    if pair.old.name == pair.new.name and pair.old.payload_path != pair.new.payload_path:
        what = f"read from {_path(pair.new)}, was {_path(pair.old)}"
        yield Change(new.code, at, what, "meaning", f"the sender changes at the same time; {REPLAY}", False, False)
    if pair.old.pii != pair.new.pii:
        action = "readers see other values; rows archived before keep what they hold; read docs on personal data"
        yield Change(new.code, at, f"pii {pair.new.pii}, was {pair.old.pii}", "breaking", action)
    yield from _rule_changes(new, pair)
    for key in sorted(set(Column.model_fields) - _ELSEWHERE):
        before, after = getattr(pair.old, key), getattr(pair.new, key)
        if before != after:
            what, action, is_alike = _KEYS.get(key, ("meaning", f"look at it: {REPLAY}", True))
            yield Change(new.code, at, f"{key} {shown(after)}, was {shown(before)}", what, action, is_alike, is_alike)


def _type_change(model: ObjectModel, pair: _Pair) -> Iterator[Change]:
    old, new = pair.old.pg_type, pair.new.pg_type
    found = change_of(old, new, _stated_zone(pair.new))
    if found.verdict == "identical":
        return
    what, at = f"type {new.sql}, was {old.sql}", _at(model, pair.new)
    if found.verdict == "widening":
        action = "ALTER TYPE: the next run widens the column and puts the views on it back; archives read back widened"
        yield Change(model.code, at, what, "widening", action, forward=False)
        return
    narrows = change_of(new, old, _stated_zone(pair.old)).verdict == "widening"
    action = f"{found.reason}: the next run refuses; {NEW_VERSION}, or give the column a new name"
    yield Change(model.code, at, what, "breaking", action, backward=False, forward=narrows)


def _stated_zone(column: Column) -> str | None:
    return column.time_zone if "time_zone" in column.model_fields_set else None


def _rule_changes(model: ObjectModel, pair: _Pair) -> Iterator[Change]:
    """Rules that reject come and go for records; the others only flag."""
    old, new = ([rule for rule in column.quality if rule.is_active] for column in (pair.old, pair.new))
    gone, come = [rule for rule in old if rule not in new], [rule for rule in new if rule not in old]
    for was in list(gone):
        now = next((rule for rule in come if (rule.rule, rule.severity) == (was.rule, was.severity)), None)
        if now is not None and (change := _rule_bent(model, pair, was, now)):
            gone.remove(was)
            come.remove(now)
            yield change
    for rules, what, action, rejects in (
        (
            come,
            "rule added",
            "records that break it are rejected or flagged from now on; rows that are there are tested",
            True,
        ),
        (gone, "rule removed", "`archive-jobs replay --rejected` lets in what it had rejected", False),
    ):
        for rule in rules:
            is_error = rule.severity == "error"
            backward, forward = not (is_error and rejects), not (is_error and not rejects)
            said = f"{what}: {rule.rule} ({rule.severity})"
            yield Change(model.code, _at(model, pair.new), said, "quality", action, backward, forward)


def _rule_bent(model: ObjectModel, pair: _Pair, was: Any, now: Any) -> Change | None:
    """A rule that says the same in other words, or only lets more or less through. None where it is another rule."""
    at, said = _at(model, pair.new), f"{now.rule} ({now.severity})"
    if _bare(was) == _bare(now):
        return Change(model.code, at, f"other words for the rule {said}", "documentation", _WORDS)
    looser, tighter = _lets_through(now, was), _lets_through(was, now)
    if not (looser or tighter):
        return None
    rejects = now.severity == "error"
    if looser:
        action = "`archive-jobs replay --rejected` lets in what it had rejected"
        return Change(model.code, at, f"rule takes more: {said}", "quality", action, forward=not rejects)
    action = "records that break it are rejected or flagged from now on; rows that are there are tested"
    return Change(model.code, at, f"rule takes less: {said}", "quality", action, backward=not rejects)


def _bare(rule: Any) -> Any:
    return rule.model_copy(update={"description": ""})


def _lets_through(wide: Any, narrow: Any) -> bool:
    """True where every value that fits the narrow rule fits the wide one, as far as lists and bounds can tell."""
    if isinstance(wide, AcceptedValues):
        return {(type(value), value) for value in narrow.values} <= {(type(value), value) for value in wide.values}
    if not isinstance(wide, Range | Length):
        return False
    bounds = (wide.min, wide.max, narrow.min, narrow.max)
    if any(isinstance(bound, str) for bound in bounds):
        return False
    is_low = wide.min is None or (narrow.min is not None and wide.min <= narrow.min)
    return is_low and (wide.max is None or (narrow.max is not None and wide.max >= narrow.max))


def shown(value: Any) -> str:
    text = "nothing" if value in (None, "", (), []) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
