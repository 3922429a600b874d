"""What is archived: one table of one kind, with its columns, its order and its policy, from a definition."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import guarded
from archive_jobs.planning.policy_table import InForce, Origin, in_force, latest_policies
from archive_jobs.planning.stored_types import StoredColumn, Travelling, stored_columns, travelling
from archive_jobs.privacy.sealed_columns import SUBJECT
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import LakeColumn, lake_columns
from definitions_to_dbt.library import Library, load_library
from definitions_to_dbt.names import source_table
from definitions_to_dbt.platform_columns import LAYER_2, LAYER_3
from definitions_to_dbt.policy import ArchivePolicy
from definitions_to_dbt.sql import quote_identifier, quote_literal
from definitions_to_dbt.subject import subject_expression, subject_kind

Kind = Literal["analytics", "source"]
KINDS: tuple[Kind, ...] = ("source", "analytics")


@dataclass(frozen=True)
class ArchivedTable:
    """One table of one kind. `table_name` is the business table for both kinds; `relation` is what holds the rows."""

    model: ObjectModel
    kind: Kind
    schema: str
    relation_name: str
    columns: tuple[LakeColumn, ...]
    platform: bool
    policy: ArchivePolicy
    # What the catalogue says of the columns' own types.
    travelling: Travelling
    policy_origin: Origin = "definitions"
    # What the operator should know of the policy before rows leave by it.
    policy_notes: tuple[str, ...] = ()
    # Whose personal data rows and payloads are, as table.column; empty where they are nobody's.
    subject_kind: str = ""

    @property
    def is_sealed(self) -> bool:
        """True where payloads leave sealed, each under the key of its subject."""
        return self.kind == "source" and bool(self.subject_kind)

    @property
    def table_name(self) -> str:
        """The write model's name."""
        return self.model.table_name

    @property
    def key(self) -> tuple[str, str, str]:
        """How the catalogue names the table: schema, table, kind."""
        return (self.schema, self.table_name, self.kind)

    @property
    def name(self) -> str:
        """How messages name the table."""
        return f"{self.schema}.{self.relation_name}"

    @property
    def relation(self) -> str:
        """The quoted name of the table that holds the rows."""
        return f"{quote_identifier(self.schema)}.{quote_identifier(self.relation_name)}"

    @property
    def folder(self) -> str:
        """The table's folder name where both kinds stand beside each other: manifests and commit records."""
        return self.relation_name if self.kind == "source" else self.table_name

    @property
    def time_column(self) -> str:
        """The column by which rows age."""
        return "ingested_at" if self.kind == "source" else str(self.model.time_column)

    @property
    def time_base(self) -> str:
        """The type of the time column: timestamptz, timestamp or date."""
        return "timestamptz" if self.kind == "source" else self.model.column(self.time_column).pg_type.base

    @property
    def time_zone(self) -> str:
        """The zone of the time column's days. A timestamptz names its instant itself; its days are UTC's."""
        return "UTC" if self.time_base == "timestamptz" else self.model.column(self.time_column).time_zone

    @property
    def order(self) -> tuple[str, ...]:
        """The columns by which a file is sorted: by time for pruning, then as unambiguously as can be."""
        if self.kind == "source":
            return ("raw_seq",)
        wanted = [self.time_column, *self.model.primary_key, "_source_order", "_raw_seq"]
        present = {column.name for column in self.columns}
        return tuple(dict.fromkeys(name for name in wanted if name in present))

    def rows(self, predicate: str, columns: Sequence[LakeColumn] = (), *, relation: str | None = None) -> str:
        """The rows under the predicate, each column under its lake cast: what is hashed, exported and compared.

        `relation` is a partition or chunk of the table, where the rows are read from it alone.
        """
        return self._select(predicate, "", columns, relation)

    def rows_with_subject(self, predicate: str, *, relation: str | None = None) -> str:
        """The same rows, each with the one whose personal data it is."""
        subject = subject_expression(self.model, quote_identifier(self.schema))
        return self._select(predicate, f", {subject} as {quote_identifier(SUBJECT)}", (), relation)

    def _select(self, predicate: str, more: str, columns: Sequence[LakeColumn], relation: str | None) -> str:
        selected = ", ".join(f"{self.expression(c)} as {quote_identifier(c.name)}" for c in columns or self.columns)
        return f"select {selected}{more} from {relation or self.relation} where {predicate}"

    def expression(self, column: LakeColumn) -> str:
        """The expression under which a column leaves the table."""
        return column.expression.replace("{schema}", quote_identifier(self.schema))

    @property
    def loaded_columns(self) -> tuple[LakeColumn, ...]:
        """The columns that a restore loads. COPY writes identity columns as they are given."""
        return tuple(column for column in self.columns if column.name not in self.travelling.generated)

    @property
    def casts_digest(self) -> str:
        """SHA-256 of the list of columns and casts: part of the fingerprint under which an attempt may commit."""
        listed = [(c.name, c.pg_type.sql, c.expression, c.lake_type) for c in self.columns]
        said = json.dumps([listed, self.travelling.types] if self.travelling.types else listed)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Selection:
    """Which tables a command is about: object codes or table names, and kinds. Empty means all."""

    objects: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = KINDS


def open_library(settings: ArchiveSettings, definitions: Path | str) -> Library:
    """Load the definitions as the client has them, if the settings name one. All their faults are one message."""
    return load_library(definitions, client=settings.client)


def archived_tables(
    connection: Connection, library: Library, schema: str, selection: Selection, default_format: str = "parquet"
) -> list[ArchivedTable]:
    """The tables a policy speaks of that exist in the database, in the order of their names.

    The policy is the one in force: the catalogue's, which the definitions fill the first time.

    Raises ProblemError for an object that no definition knows, or that is not renamed yet.
    """
    models = [library.object(name) for name in selection.objects] or list(library.objects)
    existing = stored_columns(connection, schema)
    for model in models:
        require_renamed(model, existing)
        require_renamed_in_archive(connection, model, schema)
    latest = latest_policies(connection, schema)
    tables = [
        _table(connection, model, kind, schema, existing, in_force(model, kind, latest, default_format), library)
        for model in models
        for kind in selection.kinds
    ]
    return sorted((table for table in tables if table is not None), key=lambda table: table.key)


def require_renamed(model: ObjectModel, existing: Collection[str]) -> None:
    """Raise ProblemError while the rows and the archive still go by the former name: under the new one are none."""
    former = model.renamed_from
    if former is None or {model.table_name, source_table(model)} & set(existing):
        return
    if {former, f"source_{former}"} & set(existing):
        raise ProblemError(
            f"{model.table_name} was renamed from {former}, says the definition, but the tables are not renamed yet",
            hint="Nothing was read or changed. Run `dbt build`, which renames them and what the archive knows of them.",
        )


def require_renamed_in_archive(connection: Connection, model: ObjectModel, schema: str) -> None:
    """Raise ProblemError while the archive goes by the former name, as one does that was made again from the lake."""
    if model.renamed_from is None or not guarded("renamed in archive") or not catalogue_exists(connection):
        return
    query = (
        "select exists (select from archive_catalog.table_guards as g where (g.schema_name, g.table_name) = (%s, %s)"
        " and g.last_commit_seq > 0)"
    )
    if one_row(connection, query, (schema, model.renamed_from))[0]:
        raise ProblemError(
            f"{model.table_name} was renamed from {model.renamed_from}, says the definition, but the archive still"
            " knows its rows by that name",
            hint="Nothing was read or changed. Run `dbt build`, which renames what the archive knows.",
        )


def _table(
    connection: Connection,
    model: ObjectModel,
    kind: Kind,
    schema: str,
    existing: dict[str, dict[str, StoredColumn]],
    standing: InForce,
    library: Library,
) -> ArchivedTable | None:
    policy = standing.policy
    relation = source_table(model) if kind == "source" else model.table_name
    if policy is None or not policy.archive_to_layer_2a or relation not in existing:
        return None
    if kind == "analytics" and policy.retention is None:
        return None
    platform = kind == "source" or has_platform_columns(existing[relation])
    declared = lake_columns(model, kind, platform)
    more = set(existing[relation]) - {c.name for c in declared} - left_behind(model, kind)
    kept = more if policy.undeclared_columns == "keep" else ()
    found = travelling(connection, declared, existing[relation], platform=platform, undeclared=kept)
    notes = _policy_notes(model, kind, standing)
    whose = "" if model.subject_column is None else subject_kind(model, library.tables)
    return ArchivedTable(
        model, kind, schema, relation, found.columns, platform, policy, found, standing.origin, notes, whose
    )


def _policy_notes(model: ObjectModel, kind: Kind, standing: InForce) -> tuple[str, ...]:
    """Where the definitions and what is in force are not the same."""
    notes = []
    if standing.version is None and standing.origin == "definitions":
        notes.append("the first run writes down the policy that the definitions propose")
    if standing.version is not None and standing.differs:
        since = f"{standing.version.created_at:%Y-%m-%d}"
        notes.append(
            f"the definitions propose another {kind} policy than the one in force since {since}, set by"
            f" {standing.version.created_by}; `archive-jobs policies diff` shows both, `archive-jobs policies apply"
            f" --object {model.code}` takes the proposed one"
        )
    if kind == "analytics" and not model.ages:
        notes.append(
            f"dbt has no history_{model.table_name}: state archive.analytics.retention in the definition of"
            f" {model.code} and generate; until then only `archive-jobs sql` and `retrieve` show rows that have left"
        )
    return tuple(notes)


def left_behind(model: ObjectModel, kind: Kind) -> set[str]:
    """Columns that do not travel on purpose: how far a raw record has come, and personal data that is dropped."""
    if kind == "source":
        return {column.name for column in LAYER_3 if not column.is_archived}
    return {column.name for column in model.columns if column.pii == "drop"}


def has_platform_columns(columns: Iterable[str]) -> bool:
    """False for a Layer 2 table that somebody else made: it has the declared columns only."""
    return {column.name for column in LAYER_2} <= set(columns)


def time_literal(table: ArchivedTable, wall: str) -> str:
    """A literal of the time column's own type; `wall` is a date or time in the column's zone."""
    if table.time_base == "timestamptz":
        return f"{quote_literal(wall + ' 00:00:00+00')}::timestamptz"
    return f"{quote_literal(wall)}::{table.time_base}"


def require_tables(tables: Sequence[ArchivedTable], selection: Selection, schema: str) -> None:
    """Raise ProblemError when somebody names an object of which there is nothing to archive."""
    if tables or not selection.objects:
        return
    raise ProblemError(
        f"nothing to archive for {', '.join(selection.objects)} in schema {schema}: expected a table there, and for"
        " analytics kind event, a time_column and archive.analytics.retention; found none of it",
        hint="Nothing was changed. Run `landing load` and `dbt build` first, or state a policy in the definition.",
    )
