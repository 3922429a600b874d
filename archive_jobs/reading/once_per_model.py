"""What is worked out of a definition once, and kept as long as that is held: definitions do not change."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar

from definitions_to_dbt.definition import ObjectModel

P = ParamSpec("P")
T = TypeVar("T")


def once_per_model(work: Callable[Concatenate[ObjectModel, P], T]) -> Callable[Concatenate[ObjectModel, P], T]:
    """Of each model, and of what else is given, the first answer."""
    kept: dict[int, dict[Any, T]] = {}

    def known(model: ObjectModel, /, *args: P.args, **kwargs: P.kwargs) -> T:
        answers = kept.get(id(model))
        if answers is None:
            answers = kept[id(model)] = {}
            # Before its number can be another one's.
            weakref.finalize(model, kept.pop, id(model), None)
        asked = (args, tuple(kwargs.items())) if kwargs else args
        if asked not in answers:
            answers[asked] = work(model, *args, **kwargs)
        return answers[asked]

    update_wrapper(known, work)
    return known
