"""Readers that add up hot and cold get the right sum at every moment, under writers and two archivers."""

from __future__ import annotations

import random
import threading
import time

import psycopg
from small_shop import SCHEMA, Shop

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
