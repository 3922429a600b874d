"""What a command says is told without what it does, and the other way round."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import archive_jobs

_HELP = """
import sys
from archive_jobs.cli import main
sys.argv = ["archive-jobs", "--help"]
try:
    main()
finally:
    print(sorted({"duckdb", "psycopg", "pyarrow", "sqlglot", "archive_jobs.commands"} & set(sys.modules)))
"""


def test_help_imports_nothing_heavy() -> None:
    ended = subprocess.run([sys.executable, "-c", _HELP], capture_output=True, text=True, check=True)

    assert "prove" in ended.stdout
    assert ended.stdout.splitlines()[-1] == "[]"


def test_what_a_command_does_imports_nothing_of_what_it_says() -> None:
    files = sorted((Path(archive_jobs.__file__).parent / "commands").glob("*.py"))

    assert len(files) > 10
    assert [file.name for file in files if "archive_jobs.command_line" in file.read_text()] == []
