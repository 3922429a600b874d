"""The table is made another one between export and commit: the unit stays whole, hot or cold, and says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fault_oracle import hot_rows
from fault_orders import archive_in_steps
from fault_worlds import DELETE, Mode, World
from small_shop import SCHEMA
from warm_workers import start_speaking

MakeWorld = Callable[[Mode], World]
CHILD = f"create table {SCHEMA}.notes (sale_id bigint, sold_at timestamptz, foreign key (sale_id, sold_at)"
CHANGES = {
    "a column is added": f"alter table {SCHEMA}.sales add surprise text default 'kept?'",
    "a column is dropped": f"alter table {SCHEMA}.sales drop column _batch_id cascade",
    "a type is widened": (
        f"drop view {SCHEMA}.sales__lake cascade; alter table {SCHEMA}.sales alter amount type numeric(30, 6)"
    ),
    "a trigger keeps rows": (
        f"create function {SCHEMA}.keep() returns trigger language plpgsql as 'begin return null; end';"
        f"create trigger keep before delete on {SCHEMA}.sales for each row execute function {SCHEMA}.keep()"
    ),
    "a rule swallows deletes": f"create rule kept as on delete to {SCHEMA}.sales do instead nothing",
    "row security is switched on": (
        f"alter table {SCHEMA}.sales enable row level security; alter table {SCHEMA}.sales force row level security;"
        f"create policy half on {SCHEMA}.sales using (sale_id % 2 = 0)"
    ),
    "a child would be deleted too": (
        f"{CHILD} references {SCHEMA}.sales on delete cascade);"
        f"insert into {SCHEMA}.notes select sale_id, sold_at from {SCHEMA}.sales"
    ),
    "a child refuses": (
        f"{CHILD} references {SCHEMA}.sales);insert into {SCHEMA}.notes select sale_id, sold_at from {SCHEMA}.sales"
    ),
    "deletes are published": f"create publication deletes for table {SCHEMA}.sales",
    "the table is emptied": f"truncate {SCHEMA}.sales",
    "the table is written anew": f"create index other on {SCHEMA}.sales (note); cluster {SCHEMA}.sales using other",
}


@pytest.mark.parametrize("point", ["export.snapshot.after", "prepare.after"])
@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_the_table_meanwhile_never_costs_a_row(make_world: MakeWorld, change: str, point: str) -> None:
    world = make_world(DELETE)
    world.add_day()
    child = start_speaking(archive_in_steps, world.told(lock_timeout=0.3), (point,))
    assert child.said() == point
    world.shop.execute("set lock_timeout = '1s'")

    try:
        world.shop.execute(CHANGES[change])
    except Exception as error:  # a lock the export holds: it comes later, which is as good
        assert "lock timeout" in str(error)
    if change == "the table is emptied":
        world.ledger = hot_rows(world.shop.connection, world.watched)
    child.tell("go on")
    ended = child.ended()

    assert ended.error is None or ended.error.startswith("ProblemError"), ended
    if change == "a child would be deleted too":
        assert world.shop.value(f"select count(*) from {SCHEMA}.notes") in (0, 20)
        assert world.rows_left_hot() == 20
    assert world.examine(settled=False).faults == []
