"""What `archive-jobs policies …` does, without its words: settings and definitions in, changes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_jobs.catalogue import ensure_catalogue
from archive_jobs.database import session
from archive_jobs.planning.policy_changes import (
    PolicyChange,
    changes_to_apply,
    changes_to_set,
    read_literals,
    write_changes,
)
from archive_jobs.planning.policy_table import (
    LAYER,
    InForce,
    Kind,
    PolicyVersion,
    in_force,
    latest_policies,
    layer_default,
    may_age,
    policy_versions,
    said,
)
from archive_jobs.planning.preflight import require_primary, require_same_client
from archive_jobs.planning.tables import KINDS, open_library
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.definition import ObjectModel


@dataclass(frozen=True)
class Standing:
    """What one table, or a layer, ages by."""

    table_name: str
    kind: Kind
    found: InForce

    def as_json(self) -> dict[str, Any]:
        """The policy in force as plain values."""
        version = self.found.version
        return {
            "table": None if self.table_name == LAYER else self.table_name,
            "kind": self.kind,
            "policy": said(self.found.policy) if self.found.policy else None,
            "origin": self.found.origin,
            "version": version.version if version else None,
            "since": version.created_at.isoformat() if version else None,
            "created_by": version.created_by if version else None,
            "reason": version.reason if version else None,
            "definitions_differ": self.found.differs,
        }


def standing_policies(
    settings: ArchiveSettings, definitions: Path, name: str | None, kind: Kind | None
) -> list[Standing]:
    """What each table that ages ages by, the layers' defaults first; or that of one table."""
    library = open_library(settings, definitions)
    with session(settings, read_only=True) as connection:
        latest = latest_policies(connection, settings.analytics_schema)
    kinds = [one for one in KINDS if kind in (None, one)]
    found = []
    for one in kinds if name is None else []:
        default = layer_default(one, latest, settings.default_format)
        found.append(Standing(LAYER, one, InForce(default, "layer default", latest.get((LAYER, one)), None)))
    models: Sequence[ObjectModel] = library.objects if name is None else [library.object(name)]
    for model in models:
        for one in kinds:
            standing = in_force(model, one, latest, settings.default_format)
            if may_age(model, one) and (standing.policy is not None or name is not None):
                found.append(Standing(model.table_name, one, standing))
    return found


def changes_by_definitions(settings: ArchiveSettings, definitions: Path, objects: Sequence[str]) -> list[PolicyChange]:
    """What `policies apply` would write."""
    library = open_library(settings, definitions)
    with session(settings, read_only=True) as connection:
        require_same_client(connection, settings.analytics_schema, settings.client)
        latest = latest_policies(connection, settings.analytics_schema)
    return changes_to_apply(library, latest, objects, settings.default_format)


def changes_by_literals(settings: ArchiveSettings, definitions: Path, text: str, where: str) -> list[PolicyChange]:
    """What `policies set` would write."""
    literals = read_literals(text, where)
    library = open_library(settings, definitions)
    with session(settings, read_only=True) as connection:
        latest = latest_policies(connection, settings.analytics_schema)
    return changes_to_set(library, latest, literals, settings.default_format)


def write_policies(settings: ArchiveSettings, wanted: Sequence[PolicyChange], reason: str | None) -> None:
    """Write what was shown, all or none."""
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        write_changes(connection, settings.analytics_schema, wanted, reason)


def policy_history(settings: ArchiveSettings, definitions: Path, name: str, kind: Kind | None) -> list[PolicyVersion]:
    """Every version a table had, the newest first; `*` for the layers' defaults."""
    table = LAYER if name == LAYER else open_library(settings, definitions).object(name).table_name
    with session(settings, read_only=True) as connection:
        if not latest_policies(connection, settings.analytics_schema):
            return []
        versions = policy_versions(connection, settings.analytics_schema)
    return [version for version in versions if version.table_name == table and kind in (None, version.kind)]
