"""A run goes no faster than it may, waits where it must, and stops when told to; no row is lost by any of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime

import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.commands.run import pause_archiving, resume_archiving, run_tables
from archive_jobs.moving.run import RunResult
from archive_jobs.planning.portion import Portion
from archive_jobs.scheduling import pace
from archive_jobs.scheduling.pace import Pace
from archive_jobs.scheduling.stopping import Stop
from archive_jobs.scheduling.window import parse_window
from definitions_to_dbt.errors import ProblemError


def archive(shop: Shop, said: list[str] | None = None, then: object = None, **given: object) -> RunResult:
    """Run; `then` is called the first time the run says that it waits."""

    def say(why: str) -> None:
        if said is not None:
            said.append(why)
        if callable(then):
            then()

    settings = shop.settings.model_copy(update=given.pop("settings", {}))
    return run_tables(settings, shop.definitions, ["SALE"], "analytics", None, lambda *_: None, say=say, **given)  # type: ignore[arg-type]  # the rest are its own arguments


def test_a_run_that_begins_while_paused_does_nothing_and_says_who_has_paused_it(shop: Shop) -> None:
    shop.add_sales(days=1)
    shop.invoke("pause", "--reason", "month-end")

    status, _, said = shop.invoke("run", "--yes", "--definitions", str(shop.definitions))

    assert status == 1
    assert "ended early: paused by" in said and "month-end" in said
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40


def test_a_run_under_way_waits_while_paused_and_goes_on_when_resumed(shop: Shop) -> None:
    shop.add_sales(days=3)
    failpoints.interruptions["commit.after"] = lambda: pause_archiving(shop.settings, "a look")
    said: list[str] = []

    result = archive(shop, said, lambda: resume_archiving(shop.settings))

    assert "a look" in said[0]
    assert [table.units for table in result.tables] == [3]
    events = [row[0] for row in shop.execute("select event from archive_catalog.events where event ~ 'paused|resumed'")]
    assert events == ["paused", "resumed"]


def test_pausing_twice_keeps_the_first_pause_and_resuming_ends_it(shop: Shop) -> None:
    shop.invoke("pause", "--reason", "first")

    assert "first" in shop.invoke("pause", "--reason", "second")[1]
    assert "first" in shop.invoke("resume")[1]
    assert shop.invoke("resume")[1] == "Archiving was not paused.\n"


def test_what_a_stop_leaves_prepared_the_next_run_takes_up(shop: Shop) -> None:
    shop.add_sales(days=3)
    before, stop = shop.all_rows(), Stop()
    failpoints.interruptions["commit.after"] = stop.ask

    result = archive(shop, stop=stop)

    assert ([table.units for table in result.tables], result.ended) == ([1], "it was told to stop")
    assert shop.all_rows() == before
    assert shop.run("analytics").reconciled.resumed == 2
    assert shop.all_rows() == before


@pytest.mark.parametrize(("portion", "units"), [(Portion(units=2), 2), (Portion(rows=1), 1)])
def test_a_run_may_take_a_part_of_what_is_due_oldest_first(shop: Shop, portion: Portion, units: int) -> None:
    shop.add_sales(days=3)

    result = archive(shop, portion=portion)

    assert [table.units for table in result.tables] == [units]
    assert shop.value(f"select min(sold_at)::date - date '2024-01-01' from {SCHEMA}.sales") == units


def test_rows_and_log_are_kept_to_their_rates(shop: Shop) -> None:
    shop.add_sales(days=3)
    said: list[str] = []

    result = archive(shop, said, settings={"max_rows_per_second": 100.0, "max_wal_per_second": 100_000_000})

    assert [table.units for table in result.tables] == [3]
    assert "at 100 rows a second" in said


def test_one_unit_alone_is_kept_to_its_rate_too(shop: Shop) -> None:
    shop.add_sales(days=1)
    said: list[str] = []

    result = archive(shop, said, settings={"max_rows_per_second": 4000.0})

    assert [table.units for table in result.tables] == [1]
    assert said == ["at 4,000 rows a second"]


def test_the_log_that_was_written_is_waited_off(shop: Shop) -> None:
    shop.add_sales(days=3)
    said: list[str] = []
    stop = Stop()

    # A wait of many hours, whatever the machine's speed: it is ended as soon as it is said.
    result = archive(shop, said, stop.ask, stop=stop, settings={"max_wal_per_second": 1.0})

    assert set(said) == {"at 1 bytes of WAL a second"}
    assert (result.ended, shop.value(f"select count(*) from {SCHEMA}.sales") > 0) == ("it was told to stop", True)


@pytest.mark.parametrize("limit", ["max_wal_per_second", "max_replication_lag"])
def test_one_unit_alone_waits_for_the_log_between_pieces(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """Rows of one transaction go block by block; each piece is looked at."""
    # The log is everybody's. Between units all of it would be waited off, however much others of the server's write.
    monkeypatch.setattr(Pace, "go_on", lambda _: True)
    # At a byte a second every piece but the first has to wait, on any machine; a short while will do.
    monkeypatch.setattr(pace, "_LONGEST_BREATH_SECONDS", 0.05)
    monkeypatch.setattr(pace, "_LOOK_AGAIN_SECONDS", 0.01)
    shop.add_sales(days=1, per_day=1000)
    before, looked = shop.all_rows(), []
    real = Pace.breathe
    monkeypatch.setattr(Pace, "breathe", lambda its: (looked.append(its), real(its))[1])
    blocks = shop.value(f"select count(distinct (ctid::text::point)[0]) from {SCHEMA}.sales")
    said: list[str] = []

    result = archive(shop, said, settings={limit: 1})

    assert [table.units for table in result.tables] == [1]
    assert len(looked) == blocks > 5
    assert ("at 1 bytes of WAL a second" in said) == (limit == "max_wal_per_second")
    assert shop.all_rows() == before
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0


@pytest.mark.parametrize(
    ("written", "zone", "now", "opening"),
    [
        ("22:00-06:00", "UTC", "2026-03-01T23:30+00:00", "2026-03-01T23:30+00:00"),
        ("22:00-06:00", "UTC", "2026-03-01T05:59+00:00", "2026-03-01T05:59+00:00"),
        ("22:00-06:00", "UTC", "2026-03-01T06:00+00:00", "2026-03-01T22:00+00:00"),
        ("01:00-05:00", "Europe/Berlin", "2026-07-01T00:30+00:00", "2026-07-01T00:30+00:00"),
        ("01:00-05:00", "Europe/Berlin", "2026-07-01T12:00+00:00", "2026-07-01T23:00+00:00"),
        # 02:30 is skipped on that night: it opens when the clock has jumped over it.
        ("02:30-04:00", "Europe/Berlin", "2026-03-29T00:00+00:00", "2026-03-29T01:30+00:00"),
    ],
)
def test_a_window_opens_by_the_wall_clock_of_its_zone(written: str, zone: str, now: str, opening: str) -> None:
    assert parse_window(written, zone).next_opening(datetime.fromisoformat(now)) == datetime.fromisoformat(opening)


@pytest.mark.parametrize(
    ("written", "zone", "said"),
    [
        ("22-06", "UTC", "a window such as 22:00-06:00, found '22-06'"),
        ("06:00-06:00", "UTC", "never or always open"),
        ("22:00-06:00", "Berlin", "a time zone such as Europe/Berlin, found 'Berlin'"),
    ],
)
def test_a_window_that_is_none_is_refused(written: str, zone: str, said: str) -> None:
    with pytest.raises(ProblemError, match=said):
        parse_window(written, zone)


def test_outside_its_window_a_run_of_the_queue_ends_and_says_when_it_opens(shop: Shop) -> None:
    shop.add_sales(days=1)
    hour = shop.value("select extract(hour from now() at time zone 'UTC')::int")
    window = f"{(hour + 2) % 24:02}:00-{(hour + 3) % 24:02}:00"

    result = archive(shop, settings={"window": window}, waits=False)

    assert result.ended is not None and result.ended.startswith(f"outside the window {window} UTC; it opens at")
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 40


def test_progress_for_programs_is_lines_of_json_with_rate_and_time_left(shop: Shop) -> None:
    shop.add_sales(days=2)

    _, _, lines = shop.invoke("run", "--yes", "--progress", "json", "--definitions", str(shop.definitions))

    last = json.loads(lines.splitlines()[-1])
    assert (last["what"], last["done"], last["total"]) == (f"archiving {SCHEMA}.sales", 80, 80)
    assert last["per_second"] > 0 and last["eta_seconds"] == 0


# A run that is held: between units by a pause, or in the middle of one, for longer than the grace.
_HELD = """
import sys, threading
from archive_jobs import failpoints, cli
from archive_jobs.commands.run import pause_archiving
from archive_jobs.command_line.options import settings_of
from archive_jobs.scheduling import stopping
def between():
    pause_archiving(settings_of(None), "held")
def within():
    print("held", file=sys.stderr, flush=True)
    threading.Event().wait()
stopping.stopping.__wrapped__.__defaults__ = ({grace},)
failpoints.interruptions["commit.after"] = {how}
sys.argv = ["archive-jobs", "run", "--yes", "--definitions", {definitions!r}]
cli.main()
"""


@pytest.mark.parametrize(("how", "number"), [("between", signal.SIGINT), ("within", signal.SIGTERM)])
def test_a_signal_ends_a_run_with_its_own_status_and_the_next_run_goes_on(
    shop: Shop, how: str, number: signal.Signals
) -> None:
    shop.add_sales(days=3)
    before = shop.all_rows()
    # What is at hand is finished in any time between units, and never within one.
    grace = 0.2 if how == "within" else 60
    script = _HELD.format(how=how, grace=grace, definitions=str(shop.definitions))
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        assert any("held" in line for line in run.stderr)
        run.send_signal(number)
        said = run.stderr.read()

    shop.wait_for_the_dead()
    assert run.returncode == 128 + number
    assert "stopping: finishing what is at hand" in said
    assert ("stopped in the middle of a unit" in said) == (how == "within")
    assert shop.all_rows() == before
    resume_archiving(shop.settings)
    shop.run("analytics")
    assert shop.value(f"select count(*) from {SCHEMA}.sales") == 0
    assert shop.all_rows() == before


def test_a_replica_that_is_behind_is_waited_for(shop: Shop) -> None:
    level = shop.value("select current_setting('wal_level') || current_setting('max_wal_senders')")
    if level.startswith("minimal") or level.endswith("l0"):
        pytest.skip("the server takes no replicas")
    shop.add_sales(days=1)
    said: list[str] = []

    result = archive(shop, said, settings={"max_replication_lag": 0})

    assert [table.units for table in result.tables] == [1]
