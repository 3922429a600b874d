"""One served shop for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from served_shop import ServedShop, served_shop

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
def served(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    """The shop behind its service. Tests leave it as they found it."""
    with served_shop(server, tmp_path_factory.mktemp("served")) as shop:
        yield shop
