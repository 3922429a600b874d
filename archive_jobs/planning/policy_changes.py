"""Change policies at run time: literals that people write, and what the definitions propose. Moves no rows."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from archive_jobs.catalogue import write_event
from archive_jobs.database import Connection
from archive_jobs.planning.policy_table import (
    LAYER,
    InForce,
    Kind,
    Latest,
    Origin,
    changes,
    in_force,
    latest_policies,
    layer_default,
    lock_policies,
    may_age,
    proposed_policy,
    said,
    same,
    with_format,
    write_version,
)
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library
from definitions_to_dbt.policy import ArchivePolicy

_KINDS: tuple[Kind, ...] = ("analytics", "source")
# Of which table and layer a policy is, the literal says; a legal minimum has rules of its own.
_NOT_KEPT = {"name", "table_name", "source_layer", "archive_type", "legal_minimum"}


@dataclass(frozen=True)
class PolicyChange:
    """One policy that would be, or was, another. `table_name` is `*` for a layer's default."""

    table_name: str
    kind: Kind
    old: ArchivePolicy | None
    new: ArchivePolicy | None
    origin: Origin
    definition_hash: str | None = None

    @property
    def name(self) -> str:
        """How messages name what the policy is for."""
        return f"the default of {self.kind}" if self.table_name == LAYER else f"{self.table_name} ({self.kind})"

    def as_json(self) -> dict[str, Any]:
        """The change as plain values."""
        return {
            "table": None if self.table_name == LAYER else self.table_name,
            "kind": self.kind,
            "old": said(self.old) if self.old else None,
            "new": said(self.new) if self.new else None,
            "changes": [{"field": f, "old": old, "new": new} for f, old, new in changes(self.old, self.new)],
        }


def read_literals(text: str, where: str) -> list[ArchivePolicy]:
    """The policies of a JSON text: one, or a list. Raises ProblemError with every fault."""
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise ProblemError(f"{where}: expected a policy as JSON, found {error}") from None
    faults, found = [], []
    for number, literal in enumerate(given if isinstance(given, list) else [given]):
        try:
            found.append(ArchivePolicy.model_validate(literal))
        except ValidationError as error:
            at = f"{where}[{number}]" if isinstance(given, list) else where
            faults += [f"{at}{pointer}: {message}" for pointer, message in _faults(error)]
    if faults:
        raise ProblemError("\n".join(faults), hint="No policy was changed. Correct the policy and set it again.")
    return found


def _faults(error: ValidationError) -> Iterator[tuple[str, str]]:
    for details in error.errors(include_url=False):
        if details["type"] == "faults":
            yield from ((fault.at, fault.message) for fault in details["ctx"]["faults"])
        elif details["type"] == "extra_forbidden":
            # The schema has all words, also those that are translated.
            key, known = str(details["loc"][-1]), sorted(ArchivePolicy.model_json_schema()["properties"])
            close = difflib.get_close_matches(key, known, n=1)
            yield (
                "",
                f"unknown key {key!r}; " + (f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"),
            )
        else:
            yield "".join(f"/{step}" for step in details["loc"]), f"{details['msg']}, found {details['input']!r}"


def changes_to_set(
    library: Library, latest: Latest, literals: Sequence[ArchivePolicy], default_format: str
) -> list[PolicyChange]:
    """What the literals change; one that changes nothing is left out. Raises ProblemError for what cannot be obeyed.

    What a literal does not name stays as it is: a new retention must not shorten how long the archive is kept.
    """
    wanted: dict[tuple[str, Kind], PolicyChange] = {}
    for literal in literals:
        model, kind = _target(library, literal)
        if model is None:
            old = layer_default(kind, latest, default_format)
            stated = old if (LAYER, kind) in latest else None
            policy = with_format(_over(stated, literal), default_format)
            change = PolicyChange(LAYER, kind, old, _checked_default(policy, kind), "operator")
        else:
            standing = in_force(model, kind, latest, default_format)
            policy = with_format(_over(standing.policy, literal), default_format)
            new = _checked(model, kind, policy, standing)
            change = PolicyChange(model.table_name, kind, standing.policy, new, "operator", model.definition_hash)
            if standing.origin == "layer default":
                wanted[change.table_name, kind] = change
                continue
        if (change.table_name, kind) in wanted:
            raise ProblemError(f"{change.name} is set twice", hint="No policy was changed. Set each once.")
        if change.old is None or change.new is None or not same(change.old, change.new):
            wanted[change.table_name, kind] = change
    return list(wanted.values())


def _over(standing: ArchivePolicy | None, literal: ArchivePolicy) -> ArchivePolicy:
    """The literal, and of what stands all that it does not name. Raises ProblemError where the two contradict."""
    kept = standing.model_fields_set - _NOT_KEPT if standing else set()
    words = {name: getattr(standing, name) for name in kept}
    try:
        return ArchivePolicy.model_validate(words | {name: getattr(literal, name) for name in literal.model_fields_set})
    except ValidationError as error:
        raise ProblemError(
            "; ".join(message for _, message in _faults(error)),
            hint="No policy was changed. What a policy does not name stays as it is: name the other word too.",
        ) from None


def _target(library: Library, literal: ArchivePolicy) -> tuple[ObjectModel | None, Kind]:
    """The object and the archive a literal speaks of; no object where it is its layer's default."""
    name, kind = literal.table_name, literal.kind
    if name is None:
        if not literal.names_a_layer:
            raise ProblemError(
                "the policy names neither a table nor a layer: expected table_name, source_layer or archive_type",
                hint="No policy was changed. Say which table or layer the policy is for.",
            )
        return None, kind
    bare = name.removeprefix("source_")
    if bare != name and name not in library.tables and bare in library.tables:
        if literal.names_a_layer and kind != "source":
            raise ProblemError(f"{name} holds raw records, and the policy is of the {kind} archive")
        return library.object(bare), "source"
    return library.object(name), kind


def _checked_default(policy: ArchivePolicy, kind: Kind) -> ArchivePolicy:
    if kind == "analytics" and policy.retention is None:
        raise ProblemError("the default of analytics states no retention; nothing ages by guess")
    return policy


def _checked(model: ObjectModel, kind: Kind, policy: ArchivePolicy, standing: InForce) -> ArchivePolicy:
    """The policy with the legal minimum that is in force. Raises ProblemError where it may not or cannot be obeyed."""
    hint = "No policy was changed."
    if not may_age(model, kind):
        raise ProblemError(
            f"{model.table_name} is of kind {model.kind} with time_column {model.time_column}: only an event with a"
            " time_column ages",
            hint=f"{hint} State both in the definition of {model.code} first.",
        )
    if kind == "analytics" and policy.retention is None:
        raise ProblemError(
            f"{model.table_name}: the policy states no retention; nothing ages by guess",
            hint=f'{hint} State one, such as "retention_days": 90.',
        )
    minimum = max(
        (p.legal_minimum for p in (standing.policy, standing.proposed) if p and p.legal_minimum),
        key=lambda span: span.timedelta,
        default=None,
    )
    if minimum is None:
        return policy
    for word, span in (("legal_minimum", policy.legal_minimum), ("archive_retention", policy.archive_retention)):
        if span is not None and span.timedelta < minimum.timedelta:
            raise ProblemError(
                f"{model.table_name}: {word} {span.text} is below the legal minimum {minimum.text} in force",
                hint=f"{hint} A legal minimum is lowered in the definition of {model.code} and by `policies apply`.",
            )
    return policy if policy.legal_minimum else policy.model_copy(update={"legal_minimum": minimum})


def changes_to_apply(
    library: Library, latest: Latest, objects: Sequence[str], default_format: str
) -> list[PolicyChange]:
    """What would change if the table took over what the definitions propose."""
    found = []
    for model in [library.object(name) for name in objects] or library.objects:
        for kind in _KINDS:
            standing = in_force(model, kind, latest, default_format)
            proposed = proposed_policy(model, kind, default_format)
            is_new = standing.version is None and proposed is not None
            gives_back = proposed is None and standing.version is not None and standing.version.is_own
            if is_new or gives_back or standing.differs:
                old = standing.policy if standing.version else None
                found.append(PolicyChange(model.table_name, kind, old, proposed, "definitions", model.definition_hash))
    return found


def write_changes(connection: Connection, schema: str, wanted: Sequence[PolicyChange], reason: str | None) -> None:
    """Write the changes as versions, all or none. Raises ProblemError where another was faster."""
    with connection.transaction():
        for change in sorted(wanted, key=lambda c: (c.table_name, c.kind)):
            lock_policies(connection, (schema, change.table_name, change.kind))
        latest = latest_policies(connection, schema)
        for change in wanted:
            key = (schema, change.table_name, change.kind)
            last = latest.get((change.table_name, change.kind))
            if last and last.is_own and not (change.old and last.policy and same(change.old, last.policy)):
                raise ProblemError(
                    f"{change.name} was changed by {last.created_by} a moment ago",
                    hint="No policy was changed. Look at `archive-jobs policies show`, then set it again.",
                )
            version = write_version(connection, key, change.new, change.origin, change.definition_hash, reason)
            changed = change.as_json()["changes"]
            write_event(
                connection, "policy_changed", key=key,
                version=version, by=change.origin, reason=reason, changes=changed,
            )  # fmt: skip
