"""Somebody else's dbt project, looked at: its name, its folders, the names it uses. Changes nothing in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.fingerprint import SETTINGS_FILE
from definitions_to_dbt.settings import Settings

_PATHS = {
    "model-paths": "models", "seed-paths": "seeds", "snapshot-paths": "snapshots", "macro-paths": "macros",
    "test-paths": "tests", "analysis-paths": "analyses",
}  # fmt: skip
_WITH_NODES = ("model-paths", "seed-paths", "snapshot-paths")


@dataclass(frozen=True)
class HostProject:
    """What we must know of the project around ours."""

    root: Path
    name: str
    paths: dict[str, list[str]]
    packages: list[Any] | None

    def names(self) -> dict[str, Path]:
        """The names of its models, seeds and snapshots, and where they stand."""
        return {
            file.stem: file
            for kind in _WITH_NODES
            for folder in self.paths[kind]
            for file in sorted((self.root / folder).rglob("*"))
            if file.suffix in (".sql", ".py", ".csv")
        }


def read_host(root: Path) -> HostProject:
    """Read the project. Raises ProblemError where there is none, or none that can be read."""
    content = _yaml(root / "dbt_project.yml")
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        raise ProblemError(f"expected a dbt project in {root.resolve()}: {root / 'dbt_project.yml'} names none")
    paths = {kind: [str(path) for path in content.get(kind) or [default]] for kind, default in _PATHS.items()}
    packages: list[Any] | None = None
    for file in ("packages.yml", "dependencies.yml"):
        if (root / file).exists():
            listed = _yaml(root / file)
            packages = (packages or []) + list((listed or {}).get("packages") or [])
    return HostProject(root, content["name"], paths, packages)


def refuse_to_stand_in_the_way(host: HostProject, settings: Settings, names: Iterable[str] = ()) -> None:
    """Raise ProblemError where our package, its folder or its models would clash with theirs."""
    if settings.package == host.name:
        raise ProblemError(
            f"the dbt project in {host.root.resolve()} is itself called {host.name!r}",
            hint="Nothing was changed. Give the package another name with --package.",
        )
    for kind, folders in host.paths.items():
        for folder in folders:
            if Path(settings.folder) == Path(folder) or Path(folder) in Path(settings.folder).parents:
                raise ProblemError(
                    f"the folder {settings.folder!r} lies in {folder!r}, which is one of the project's {kind}",
                    hint="Nothing was changed. A package stands beside them; name a folder with --folder.",
                )
    theirs = host.names()
    clashes = sorted(name for name in names if settings.prefix + name in theirs)
    if clashes:
        listed = "\n".join(f"  {settings.prefix}{name}: {theirs[settings.prefix + name]}" for name in clashes)
        raise ProblemError(
            f"the project has models, seeds or snapshots of the same name\n{listed}",
            hint=f"Nothing was written. Set another prefix in {SETTINGS_FILE}, or rename one of the two.",
        )


def is_listed(host: HostProject, settings: Settings) -> bool:
    """True where their packages.yml names our folder already."""
    return any(
        isinstance(entry, dict) and Path(str(entry.get("local"))) == Path(settings.folder)
        for entry in host.packages or []
    )


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProblemError(f"could not read {path}: {error}") from None
