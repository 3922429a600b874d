"""What OpenLineage calls our tables and lake folders, by its own naming rules, so that its graph meets dbt's.

The columns of a file are named beside the columns they come from; a token or a mask says that it is one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    column_lineage_dataset,
    output_statistics_output_dataset,
    schema_dataset,
    storage_dataset,
)
from openlineage.client.naming.dataset import ABFSS, S3, DatasetNaming, LocalFileSystem, Postgres

from archive_jobs.lake.lake_url import LakeUrl
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.lake import LakeColumn


def postgres_namespace() -> str:
    """As dbt-ol makes it of profiles.yml: the host may be the folder of a socket."""
    return f"postgres://{os.environ.get('PGHOST', 'localhost')}:{os.environ.get('PGPORT', '5432')}"


def postgres_name(schema: str, table: str) -> Postgres:
    """A table of the database that libpq's variables name."""
    host, port = os.environ.get("PGHOST", "localhost"), os.environ.get("PGPORT", "5432")
    return Postgres(host, port, os.environ.get("PGDATABASE", "postgres"), schema, table)


def lake_name(lake: LakeUrl, path: str) -> DatasetNaming:
    """A folder of the lake."""
    if lake.scheme == "file":
        return LocalFileSystem(f"{lake.root}/{path}")
    container, _, prefix = lake.root.partition("/")
    place = f"{prefix}/{path}".strip("/")
    if lake.scheme == "s3":
        return S3(container, place)
    account = lake.account or os.environ.get("AZURE_STORAGE_ACCOUNT_NAME", "") or "unknown"
    return ABFSS(container, account, place)


@dataclass(frozen=True)
class Place:
    """A table or a folder, with its columns as (name, type)."""

    named: DatasetNaming
    columns: tuple[tuple[str, str], ...]
    # Names of columns that hold a token or a mask of what came.
    protected: frozenset[str]
    storage: str

    def _facets(self) -> dict[str, DatasetFacet]:
        fields = [schema_dataset.SchemaDatasetFacetFields(name, written) for name, written in self.columns]
        return {
            "schema": schema_dataset.SchemaDatasetFacet(fields),
            "storage": storage_dataset.StorageDatasetFacet(self.storage, "parquet" if self.storage == "lake" else None),
        }

    def as_input(self) -> InputDataset:
        """What is read."""
        return InputDataset(self.named.get_namespace(), self.named.get_name(), facets=self._facets())

    def as_output(self, source: Place, rows: int, size: int, files: int, *, is_over: bool) -> OutputDataset:
        """What is written, each column from the one of its name."""
        facets: dict[str, Any] = {**self._facets(), "columnLineage": self._lineage(source)}
        statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rows, size or None, files or None
        )
        return OutputDataset(
            self.named.get_namespace(), self.named.get_name(), facets=facets,
            outputFacets={"outputStatistics": statistics} if is_over else {},
        )  # fmt: skip

    def _lineage(self, source: Place) -> column_lineage_dataset.ColumnLineageDatasetFacet:
        known = {name for name, _ in source.columns}
        fields = {
            name: column_lineage_dataset.Fields([_from(source, name, masked=name in self.protected)])
            for name, _ in self.columns
            if name in known
        }
        return column_lineage_dataset.ColumnLineageDatasetFacet(fields)


def _from(source: Place, name: str, *, masked: bool) -> column_lineage_dataset.InputField:
    how = column_lineage_dataset.Transformation(
        "DIRECT", "TRANSFORMATION" if masked else "IDENTITY", "token or mask" if masked else None, masking=masked
    )
    return column_lineage_dataset.InputField(
        source.named.get_namespace(), source.named.get_name(), name, transformations=[how]
    )


def in_postgres(table: Any) -> Place:
    """The table itself, with the types that PostgreSQL has."""
    columns: tuple[LakeColumn, ...] = table.columns
    written = tuple((column.name, column.pg_type.sql) for column in columns)
    return Place(postgres_name(table.schema, table.relation_name), written, frozenset(), "postgresql")


def in_lake(settings: ArchiveSettings, table: Any) -> Place:
    """The folder in which the table's files lie, with the types that they have."""
    columns: tuple[LakeColumn, ...] = table.columns
    folder = f"{table.schema}/{table.kind}/{table.table_name}"
    written = tuple((column.name, column.lake_type) for column in columns)
    protected = frozenset(column.name for column in columns if column.is_protected)
    return Place(lake_name(settings.lake, folder), written, protected, "lake")
