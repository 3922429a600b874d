"""A generated project, made once, and a copy of it for each test that changes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from workspaces import Workspace


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    Workspace(folder).define()
    assert Workspace(folder).run("generate")[0] == 0
    return folder


@pytest.fixture
def workspace(generated: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(generated, tmp_path / "work")
    return Workspace(tmp_path / "work")
