"""The dice and the calendar of the invented business, and what has been sent so far. Knows no object."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

Record = dict[str, Any]
TENANTS = ("3f2b9a52-6d0e-4c1b-8f57-0b6c1d9e2a10", "8c1d7e44-2a9b-4f60-9d35-51e0a7b3c622")
DAYS = 730


class Dice:
    """Throws the same for one seed and day."""

    def __init__(self, last_day: date, seed: int) -> None:
        self.rng = random.Random(seed)
        self.first_day, self.last_day = last_day - timedelta(days=DAYS), last_day
        self.sent: dict[str, list[Record]] = defaultdict(list)

    def day(self, first: date | None = None, last: date | None = None) -> date:
        """A day between the two, both included; by default any of the two years."""
        first, last = first or self.first_day, last or self.last_day
        return first + timedelta(days=self.rng.randint(0, max((last - first).days, 0)))

    def moment(self, day: date) -> datetime:
        """A minute of that day, in UTC."""
        return datetime.combine(day, time(self.rng.randint(0, 23), self.rng.randint(0, 59)))

    def id(self) -> str:
        """A UUID."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def has_come(self, moment: datetime) -> bool:
        """Whether it lies no later than the last day."""
        return moment.date() <= self.last_day

    def send(self, code: str, **record: Any) -> None:
        """Note a record as its source sends it."""
        self.sent[code].append(record)


def tenant_of(number: int) -> str:
    """Four of five things are the first tenant's."""
    return TENANTS[number % 5 == 0]
