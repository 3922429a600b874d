"""What tests leave out of dbt, they leave out of what nobody hears alone; what it remembers, it would find again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dbt.artifacts.resources import TestConfig
from dbt.events.types import CompileComplete, MacroNotFoundForPatch
from dbt_common.clients.jinja import get_template
from dbt_common.dataclass_schema import ValidationError
from dbt_common.events.base_types import EventMsg
from dbt_common.events.event_manager_client import add_callback_to_manager, cleanup_event_logger
from dbt_common.events.functions import fire_event
from quiet_dbt import no_unheard_messages


@pytest.fixture
def heard() -> Iterator[list[EventMsg]]:
    cleanup_event_logger()
    found: list[EventMsg] = []
    add_callback_to_manager(found.append)
    yield found
    cleanup_event_logger()


def test_a_warning_is_worded_and_what_is_less_is_not(heard: list[EventMsg]) -> None:
    with no_unheard_messages():
        fire_event(CompileComplete())
        fire_event(MacroNotFoundForPatch(patch_name="gone"))
    fire_event(CompileComplete())

    assert [event.info.name for event in heard] == ["MacroNotFoundForPatch", "CompileComplete"]
    assert "gone" in heard[0].info.msg


def test_what_was_not_worded_is_once_somebody_reads_it() -> None:
    with no_unheard_messages():
        event = MacroNotFoundForPatch(patch_name="gone")

        assert "pb_msg" not in vars(event) and "built" not in vars(event)
        assert event.pb_msg.patch_name == "gone"


@pytest.mark.parametrize("native", [False, True])
def test_a_text_is_compiled_once_and_says_what_it_is_told_each_time(native: bool) -> None:
    once, again = (get_template("{{ [1, n] }}", {"n": n}, native=native) for n in (2, 3))

    assert once.root_render_func.__code__ is again.root_render_func.__code__
    assert [str(one.render({})) for one in (once, again)] == ["[1, 2]", "[1, 3]"]
    assert isinstance(once.render({}), list if native else str)


def test_what_is_not_valid_is_refused_each_time() -> None:
    for _ in range(2):
        TestConfig.validate(TestConfig().to_dict())
        with pytest.raises(ValidationError, match="'of course' is not of type 'boolean'"):
            TestConfig.validate(TestConfig().to_dict() | {"enabled": "of course"})
