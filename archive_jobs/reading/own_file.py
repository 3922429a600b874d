"""Whether a file may be written anew: nothing is replaced but what the same command wrote, and nobody has added to."""

from __future__ import annotations

from pathlib import Path

import duckdb

from definitions_to_dbt.errors import ProblemError

# What stands in each view that the command writes, and in no other.
VIEWS_COMMAND = "archive-jobs views "


def opens(target: Path) -> str:
    """The first words of the file beside the views, by which the next command knows both again."""
    return f"-- Opens {target.name}: "


def require_own(target: Path) -> None:
    """Raise ProblemError where writing `target` and the words beside it would take away what somebody else wrote."""
    words = target.with_suffix(".sql")
    if target.is_dir():
        raise _refused(f"expected a file to write, found the folder {target}")
    if target.suffix == ".sql":
        raise _refused(f"expected a name such as lake.duckdb, found {target}: the words that open it go into FILE.sql")
    if words.exists() and not _begins_with(words, opens(target)):
        raise _refused(f"{words} is there, and this command did not write it")
    if not target.exists():
        return
    if not words.exists():
        raise _refused(f"{target} is there, and nothing beside it says that this command wrote it")
    try:
        with duckdb.connect(str(target), read_only=True) as file:
            found = file.execute(
                "select table_name from duckdb_tables() where not internal and not temporary union all"
                " select view_name from duckdb_views() where not internal and not temporary and not contains(sql, ?)"
                " order by 1",
                [VIEWS_COMMAND],
            ).fetchall()
    except duckdb.Error as error:
        if "lock" in str(error) or "different configuration" in str(error):
            raise _refused(f"{target} is open in a program that may write to it", "Close it there first.") from None
        raise _refused(f"{target} is there, and is no file of views") from None
    if found:
        names = ", ".join(name for (name,) in found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        raise _refused(f"{target} holds more than this command wrote: {names}")


def _begins_with(file: Path, words: str) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(words.encode())) == words.encode()


def _refused(what: str, hint: str = "Name another file, or move that one away.") -> ProblemError:
    return ProblemError(what, hint=f"Nothing was written. {hint}")
