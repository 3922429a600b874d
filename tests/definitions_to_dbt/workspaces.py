"""A folder with definitions and a project, and the command run in it. Nothing here is a test."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shop_of_things import write_library

import definitions_to_dbt
from definitions_to_dbt.__main__ import main

PACKAGE = Path(definitions_to_dbt.__file__).parent
SHELF_FILE = "object_models/shop/shelf.json"
SHELVES = "models/layer2_analytics/shop/shelves.sql"
THINGS = "models/layer2_analytics/shop/things.sql"
LOCK = ".generated.lock.json"


class Workspace:
    """A folder with definitions and a project, and the command run in it as a process of its own."""

    def __init__(self, folder: Path, tool: Path = PACKAGE.parent) -> None:
        self.folder, self.project, self.tool = folder, folder / "dbt_project", tool

    def define(self, files: dict[str, Any] | None = None) -> None:
        write_library(self.folder / "definitions", files)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "definitions_to_dbt", *words], cwd=self.folder, text=True,
            env={**os.environ, "PYTHONPATH": str(self.tool)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str) -> tuple[int, str, str]:
        if self.tool == PACKAGE.parent:
            return self._run_here(*words)
        with self.start(*words) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    def _run_here(self, *words: str) -> tuple[int, str, str]:
        """In this process: a new one takes longer to start than the command to run."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
            pytest.MonkeyPatch.context() as patched, pytest.raises(SystemExit) as ended,
        ):  # fmt: skip
            patched.setattr(sys, "argv", ["definitions-to-dbt", *words])
            main()
            sys.exit(0)
        return int(ended.value.code or 0), out.getvalue(), err.getvalue()

    def check(self) -> dict[str, Any]:
        status, out, err = self.run("generate", "--check", "--json")
        assert status in (0, 1), err
        return {"status": status, **json.loads(out)}


HEAVY = """
import sys
from definitions_to_dbt.__main__ import main
sys.argv = ["definitions-to-dbt", *sys.argv[1:]]
try:
    main()
finally:
    print(sorted({"pydantic", "jinja2", "yaml", "typer", "sqlglot", "definitions_to_dbt.render"} & set(sys.modules)))
"""
