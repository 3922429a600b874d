"""What dbt-ol says of the DuckDB target, in the names that everybody else uses, so that its graph meets the archive's.

dbt-ol takes a PostgreSQL table that DuckDB reads for one of DuckDB's, and knows of no lake that an archive model reads.
Named in openlineage.yml as the class of a transform transport.
"""

from __future__ import annotations

import os
from typing import Any

from openlineage.client.event_v2 import InputDataset
from openlineage.client.transport.transform import EventTransformer

from archive_jobs.monitoring.datasets import lake_name, postgres_namespace
from archive_jobs.settings import ArchiveSettings

_MODEL = "archive_"


class JoinedGraph(EventTransformer):
    """Renames datasets of PostgreSQL, and adds the lake folder to what an archive model reads."""

    def transform(self, event: Any) -> Any:
        """The event with its datasets under their own names."""
        datasets = [*(getattr(event, "inputs", None) or ()), *(getattr(event, "outputs", None) or ())]
        for dataset in datasets:
            if _is_of_postgres(dataset):
                dataset.namespace = postgres_namespace()
        for output in getattr(event, "outputs", None) or ():
            if not output.namespace.startswith("duckdb://"):
                continue
            schema, model = output.name.split(".")[-2:]
            if model.startswith(_MODEL):
                event.inputs = [*(event.inputs or ()), _in_lake(schema, model.removeprefix(_MODEL))]
        return event


def _is_of_postgres(dataset: Any) -> bool:
    database = os.environ.get("PGDATABASE", "postgres")
    return bool(dataset.namespace.startswith("duckdb://") and dataset.name.startswith(f"{database}."))


def _in_lake(schema: str, table: str) -> InputDataset:
    place = lake_name(ArchiveSettings().lake, f"{schema}/analytics/{table}")
    return InputDataset(place.get_namespace(), place.get_name())
