"""Files of an import or export on disk. Never over a file that says something else, unless told to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.write import write_where_changed


def write_files(folder: Path, files: Mapping[Path, str], force: bool) -> list[Path]:
    """Write the files below `folder`; return those that changed.

    Raises ProblemError, before anything is written, where a file is there already and says something else.
    """
    others = [path for path, text in files.items() if _differs(folder / path, text)]
    if others and not force:
        listed = ", ".join(str(folder / path) for path in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        raise ProblemError(
            f"already there, and saying something else: {listed}{more}",
            hint="Nothing was written. Import with --force to replace them, or into another folder.",
        )
    written = [path for path, text in files.items() if not (folder / path).exists() or path in others]
    for path in written:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_where_changed(folder / path, files[path])
    return written


def _differs(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8", errors="replace") != text
