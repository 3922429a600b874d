"""The files a project cannot be without; written once, from then on the user's."""

from __future__ import annotations

from importlib import resources


def skeleton_files() -> dict[str, str]:
    """Path below the dbt project -> text."""
    folder = resources.files("definitions_to_dbt") / "skeleton"
    return {child.name: child.read_text(encoding="utf-8") for child in folder.iterdir() if child.name.endswith(".yml")}
