"""Where runs are killed in tests of units that are dropped whole, and what they may leave: nothing."""

from __future__ import annotations

import os
import signal

from small_shop import Shop

from archive_jobs.failpoints import POINTS

KILLED_AT = [point for point in POINTS if point != "commit.reply.lost"]


def kill_at(shop: Shop, point: str) -> None:
    """Archive in a forked process that dies at the point; every row must still be there once."""
    before = shop.all_rows()
    status = shop.die_in(point, lambda dying: dying.run("analytics"))
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, point
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
