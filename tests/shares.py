"""What `make test` takes of things that are many, and what `FAULTS=all` takes, as the soaks do: everything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
EVERYTHING = os.environ.get("FAULTS") == "all"


def shared(things: Sequence[T], one_in: int, first: int = 0) -> Sequence[T]:
    """One in so many of the things, beginning at `first`; all of them when everything is asked for."""
    return things if EVERYTHING else things[first % one_in :: one_in]
