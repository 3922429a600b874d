"""The versions of policies as the catalogue keeps them. Says what is in force; what ages by it is others' business."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.database import Connection
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.policy import ArchivePolicies, ArchivePolicy

Kind = Literal["analytics", "source"]
Origin = Literal["definitions", "operator", "layer default"]
LAYER = "*"  # stands for the table's name where a policy is the default of its layer

# What a policy does; the rest of a literal says what it is called and where it stands.
_LABELS = {"name", "table_name", "source_layer", "archive_type"}
_BUILT_IN = ArchivePolicies().source


@dataclass(frozen=True)
class PolicyVersion:
    """One version of one table's policy. `policy` is None where the table was given back to its layer's default."""

    table_name: str
    kind: Kind
    version: int
    policy: ArchivePolicy | None
    proposed_by: Origin
    created_at: datetime
    created_by: str
    reason: str | None

    @property
    def is_own(self) -> bool:
        """True where the version speaks of the table itself, and is not a note of its layer's default."""
        return self.proposed_by != "layer default" and self.policy is not None

    def as_json(self) -> dict[str, Any]:
        """The version as plain values."""
        return {
            "table": self.table_name,
            "kind": self.kind,
            "version": self.version,
            "policy": said(self.policy) if self.policy else None,
            "proposed_by": self.proposed_by,
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class InForce:
    """What a table ages by. `version` is None until a run or `policies apply` has written it down."""

    policy: ArchivePolicy | None
    origin: Origin
    version: PolicyVersion | None
    proposed: ArchivePolicy | None

    @property
    def differs(self) -> bool:
        """True where the definitions propose something else than what is in force."""
        if self.version is None or self.proposed is None:
            return False
        return self.policy is None or not same(self.policy, self.proposed)


Latest = Mapping[tuple[str, str], PolicyVersion]


def latest_policies(connection: Connection, schema: str) -> dict[tuple[str, str], PolicyVersion]:
    """The last version of each table and layer; nothing before the first run."""
    if not catalogue_exists(connection):
        return {}
    found = policy_versions(connection, schema, "distinct on (table_name, kind)")
    return {(version.table_name, version.kind): version for version in found}


def policy_versions(connection: Connection, schema: str, which: str = "") -> list[PolicyVersion]:
    """Versions, the newest of each table first."""
    rows = connection.execute(
        f"select {which} table_name, kind, version, policy, proposed_by, created_at, created_by, reason"
        " from archive_catalog.policies where schema_name = %s order by table_name, kind, version desc".encode(),
        (schema,),
    )
    return [
        PolicyVersion(table, kind, version, ArchivePolicy.model_validate(policy) if policy else None, *rest)
        for table, kind, version, policy, *rest in rows
    ]


def proposed_policy(model: ObjectModel, kind: Kind, default_format: str = "parquet") -> ArchivePolicy | None:
    """What the definition itself states. A source policy that it does not state is its layer's default."""
    if kind == "source":
        stated = model.archive.source if "source" in model.archive.model_fields_set else None
    else:
        stated = model.archive.analytics if model.ages else None
    return None if stated is None else with_format(stated, default_format)


def with_format(policy: ArchivePolicy, default_format: str) -> ArchivePolicy:
    """The policy with the format of the settings, where it names none."""
    if "format" in policy.model_fields_set or policy.format == default_format:
        return policy
    return policy.model_copy(update={"format": default_format})


def in_force(model: ObjectModel, kind: Kind, latest: Latest, default_format: str = "parquet") -> InForce:
    """What the table ages by: its own last version, else what is proposed the first time, else the layer's default."""
    own = latest.get((model.table_name, kind))
    proposed = proposed_policy(model, kind, default_format)
    if own is not None and own.is_own:
        return InForce(own.policy, own.proposed_by, own, proposed)
    if own is None and proposed is not None:
        return InForce(proposed, "definitions", None, proposed)
    default = layer_default(kind, latest, default_format)
    return InForce(default if may_age(model, kind) else None, "layer default", own, proposed)


def layer_default(kind: Kind, latest: Latest, default_format: str = "parquet") -> ArchivePolicy | None:
    """The policy of tables without one: what somebody has set, else 7 days for raw records and none for the others."""
    version = latest.get((LAYER, kind))
    if version is not None and version.policy is not None:
        return version.policy
    return with_format(_BUILT_IN, default_format) if kind == "source" else None


def may_age(model: ObjectModel, kind: Kind) -> bool:
    """Nothing ages by guess: raw records do, and events that say which column tells their time."""
    return kind == "source" or (model.kind == "event" and model.time_column is not None)


def same(one: ArchivePolicy, other: ArchivePolicy) -> bool:
    """True where both do the same, whatever they are called."""
    return one.model_dump(exclude=_LABELS) == other.model_dump(exclude=_LABELS)


def said(policy: ArchivePolicy) -> dict[str, Any]:
    """The policy without what it leaves open."""
    return policy.model_dump(mode="json", exclude_none=True)


def changes(old: ArchivePolicy | None, new: ArchivePolicy | None) -> list[tuple[str, Any, Any]]:
    """Field, old and new value of what two policies do differently."""
    before = old.model_dump(mode="json", exclude=_LABELS) if old else {}
    after = new.model_dump(mode="json", exclude=_LABELS) if new else {}
    fields = [name for name in ArchivePolicy.model_fields if name not in _LABELS]
    return [(f, before.get(f), after.get(f)) for f in fields if before.get(f) != after.get(f)]


def write_version(
    connection: Connection,
    key: tuple[str, str, str],
    policy: ArchivePolicy | None,
    origin: Origin,
    definition_hash: str | None = None,
    reason: str | None = None,
) -> int:
    """Add a version under the lock of `lock_policies`; return its number. From its commit on no row leaves by another.

    The guard row is not only locked but changed: a commit that has its snapshot already fails on it.
    """
    connection.execute(
        "update archive_catalog.table_guards set holds_changed = holds_changed + 1"
        " where schema_name = %s and kind = %s and (table_name = %s or %s)",
        (key[0], key[2], key[1], key[1] == LAYER),
    )
    row = connection.execute(
        "insert into archive_catalog.policies"
        " (schema_name, table_name, kind, version, policy, definition_hash, proposed_by, reason)"
        " select %(schema)s, %(table)s, %(kind)s, 1 + coalesce(max(version), 0), %(policy)s, %(hash)s, %(by)s, %(why)s"
        " from archive_catalog.policies"
        " where (schema_name, table_name, kind) = (%(schema)s, %(table)s, %(kind)s) returning version",
        {
            "schema": key[0], "table": key[1], "kind": key[2], "hash": definition_hash, "by": origin, "why": reason,
            "policy": json.dumps(policy.model_dump(mode="json") if policy else None, sort_keys=True),
        },
    ).fetchone()  # fmt: skip
    if row is None:
        raise LookupError("an insert returned no row")
    return int(row[0])


def lock_policies(connection: Connection, key: tuple[str, str, str]) -> None:
    """Keep others from adding a version of this policy until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(7308, hashtext(%s))", (".".join(key),))
