"""Which record goes into which batch, and which defects are planted where. Opens no file.

The first batch is the shop's past, the second its last weeks and what the past still owes: late records, corrections,
repeats and stale versions of records that Layer 2 still holds or has archived by then.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from demo.jaffle_shop import Payload, Shop
from demo.shop_defects import BROKEN_CSV, BROKEN_JSON, BROKEN_PARQUET, FLAGGED, NEWER, OLDER, Broken
from demo.shop_ledger import Sent, ShopObject

OBJECTS = (
    ShopObject("STORE", "stores", ("id",)),
    ShopObject("PRODUCT", "products", ("sku",)),
    ShopObject("SUPPLY", "supplies", ("id", "sku")),
    ShopObject("CUSTOMER", "customers", ("id",)),
    ShopObject("ORDER", "orders", ("id",), time="ordered_at"),
    ShopObject("ORDER_ITEM", "order_items", ("id",), time="ordered_at"),
    ShopObject("TWEET", "tweets", ("id",), order=None, time="tweeted_at"),
)
# Around the border of the archive nothing is planted, for a clock that strikes midnight meanwhile moves it.
_BORDER = timedelta(days=2)
LISTS = ("stores", "products", "supplies")  # sent whole each time, whatever has changed

# Shares of the records of a batch; never more than one in a hundred is rejected.
_BROKEN_SHARE = 0.0005
_SHARES = {"repeat": 0.003, "correction": 0.003, "stale": 0.002, "flagged": 0.0005}
# Shares of the first batch's records that the second batch speaks of again.
_ACROSS = {"repeat_across": 0.001, "correction_across": 0.001, "stale_across": 0.0005}
_OF_ARCHIVED = {"repeat_of_archived": 0.0004, "correction_of_archived": 0.0006, "stale_of_archived": 0.0002}
_LATE_SHARE = 0.003
_FEWEST = 50  # below this many records nothing is planted


@dataclass(frozen=True)
class Calendar:
    """The days that matter. `hot_from`: earlier events are archived between the batches; None: nothing is."""

    second_batch_from: date
    hot_from: date | None


@dataclass
class _Batch:
    """Records on their way into one file, each at a place among those that were there first."""

    rng: random.Random
    base: list[Payload]
    untouched: list[int] = field(init=False)
    _placed: list[tuple[float, Sent]] = field(init=False)

    def __post_init__(self) -> None:
        self._placed = [(place, Sent("intact", payload)) for place, payload in enumerate(self.base)]
        self.untouched = list(range(len(self.base)))
        self.rng.shuffle(self.untouched)

    def pick(self, share: float, where: Callable[[Payload], bool] = lambda payload: True) -> list[int]:
        """Places of records that no other defect has picked: each is touched once, so that kinds add up."""
        if len(self.base) < _FEWEST:
            return []
        wanted = max(1, round(share * len(self.base)))
        picked = [place for place in self.untouched if where(self.base[place])][:wanted]
        gone = set(picked)
        self.untouched = [place for place in self.untouched if place not in gone]
        return picked

    def change(self, place: int, kind: str, payload: Payload) -> None:
        """Send another record in place of the intact one."""
        self._placed[place] = (place, Sent(kind, payload))

    def add(self, record: Sent, after: int = 0) -> None:
        """Send one more record, anywhere after a place."""
        self._placed.append((self.rng.uniform(after, len(self.base)), record))

    def records(self) -> list[Sent]:
        """Everything, in the order of the file."""
        return [record for _, record in sorted(self._placed, key=lambda placed: placed[0])]


def shop_batches(shop: Shop, calendar: Calendar, seed: int) -> dict[str, list[list[Sent]]]:
    """Per table, the records of the first batch and of the second, in the order in which they are sent."""
    rng = random.Random(seed)
    late_orders = _late_orders(shop, calendar, rng)
    batches = {}
    for shop_object in OBJECTS:
        rows: list[Payload] = getattr(shop, shop_object.table)
        if shop_object.table in LISTS:
            batches[shop_object.table] = _whole_lists(shop_object.table, rows, calendar, rng)
        else:
            batches[shop_object.table] = _two_batches(shop_object, rows, calendar, late_orders, rng)
    return batches


def _late_orders(shop: Shop, calendar: Calendar, rng: random.Random) -> set[str]:
    """Orders of the past that only the second batch brings, with all their items."""
    past = [order["id"] for order in shop.orders if order["ordered_at"] < calendar.second_batch_from.isoformat()]
    return set(rng.sample(past, max(1, round(_LATE_SHARE * len(past)))))


def _whole_lists(table: str, rows: list[Payload], calendar: Calendar, rng: random.Random) -> list[list[Sent]]:
    first = _Batch(rng, rows)
    _plant_broken(first, BROKEN_JSON.get(table, {}))
    # In another order, for a file that is the same to the byte is not landed twice.
    rows = rows[::-1]
    second = [Sent("unchanged", row) for row in rows]
    if table == "products":
        changed_at = f"{calendar.second_batch_from.isoformat()}T00:00:00Z"
        for place in rng.sample(range(len(rows)), 3):
            dearer = {**rows[place], "price": str(int(rows[place]["price"]) + 50), "updated_at": changed_at}
            second[place] = Sent("correction_across", dearer)
    return [first.records(), second]


def _two_batches(
    shop_object: ShopObject,
    rows: list[Payload],
    calendar: Calendar,
    late_orders: set[str],
    rng: random.Random,
) -> list[list[Sent]]:
    table = shop_object.table
    split, time = calendar.second_batch_from.isoformat(), shop_object.time or "updated_at"
    late = [row for row in rows if _order_of(table, row) in late_orders]
    in_time = [row for row in rows if _order_of(table, row) not in late_orders]
    first = _Batch(rng, [row for row in in_time if row[time] < split])
    second = _Batch(rng, [row for row in in_time if row[time] >= split])
    formats = {"customers": (BROKEN_CSV, BROKEN_CSV), "tweets": (BROKEN_JSON, BROKEN_PARQUET)}
    for batch, broken in zip((first, second), formats.get(table, (BROKEN_JSON, BROKEN_JSON)), strict=True):
        _plant_broken(batch, broken[table])
        _plant_within(batch, table)
    for row in late:
        archived = calendar.hot_from is not None and row[time] < calendar.hot_from.isoformat()
        second.add(Sent("late_for_the_archive" if archived else "late", row))
    _plant_across(first, second, shop_object, calendar)
    return [first.records(), second.records()]


def _order_of(table: str, row: Payload) -> str | None:
    return row["id"] if table == "orders" else row.get("order_id")


def _plant_broken(batch: _Batch, makers: dict[str, Broken]) -> None:
    for kind, maker in makers.items():
        for place in batch.pick(_BROKEN_SHARE):
            broken = maker(batch.base[place])
            raw, payload = (broken, None) if isinstance(broken, bytes) else (None, broken)
            batch.add(Sent(kind, payload, raw, rejected=True), after=place)


def _plant_within(batch: _Batch, table: str) -> None:
    """Repeats, corrections and stale versions of records of the same batch, and rows to flag."""
    for place in batch.pick(_SHARES["repeat"]):
        batch.add(Sent("repeat", batch.base[place]), after=place)
    for kind, versions in (("correction", NEWER), ("stale", OLDER)):
        if version := versions.get(table):
            for place in batch.pick(_SHARES[kind]):
                batch.add(Sent(kind, version(batch.base[place], batch.rng)), after=place)
    for flaw in FLAGGED.get(table, []):
        for place in batch.pick(_SHARES["flagged"]):
            batch.change(place, "flagged", flaw(batch.base[place], batch.rng))


def _plant_across(first: _Batch, second: _Batch, shop_object: ShopObject, calendar: Calendar) -> None:
    """Records of the first batch that the second speaks of again.

    Where arrival says what is newer, a repeat in a later batch is newer and a stale record does not exist.
    """
    table = shop_object.table
    for kind, share in (_ACROSS | _OF_ARCHIVED).items():
        version = {"correction": NEWER, "stale": OLDER, "repeat": _AS_IT_WAS}[kind.split("_")[0]].get(table)
        if version is None or (shop_object.order is None and not kind.startswith("correction")):
            continue
        where = _archived(shop_object, calendar) if kind in _OF_ARCHIVED else _hot(shop_object, calendar)
        for place in first.pick(share, where):
            second.add(Sent(kind, version(first.base[place], first.rng)))


_AS_IT_WAS = {shop_object.table: lambda payload, rng: payload for shop_object in OBJECTS}


def _archived(shop_object: ShopObject, calendar: Calendar) -> Callable[[Payload], bool]:
    if shop_object.time is None or calendar.hot_from is None:
        return lambda payload: False
    time, border = shop_object.time, (calendar.hot_from - _BORDER).isoformat()
    return lambda payload: bool(payload[time] < border)


def _hot(shop_object: ShopObject, calendar: Calendar) -> Callable[[Payload], bool]:
    if shop_object.time is None or calendar.hot_from is None:
        return lambda payload: True
    time, border = shop_object.time, (calendar.hot_from + _BORDER).isoformat()
    return lambda payload: bool(payload[time] >= border)
