"""A run whose server session is closed lives on and is taken for dead: what it does then counts for nothing."""

from __future__ import annotations

import psycopg
import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.moving.reconcile import reconcile
from archive_jobs.moving.run import open_workshop


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_run_taken_for_dead_while_it_copies_leaves_no_file_for_ever(shop: Shop, is_guarded: bool) -> None:
    """A pooler or a firewall closes the session that says the run lives; another run sweeps; the first goes on."""
    shop.add_sales(days=2)

    def another_run() -> None:
        shop.execute(
            "select pg_terminate_backend(l.pid) from pg_locks as l where l.locktype = 'advisory' and l.objsubid = 2"
            " and exists (select from archive_catalog.attempts as a where a.owner_key = l.objid::bigint)"
        )
        settings = shop.settings
        with connect(settings) as connection, open_workshop(connection, settings, shop.store) as other:
            while reconcile(other.worker(), shop.tables("analytics", objects=("SALE",))).swept == 0:
                pass  # the server has not noticed yet

    failpoints.interruptions["export.snapshot.after"] = another_run
    if not is_guarded:
        failpoints.disabled_guards.add("over")
    with pytest.raises(psycopg.OperationalError):
        shop.run("analytics", objects=("SALE",))

    left = {file.relative_to(shop.lake / SCHEMA).parts[0] for file in (shop.lake / SCHEMA).rglob("*.*")}
    assert left == ({"_lake.json"} if is_guarded else {"_lake.json", "_manifests", "analytics"})
    assert shop.run("analytics", objects=("SALE",)).tables[0].units == 2
