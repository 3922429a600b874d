"""Real data through the whole platform. Uses the helpers of tests/dbt_project."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "dbt_project"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data, which is not part of the repository: SHARED_DATA, or shared/data beside it."""
    folder = Path(os.environ.get("SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no sample data at {folder}; set SHARED_DATA to its folder")
    return folder
