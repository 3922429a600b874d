"""What people wrote in a dbt project: the models, seeds and snapshots that are not generated. Reads names only."""

from __future__ import annotations

from pathlib import Path

from definitions_to_dbt.lock import read_lock

_FOLDERS = {"models": (".sql", ".py"), "seeds": (".csv",), "snapshots": (".sql",)}


def written_models(project: Path) -> set[str]:
    """The names that `ref()` finds in the project without any generated file."""
    owned = read_lock(project).files
    return {
        path.stem
        for folder, endings in _FOLDERS.items()
        for path in (project / folder).rglob("*")
        if path.suffix in endings and path.relative_to(project).as_posix() not in owned
    }
