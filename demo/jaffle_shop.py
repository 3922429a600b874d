"""The shop before anything goes wrong: run jafgen, read what it wrote, move it to the demo's calendar.

jafgen knows neither an order's state nor when a record changed. Both are drawn here: `status`, `fulfilled_at`
(hand-over, minutes after the order) and `updated_at`. An order without items counts as cancelled. An item or a tweet
has the time of its own order; `updated_at` of an item is one minute later, when the till closes the line.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from definitions_to_dbt.errors import ProblemError

Payload = dict[str, Any]

# jafgen is seeded through the two generators it draws from; its ids come from the operating system and differ.
_JAFGEN = """
import random, sys
import numpy
from jafgen.simulation import Simulation
days, seed = int(sys.argv[1]), int(sys.argv[2])
random.seed(seed)
numpy.random.seed(seed)
simulation = Simulation(1, "raw")
simulation.sim_days = days
simulation.run_simulation()
simulation.save_results()
"""


@dataclass(frozen=True)
class Shop:
    """Every record of the shop as its systems would send it, each list in the order in which things happened."""

    customers: list[Payload]
    stores: list[Payload]
    products: list[Payload]
    supplies: list[Payload]
    orders: list[Payload]
    order_items: list[Payload]
    tweets: list[Payload]
    last_day: date


def simulate_shop(folder: Path, days: int, last_day: date | None, seed: int) -> Shop:
    """Run jafgen for `days` days below `folder` and return its shop.

    The calendar moves by whole weeks, so that weekdays keep their custom: the shop's last day is `last_day` or up to
    six days before it. None keeps jafgen's own calendar, which starts in September 2018. Raises ProblemError where
    jafgen cannot run.
    """
    _run_jafgen(folder, days, seed)
    tables = {path.stem.removeprefix("raw_"): _rows(path) for path in (folder / "jaffle-data").glob("raw_*.csv")}
    ordered = [datetime.fromisoformat(row["ordered_at"]) for row in tables["orders"]]
    shift = _whole_weeks(max(ordered).date(), last_day)
    rng = random.Random(seed)
    opening = _text(datetime.combine(min(ordered).date(), datetime.min.time()) + shift)
    orders = _orders(tables["orders"], Counter(row["order_id"] for row in tables["items"]), shift, rng)
    return Shop(
        customers=_customers(tables["customers"], orders),
        stores=[
            {**row, "opened_at": _moved(row["opened_at"], shift), "updated_at": opening} for row in tables["stores"]
        ],
        products=[{**row, "updated_at": opening} for row in tables["products"]],
        supplies=[_supply(row, opening) for row in tables["supplies"]],
        orders=orders,
        order_items=_items(tables["items"], orders),
        tweets=sorted(
            ({**row, "tweeted_at": _moved(row["tweeted_at"], shift)} for row in tables["tweets"]),
            key=lambda tweet: str(tweet["tweeted_at"]),
        ),
        last_day=max(ordered).date() + shift,
    )


def later(moment: str, minutes: float) -> str:
    """A time as text, moved by whole seconds."""
    return _text(datetime.fromisoformat(moment) + timedelta(seconds=round(minutes * 60)))


def _run_jafgen(folder: Path, days: int, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", _JAFGEN, str(days), str(seed)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ProblemError(
            f"expected jafgen to simulate {days} days, but it stopped: {reason}",
            hint="Nothing was landed. jafgen is part of the demo's extra: run `uv sync --group demo`.",
        )


def _rows(path: Path) -> list[Payload]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _whole_weeks(from_day: date, to_day: date | None) -> timedelta:
    if to_day is None:
        return timedelta(0)
    return timedelta(weeks=(to_day - from_day).days // 7)


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")


def _moved(moment: str, shift: timedelta) -> str:
    return _text(datetime.fromisoformat(moment) + shift)


def _orders(rows: list[Payload], pieces: Counter[str], shift: timedelta, rng: random.Random) -> list[Payload]:
    rows = sorted(rows, key=lambda row: str(row["ordered_at"]))
    return [_order(row, pieces[row["id"]], shift, rng) for row in rows]


def _order(row: Payload, pieces: int, shift: timedelta, rng: random.Random) -> Payload:
    ordered_at = _moved(row["ordered_at"], shift)
    minutes = min(45.0, 2 + 0.7 * pieces + rng.expovariate(1 / 3))
    status = "cancelled" if pieces == 0 else rng.choices(["fulfilled", "refunded"], [0.995, 0.005])[0]
    fulfilled_at = None if status == "cancelled" else later(ordered_at, minutes)
    updated_at = later(ordered_at, minutes if status == "fulfilled" else minutes + 10)
    cents = {name: int(row[name]) for name in ("subtotal", "tax_paid", "order_total")}
    return {
        "id": row["id"], "customer": row["customer"], "ordered_at": ordered_at, "store_id": row["store_id"],
        **cents, "status": status, "fulfilled_at": fulfilled_at, "updated_at": updated_at,
    }  # fmt: skip


def _items(rows: list[Payload], orders: list[Payload]) -> list[Payload]:
    ordered_at = {order["id"]: order["ordered_at"] for order in orders}
    times = ((row, ordered_at[row["order_id"]]) for row in rows)
    items = [{**row, "ordered_at": time, "updated_at": later(time, 1)} for row, time in times]
    return sorted(items, key=lambda item: str(item["ordered_at"]))


def _customers(rows: list[Payload], orders: list[Payload]) -> list[Payload]:
    """A customer is known from the first order on."""
    first_order = {order["customer"]: order["ordered_at"] for order in reversed(orders)}
    customers = [{**row, "updated_at": first_order[row["id"]]} for row in rows]
    return sorted(customers, key=lambda customer: str(customer["updated_at"]))


def _supply(row: Payload, opening: str) -> Payload:
    return {**row, "cost": int(row["cost"]), "perishable": row["perishable"] == "True", "updated_at": opening}
