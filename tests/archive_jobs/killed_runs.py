"""Where runs are killed in tests of units that are dropped whole, and what they may leave: nothing."""

from __future__ import annotations

import os
import signal

import psycopg
from small_shop import Shop

from archive_jobs.failpoints import POINTS, VARIABLE

KILLED_AT = [point for point in POINTS if point != "commit.reply.lost"]


def kill_at(shop: Shop, point: str) -> None:
    """Archive in a forked process that dies at the point; every row must still be there once."""
    before = shop.all_rows()
    child = os.fork()
    if child == 0:
        os.environ[VARIABLE] = f"{point}:kill"
        try:
            Shop(psycopg.connect(autocommit=True), shop.definitions, shop.lake).run("analytics")
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, point
    # Until the server has noticed, the dead run's sessions still hold their locks, and it counts as alive.
    sessions = "select count(*) from pg_stat_activity where application_name = 'archive-jobs'"
    while shop.value(f"{sessions} and datname = current_database()"):
        pass
    assert shop.all_rows() == before, point


def left_over(shop: Shop) -> list[str]:
    """Staging files, files that count for nothing, and attempts that are not over."""
    on_disk = {str(path.relative_to(shop.lake)) for path in shop.lake.rglob("*.parquet")}
    counted = {row[0] for row in shop.execute("select path from archive_catalog.readable_files")}
    unfinished = shop.execute(
        "select concat_ws(' ', state, reason) from archive_catalog.attempts where state not in ('active', 'swept')"
    )
    staged = [path.name for path in (shop.lake / ".staging").glob("*.part")]
    return sorted(on_disk ^ counted) + [row[0] for row in unfinished] + staged
