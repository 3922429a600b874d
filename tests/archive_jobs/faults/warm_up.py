"""Imported by the warm parent alone: what a child would otherwise load by itself, each time anew."""

from __future__ import annotations

import ctypes

import duckdb
import fault_orders  # noqa: F401 - the orders, and all they import
import fault_worlds  # noqa: F401 - Azure's library
import pyarrow.dataset
import pyarrow.parquet  # noqa: F401 - the archiver imports it when it first needs it
from trusted_extensions import trusting

from archive_jobs.commands import plan  # noqa: F401 - the same
from archive_jobs.copying.engine import postgres_extension
from definitions_to_dbt.catalogue_ddl import catalogue_ddl

# Into memory with its relocations done, which takes longer than to run it; DuckDB itself is not started.
ctypes.CDLL(str(postgres_extension()))
catalogue_ddl()
# Here rather than where the orders stand: tests import those too, and would trust from then on.
duckdb.connect = trusting(duckdb.connect)
