"""Lists that a caller gets a page at a time: how many, from where on, and where the next page begins."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query

MOST = 1000
Limit = Annotated[int, Query(ge=1, le=MOST)]
After = Annotated[uuid.UUID | None, Query(description="`next` of the page before")]


@dataclass(frozen=True)
class Page:
    """What is asked for. Whoever answers reads one entry more than `limit`, if there is one."""

    limit: int
    after: uuid.UUID | None

    def of(self, name: str, entries: list[dict[str, Any]], key: str) -> dict[str, Any]:
        """The answer: under `name` the entries, under `next` the `after` of the next page, null on the last one."""
        shown = entries[: self.limit]
        return {name: shown, "next": shown[-1][key] if len(entries) > self.limit else None}
