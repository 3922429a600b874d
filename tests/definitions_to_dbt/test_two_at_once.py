"""Work in a copy of the process gives what work in the process itself gives, errors too."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shop_of_things import loaded

from definitions_to_dbt import render as rendering
from definitions_to_dbt.two_at_once import both

HERE = os.getpid()


def large() -> dict[str, str]:
    return {str(n): "é" * 1000 for n in range(5000)}


def fails() -> dict[str, str]:
    raise ValueError("this very one")


def dies() -> int:
    if os.getpid() != HERE:
        os._exit(9)
    return 5


@pytest.mark.parametrize("is_worth_it", [True, False])
@pytest.mark.parametrize(("work", "result"), [(large, large()), (dies, 5), (dict, {})])
def test_both_come_back(work: Callable[[], Any], result: Any, is_worth_it: bool) -> None:
    assert both(lambda: "here", work, is_worth_it) == ("here", result)


@pytest.mark.parametrize("is_worth_it", [True, False])
@pytest.mark.parametrize(("here", "there"), [(large, fails), (fails, large)])
def test_an_error_of_either_is_raised(here: Callable[[], Any], there: Callable[[], Any], is_worth_it: bool) -> None:
    with pytest.raises(ValueError, match="this very one"):
        both(here, there, is_worth_it)


def test_a_project_is_the_same_bytes_whichever_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = loaded(tmp_path / "definitions")
    alone = rendering.render(library)
    monkeypatch.setattr(rendering, "_MANY", 0)

    assert rendering.render(library) == alone
