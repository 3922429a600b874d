"""Fixtures of the fault plan."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from azure.storage.blob import ContainerClient
from fault_worlds import Mode, World
from object_services import Proxy, connection_string


@pytest.fixture
def make_world(connection: psycopg.Connection[Any], tmp_path: Path) -> Callable[[Mode], World]:
    """Make a world of a mode in the test's database and lake."""
    return lambda mode: World.make(connection, tmp_path, Path(os.environ["ARCHIVE_URL"]), mode)


@pytest.fixture
def make_azure_world(
    connection: psycopg.Connection[Any],
    tmp_path: Path,
    azurite: str,
    azure_lake: Proxy,  # noqa: ARG001  # sets ARCHIVE_URL
) -> Callable[[Mode], World]:
    """The same with the lake in a container of Azurite."""
    container = os.environ["ARCHIVE_URL"].removeprefix("abfs://").partition("/")[0]

    def make(mode: Mode) -> World:
        world = World.make(connection, tmp_path, tmp_path / "no-lake", mode)
        world.container = ContainerClient.from_connection_string(connection_string(azurite), container)
        return world

    return make
