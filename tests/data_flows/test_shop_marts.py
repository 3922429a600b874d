"""The shop's marts over three hundred orders: before and after most are archived, and after records that come late.

What the marts must say is reckoned in plain Python from the payloads that were sent.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flow import Flow, flow_of
from library_part import add_marts, library_of
from running import Ended

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

TABLES = {
    "stores": "STORE",
    "products": "PRODUCT",
    "customers": "CUSTOMER",
    "orders": "ORDER",
    "order_items": "ORDER_ITEM",
}
MARTS = ("dim_customers", "dim_products", "dim_stores", "fct_orders", "fct_order_items", "mart_daily_sales",
         "mart_hourly_revenue", "mart_customer_features")  # fmt: skip
TODAY = datetime.now(UTC).date()
DEARER_FROM = TODAY - timedelta(days=100)
PRICES = {"JAF-001": (1100, 1250), "JAF-002": (900, 900), "BEV-001": (400, 450)}
HOURLY = "hourly_revenue_holds_every_order"
Payload = dict[str, Any]


def _id(kind: int, number: int) -> str:
    return str(UUID(int=kind << 64 | number))


def _at(day: date, hour: int, minute: int = 0) -> str:
    return datetime.combine(day, time(hour, minute), UTC).isoformat()


class Till:
    """What the shop sends, and the same in Python's own words."""

    def __init__(self) -> None:
        self.orders: dict[str, Payload] = {}
        self.items: list[Payload] = []
        self._random = random.Random(7)

    def take(self, number: int, days_ago: int, customer: int) -> tuple[Payload, list[Payload]]:
        """An order of one to three pieces at the prices of its day."""
        day, draw = TODAY - timedelta(days=days_ago), self._random
        skus = draw.choices(list(PRICES), k=draw.randint(1, 3))
        subtotal = sum(PRICES[sku][day >= DEARER_FROM] for sku in skus)
        ordered_at = _at(day, draw.randint(0, 23), draw.randint(0, 59))
        status = draw.choices(["fulfilled", "refunded", "cancelled"], [8, 1, 1])[0]
        order = {
            "id": _id(1, number), "customer": _id(2, customer), "store_id": _id(3, number % 2),
            "ordered_at": ordered_at, "updated_at": ordered_at, "status": status,
            "fulfilled_at": None if status == "cancelled" else ordered_at, "subtotal": subtotal,
            "tax_paid": subtotal // 20, "order_total": subtotal + subtotal // 20,
        }  # fmt: skip
        items = [
            {"id": _id(4, number * 10 + place), "order_id": order["id"], "sku": sku, "ordered_at": ordered_at,
             "updated_at": ordered_at}
            for place, sku in enumerate(skus)
        ]  # fmt: skip
        self.orders[order["id"]] = order
        self.items += items
        return order, items

    def past(self) -> dict[str, list[Payload]]:
        """The lists, a price that rose, and three hundred orders of two hundred days."""
        opened = _at(TODAY - timedelta(days=300), 0)
        prices = [
            {"sku": sku, "name": sku, "type": "jaffle", "price": price, "description": None, "updated_at": since}
            for sku, (old, new) in PRICES.items()
            for price, since in [(old, opened), *([(new, _at(DEARER_FROM, 0))] if new != old else [])]
        ]
        customers = [{"id": _id(2, n), "name": f"Customer {n}", "updated_at": opened} for n in range(30)]
        stores = [
            {"id": _id(3, n), "name": f"Town {n}", "opened_at": opened, "tax_rate": 0.05, "updated_at": opened}
            for n in range(2)
        ]
        for number in range(300):
            # One customer orders without having been sent, another never orders.
            self.take(number, days_ago=1 + number * 2 // 3, customer=1 + self._random.randrange(30))
        return {"stores": stores, "products": prices, "customers": customers, "orders": list(self.orders.values()),
                "order_items": self.items}  # fmt: skip

    def late(self) -> dict[str, list[Payload]]:
        """An order three weeks late, one of the archived past, a refund of an archived order, a customer's new name."""
        taken = [self.take(900, days_ago=20, customer=5), self.take(901, days_ago=170, customer=5)]
        long_ago = _at(TODAY - timedelta(days=180), 0)
        archived = next(
            order for order in self.orders.values() if order["status"] == "fulfilled" and order["ordered_at"] < long_ago
        )
        archived.update(status="refunded", updated_at=_at(TODAY - timedelta(days=1), 12))
        renamed = {"id": _id(2, 5), "name": "Customer 5 Jones", "updated_at": _at(TODAY - timedelta(days=60), 0)}
        return {
            "customers": [renamed],
            "orders": [*(order for order, _ in taken), archived],
            "order_items": [item for _, items in taken for item in items],
        }

    def by_hour(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Orders, and cents of those not cancelled, by store and hour."""
        found: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for order in self.orders.values():
            key = (order["store_id"], order["ordered_at"][:13])
            paid = 0 if order["status"] == "cancelled" else order["order_total"]
            found[key] = found[key][0] + 1, found[key][1] + paid
        return dict(found)

    def kept(self) -> Counter[str]:
        """Cents that stayed, by customer."""
        kept: Counter[str] = Counter()
        for order in self.orders.values():
            kept[order["customer"]] += order["order_total"] if order["status"] in ("fulfilled", "placed") else 0
        return kept


class Shop:
    """The flow at each of its steps."""

    def __init__(self, flow: Flow, folder: Path) -> None:
        self.flow, self.till, self._folder = flow, Till(), folder
        self._land("past", self.till.past())
        self._dbt("run", "postgres")
        self._dbt("run")
        self.before = self.digests()
        flow.archive()
        self.archived = self._dbt("build")
        self.after = self.digests()
        self._land("late", self.till.late())
        self._dbt("run", "postgres")
        self._dbt("run")
        self.late = self._dbt("test", "--select", HOURLY)
        self.hours_when_late = self.hours()
        first, end = (TODAY - timedelta(days=210)).replace(day=1), TODAY + timedelta(days=1)
        self._dbt(
            "run", "--select", "mart_hourly_revenue", "--event-time-start", str(first), "--event-time-end", str(end)
        )
        self.mended = self._dbt("test", "--select", HOURLY)

    def _land(self, name: str, records: dict[str, list[Payload]]) -> None:
        for table, payloads in records.items():
            path = self._folder / f"{name}_{table}.ndjson"
            path.write_text("".join(json.dumps(payload) + "\n" for payload in payloads))
            self.flow.land(TABLES[table], path)

    def _dbt(self, command: str, *words: str) -> Ended:
        target, *words_ = ("postgres",) if words == ("postgres",) else ("duckdb", *words)
        ended = self.flow.project.dbt(command, *words_, target=target)
        assert ended.success, ended.failed
        return ended

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query over the marts by their bare names gives."""
        return self.flow.history(re.sub(r"(?<=from |join )(\w+)", r"{{ ref('\1') }}", query))

    def digests(self) -> dict[str, tuple[Any, ...]]:
        """Rows of each mart, and a digest of all their values."""
        each = (f"select '{mart}', count(*), bit_xor(hash(each_row)) from {mart} as each_row" for mart in MARTS)
        return {name: found for name, *found in self.rows(" union all ".join(each))}

    def hours(self) -> dict[tuple[str, str], tuple[int, int]]:
        found = self.rows(
            "select store_id::varchar, strftime(hour_start, '%Y-%m-%dT%H'), order_count, gross_sales_cents"
            " from mart_hourly_revenue"
        )
        return {(store, hour): (int(orders), int(cents)) for store, hour, orders, cents in found}


@pytest.fixture(scope="module")
def shop(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop_marts")
    with flow_of(server, library_of(folder / "definitions", TABLES), folder) as flow:
        add_marts(flow.project.folder, "calendar", "commerce")
        variables = {"reporting_day": str(TODAY), "hourly_revenue_begins": str(TODAY - timedelta(days=230))}
        with (flow.project.folder / "dbt_project.yml").open("a") as file:
            file.write(f"vars: {json.dumps(variables)}\n")
        yield Shop(flow, folder)


def test_the_marts_build_and_their_tests_pass(shop: Shop) -> None:
    assert shop.archived.failed == {}


def test_what_the_archive_moves_changes_no_value_of_any_mart(shop: Shop) -> None:
    hot = shop.flow.value("select count(*) from analytics_service.orders where not _deleted and _raw_seq <= 300")

    assert 0 < hot < 200
    assert len(shop.before) == len(MARTS)
    assert shop.after == shop.before


def test_an_order_that_comes_late_is_in_its_hour_and_one_too_late_is_told_of_until_its_month_is_built_anew(
    shop: Shop,
) -> None:
    expected = shop.till.by_hour()
    late, too_late = ((order["store_id"], order["ordered_at"][:13]) for order in list(shop.till.orders.values())[-2:])

    assert shop.hours_when_late[late] == expected[late]
    assert shop.hours_when_late.get(too_late) != expected[too_late]
    assert shop.late.statuses[HOURLY] == "warn"
    assert shop.mended.statuses[HOURLY] == "pass"
    assert shop.hours() == expected


def test_each_piece_has_the_price_of_its_day_and_the_pieces_add_up_to_what_was_charged(shop: Shop) -> None:
    def unlike(price: str, join: str = "") -> int:
        return shop.rows(
            "select count(*) from (select orders.order_id from fct_order_items as items"
            f" inner join fct_orders as orders on items.order_id = orders.order_id {join}"
            f" group by orders.order_id having sum({price}) <> any_value(orders.subtotal_cents))"
        )[0][0]  # fmt: skip

    today = "inner join dim_products as products on items.sku = products.sku and products.is_current"

    assert unlike("items.list_price_cents") == 0
    assert unlike("products.list_price_cents", today) > 50


def test_an_order_has_its_customer_as_they_were_and_as_they_are(shop: Shop) -> None:
    found = shop.rows(
        "select then_.customer_name, today.customer_name, count(*), min(orders.order_date), max(orders.order_date)"
        " from fct_orders as orders"
        " inner join dim_customers as then_ on orders.customer_version_id = then_.customer_version_id"
        " inner join dim_customers as today on orders.customer_id = today.customer_id and today.is_current"
        f" where orders.customer_id = '{_id(2, 5)}' group by 1, 2 order by 1"
    )

    days = sorted(order["ordered_at"][:10] for order in shop.till.orders.values() if order["customer"] == _id(2, 5))
    border = (TODAY - timedelta(days=60)).isoformat()
    before, since = ([day for day in days if (day >= border) == later] for later in (False, True))
    assert [(*row[:3], str(row[3]), str(row[4])) for row in found] == [
        ("Customer 5", "Customer 5 Jones", len(before), before[0], before[-1]),
        ("Customer 5 Jones", "Customer 5 Jones", len(since), since[0], since[-1]),
    ]


def test_the_features_of_each_customer_are_those_of_plain_python(shop: Shop) -> None:
    found = {
        row[0]: tuple(row[1:]) for row in shop.rows(
            "select customer_id::varchar, segment, lifetime_order_count, lifetime_value_cents, order_count_30d,"
            " spend_cents_30d, is_known_customer from mart_customer_features"
        )
    }  # fmt: skip

    ages, recent, spent = defaultdict(list), Counter[str](), Counter[str]()
    for order in shop.till.orders.values():
        customer, age = order["customer"], (TODAY - date.fromisoformat(order["ordered_at"][:10])).days
        ages[customer].append(age)
        recent[customer] += age <= 30
        spent[customer] += order["order_total"] if age <= 30 and order["status"] == "fulfilled" else 0
    kept = shop.till.kept()
    expected = {
        customer: (_segment(ages[customer]), len(ages[customer]), kept[customer], recent[customer], spent[customer],
                   customer != _id(2, 30))
        for customer in (_id(2, number) for number in range(31))
    }  # fmt: skip
    assert found == expected
    assert {"prospect", "active", "lapsing"} <= {segment for segment, *_ in found.values()}


def _segment(ages: list[int]) -> str:
    if not ages:
        return "prospect"
    if max(ages) <= 30:
        return "new"
    return "active" if min(ages) <= 30 else "lapsing" if min(ages) <= 90 else "lapsed"
