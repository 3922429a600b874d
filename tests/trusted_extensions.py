"""DuckDB without the check of its extensions' signatures: 41 MB at each load, which takes longer than a small run.

The flows of real data and the demo load them as production does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest


def trusting(connect: Any) -> Any:
    """`duckdb.connect` without the check."""

    def trusting_connect(database: str = ":memory:", read_only: bool = False, config: Any = None) -> Any:
        return connect(database, read_only, {**(config or {}), "allow_unsigned_extensions": "true"})

    return trusting_connect


@contextmanager
def extensions_are_trusted() -> Iterator[None]:
    """Meanwhile, in this process and those that are forked from it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", trusting(duckdb.connect))
        yield
