"""Fixtures of the fault plan."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fault_worlds import Mode, World


@pytest.fixture
def make_world(connection: psycopg.Connection[Any], tmp_path: Path) -> Callable[[Mode], World]:
    """Make a world of a mode in the test's database and lake."""
    return lambda mode: World.make(connection, tmp_path, Path(os.environ["ARCHIVE_URL"]), mode)
