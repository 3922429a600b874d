"""Two pieces of work at once, on machines that can. What comes back is the same as one after the other."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Here = TypeVar("Here")
There = TypeVar("There")


def both(here: Callable[[], Here], there: Callable[[], There], is_worth_it: bool) -> tuple[Here, There]:
    """Do `here` in this process and `there` in a copy of it. Errors of either are raised as if there were no copy."""
    can = hasattr(os, "fork") and (os.cpu_count() or 1) > 1 and threading.active_count() == 1
    if not (is_worth_it and can):
        return here(), there()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _work_for(writing, there)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            done = here()
            sent = pipe.read()
    finally:
        _, status = os.waitpid(child, 0)
    if status != 0 or not sent:
        return done, there()  # the copy has failed: do its work here, where its error is raised
    return done, pickle.loads(sent)


def _work_for(pipe: int, work: Callable[[], Any]) -> None:
    """The life of the copy: it never returns, and leaves nothing of the process it was copied from undone or twice."""
    status = 1
    try:
        with os.fdopen(pipe, "wb") as out:
            out.write(pickle.dumps(work(), protocol=pickle.HIGHEST_PROTOCOL))
        status = 0
    finally:
        os._exit(status)
