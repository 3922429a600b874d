"""Readers that add up hot and cold get the right sum at every moment, under writers and two archivers."""

from __future__ import annotations

import random
import threading
import time

import psycopg
import pytest
from small_shop import SCHEMA, Shop

from archive_jobs import failpoints
from archive_jobs.reading.read_back import open_reader

SECONDS = 3.0


def test_the_sum_over_hot_and_cold_never_moves(shop: Shop) -> None:
    shop.add_sales(days=6, per_day=2)
    shop.execute(f"update {SCHEMA}.sales set amount = 0")
    shop.run("analytics", objects=("SALE",))
    model = shop.library.object("SALE")
    until, errors, wrong, written, reads = time.monotonic() + SECONDS, [], [], [0], [0]

    def guarded(work: object) -> None:
        try:
            while time.monotonic() < until:
                work()  # type: ignore[operator]
        except BaseException as error:
            errors.append(error)

    def write_pairs() -> None:
        """Rows always come, change and go in pairs that add up to nought."""
        dice = random.Random(7)
        with psycopg.connect(autocommit=True) as writer:
            for _ in range(20):
                day, key = dice.randrange(1, 7), written[0] * 2
                with writer.transaction():
                    writer.execute(
                        f"insert into {SCHEMA}.sales (sale_id, sold_at, amount, _raw_seq, _source_order)"
                        " values (%s, %s, 5, 1, 1), (%s, %s, -5, 1, 1)",
                        (key, f"2024-01-0{day} 05:00+00", key + 1, f"2024-01-0{7 - day} 06:00+00"),
                    )
                with writer.transaction():
                    writer.execute(
                        f"with pair as (select sale_id from {SCHEMA}.sales s where sale_id % 2 = 0 and exists"
                        f" (select from {SCHEMA}.sales t where t.sale_id = s.sale_id + 1) limit 1)"
                        f" update {SCHEMA}.sales s set amount = -amount from pair"
                        " where s.sale_id - pair.sale_id in (0, 1)"
                    )
                written[0] += 1

    def read() -> None:
        with open_reader(shop.settings, shop.store) as reader:
            relation = reader.rows(model, "analytics")
            row = reader.engine.execute(f"select sum(amount), count(*) % 2 from ({relation})").fetchone()
        reads[0] += 1
        if row is None or (float(row[0] or 0), row[1]) != (0.0, 0):
            wrong.append(row)

    def archive() -> None:
        shop.run("analytics", objects=("SALE",))

    workers = [threading.Thread(target=guarded, args=(work,)) for work in (write_pairs, read, archive, archive)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert errors == []
    assert (wrong, reads[0] > 0, written[0] > 0) == ([], True, True)
    rows = shop.all_rows()
    assert (sum(rows.values()), max(rows.values())) == (12 + 2 * written[0], 1)


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_table_that_is_rewritten_under_a_reader_is_not_taken_for_empty(shop: Shop, is_guarded: bool) -> None:
    """Widening a column writes a plain table anew, and to an older snapshot the new one is empty."""
    shop.add_raw(20)
    model = shop.library.object("SALE")
    if not is_guarded:
        failpoints.disabled_guards.add("reader lock")

    with open_reader(shop.settings, shop.store, model.table_name) as reader:
        with psycopg.connect(autocommit=True) as owner:
            owner.execute("set lock_timeout = '100ms'")
            try:
                owner.execute(f"alter table {SCHEMA}.source_sales alter column outcome_raw_seq type numeric")
            except psycopg.errors.LockNotAvailable:
                assert is_guarded
        seen = reader.engine.execute(f"select count(*) from ({reader.rows(model, 'source')})").fetchone()

    assert seen == (20 if is_guarded else 0,)


# As `dbt build` widens a column; as somebody moves a plain table over to partitions by hand.
_CHANGED = {
    "sales was written anew after": [f"alter table {SCHEMA}.sales alter column amount type numeric(30,8)"],
    "sales was put in another table's place after": [
        f"alter table {SCHEMA}.sales rename to sales_before",
        f"create table {SCHEMA}.sales (like {SCHEMA}.sales_before including all)",
        f"insert into {SCHEMA}.sales select * from {SCHEMA}.sales_before",
    ],
}


@pytest.mark.parametrize(("said", "statements"), _CHANGED.items())
def test_a_query_that_began_before_the_table_was_changed_so_is_told_and_never_answered_short(
    shop: Shop, said: str, statements: list[str]
) -> None:
    """dbt reads through the view and locks nothing before; to an older snapshot the new table is empty."""
    shop.add_sales(days=2)
    with psycopg.connect() as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select 1 from pg_class limit 1")
        with shop.connection.transaction():
            views = shop.value(f"select {SCHEMA}.take_down_views('{SCHEMA}.sales')")
            for statement in [*statements, *views]:
                shop.execute(statement)

        with pytest.raises(psycopg.errors.SerializationFailure, match=said):
            reader.execute(f"select count(*) from {SCHEMA}.sales__lake")
    assert shop.value(f"select count(*) from {SCHEMA}.sales__lake") == 80
