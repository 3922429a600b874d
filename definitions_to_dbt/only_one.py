"""One generate at a time for one project: a second one waits. The lock dies with the process that holds it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from definitions_to_dbt.errors import ProblemError

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows has no such locks; there, two at once are not kept apart
    fcntl = None  # type: ignore[assignment]  # a module that is not there


@contextmanager
def only_one(project: Path, *, writes: bool) -> Iterator[None]:
    """Hold the project while it is written, or share it with other readers while it is compared.

    Raises ProblemError where the project cannot be a folder.
    """
    if fcntl is None or not (writes or project.is_dir()):
        yield
        return
    try:
        project.mkdir(parents=True, exist_ok=True)
        folder = os.open(project, os.O_RDONLY)
    except OSError as error:
        raise ProblemError(f"could not write {project}: {error.strerror}") from None
    how = fcntl.LOCK_EX if writes else fcntl.LOCK_SH
    try:
        try:
            fcntl.flock(folder, how | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another generate is writing {project}; waiting for it", file=sys.stderr)
            fcntl.flock(folder, how)
        yield
    finally:
        os.close(folder)
