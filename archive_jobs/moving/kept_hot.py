"""What a run learns before it archives that keeps rows of a table hot, or is to be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archive_jobs.database import Connection
from archive_jobs.moving.worker import Workshop
from archive_jobs.planning.plan import TablePlan
from archive_jobs.privacy.returned import Returned
from archive_jobs.privacy.token_keys import before_archiving


def blocked_too(plan: TablePlan, returned: Returned) -> TablePlan:
    """No row leaves a table while erased people may be among them."""
    return replace(plan, blocked_by=(*plan.blocked_by, *returned.reasons(plan.table)))


def with_tokens(connection: Connection, shop: Workshop, plans: Sequence[TablePlan]) -> list[TablePlan]:
    """No row leaves under tokens that are not those of the rows archived before, where they make its key."""
    found = {plan.table.key: plan for plan in plans}
    for table, said, blocks in before_archiving(connection, shop.settings, shop.store, [p.table for p in plans]):
        plan = found[table.key]
        if blocks:
            found[table.key] = replace(plan, blocked_by=(*plan.blocked_by, said))
        else:
            found[table.key] = replace(plan, notes=(*plan.notes, said))
    return list(found.values())
