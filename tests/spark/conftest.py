"""Spark's tests borrow the shop of the archive tests and the generated project of the dbt tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / name) for name in ("archive_jobs", "dbt_project")]
