"""A run whose server session is closed lives on and is taken for dead: what it does then counts for nothing."""

from __future__ import annotations

import psycopg
import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.moving.reconcile import reconcile
from archive_jobs.moving.run import open_workshop


def take_for_dead(shop: Shop) -> None:
    """Close the run's session, and sweep as a run on another machine does: it has another staging folder."""
    shop.execute(
        "select pg_terminate_backend(l.pid) from pg_locks as l where l.locktype = 'advisory' and l.objsubid = 2"
        " and exists (select from archive_catalog.attempts as a where a.owner_key = l.objid::bigint)"
    )
    settings, store = shop.settings, shop.store
    store.staging = shop.lake.parent  # type: ignore[misc]  # a store's own is fixed
    with connect(settings) as connection, open_workshop(connection, settings, store) as other:
        while reconcile(other.worker(), shop.tables("analytics", objects=("SALE",))).swept == 0:
            pass  # the server has not noticed yet


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_run_taken_for_dead_while_it_copies_leaves_no_file_for_ever(shop: Shop, is_guarded: bool) -> None:
    """A pooler or a firewall closes the session that says the run lives; another run sweeps; the first goes on."""
    shop.add_sales(days=2)

    failpoints.interruptions["export.snapshot.after"] = lambda: take_for_dead(shop)
    if not is_guarded:
        failpoints.disabled_guards.add("over")
    with pytest.raises(psycopg.OperationalError):
        shop.run("analytics", objects=("SALE",))

    left = {file.relative_to(shop.lake / SCHEMA).parts[0] for file in (shop.lake / SCHEMA).rglob("*.*")}
    assert left == ({"_lake.json"} if is_guarded else {"_lake.json", "_manifests", "analytics"})
    assert shop.run("analytics", objects=("SALE",)).tables[0].units == 2


def test_what_a_run_published_that_was_taken_for_dead_and_then_killed_is_found_by_reconcile(shop: Shop) -> None:
    """It was swept before it gave its files their names: the catalogue holds no such name any more."""
    shop.add_sales(days=2)

    def go_on_after_the_sweep(child: Shop) -> None:
        failpoints.interruptions["publish.link.before"] = lambda: take_for_dead(child)
        child.run("analytics", objects=("SALE",))

    assert shop.die_in("publish.link.after", go_on_after_the_sweep) == 9
    orphans = list((shop.lake / SCHEMA / "analytics").rglob("*.parquet"))
    assert len(orphans) == 1
    assert shop.run("analytics", objects=("SALE",)).tables[0].units == 2
    (foreign := orphans[0].with_name(orphans[0].name.replace("-", "0-", 1)[1:])).write_bytes(
        b"of a future that was not"
    )
    counting = shop.all_rows()

    status, said, _ = shop.invoke("reconcile", "--definitions", str(shop.definitions))

    assert (status, orphans[0].exists(), foreign.exists()) == (0, False, True)
    assert "1 orphans removed" in said
    assert f"no attempt in the catalogue has written {foreign.relative_to(shop.lake)}" in said
    assert "1 objects that this catalogue does not know" in said
    assert shop.all_rows() == counting
    assert shop.invoke("verify")[0] == 0
