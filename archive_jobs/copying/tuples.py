"""Which row versions PostgreSQL holds: count and hashes of (table, place, inserting transaction). No values.

A row that is changed becomes another tuple with another transaction, so the same tuples are the same rows. That a
VACUUM FULL moves them changes their places and so what is found here: the unit is then tried again. What was hashed
as it went over the wire and what the commit finds under its locks must be equal: no row was lost on the way, none
was doubled, none came or changed since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from archive_jobs.copying.witness import exact_sum
from archive_jobs.database import Connection, one_row

# Transaction numbers come round after 2^32; half of that is when PostgreSQL itself would stop.
OLDEST = 2**31
# A transaction number is no integer to SQL. As the one element of an array it is hashed without being made a text, and
# unlike age() by any of several processes, in any transaction, the numbers of frozen rows too.
TUPLE = "hashtidextended(ctid, hash_array_extended(array[xmin], tableoid::bigint))"


@dataclass
class Tuples:
    """Count, exact sum and exclusive or of the hashes, as signed 64-bit integers."""

    rows: int = 0
    total: int = 0
    folded: int = 0

    def add(self, hashes: Any) -> None:
        """Add one batch, as an Arrow array of int64."""
        numbers = hashes.to_numpy(zero_copy_only=False)
        self.rows += len(numbers)
        # Unsigned and exact; each negative one was counted 2^64 too high.
        self.total += exact_sum(hashes.view("uint64")) - (int((numbers < 0).sum()) << 64)
        self.folded ^= int(np.bitwise_xor.reduce(numbers)) if len(numbers) else 0

    def plus(self, other: Tuples) -> Tuples:
        """Both together."""
        return Tuples(self.rows + other.rows, self.total + other.total, self.folded ^ other.folded)


def tuples_of(connection: Connection, relation: str, predicate: str) -> Tuples:
    """What PostgreSQL says of the rows under the predicate, in the transaction's snapshot."""
    return Tuples(
        *map(
            int,
            one_row(
                connection,
                "select count(*), coalesce(sum(tuple), 0), coalesce(bit_xor(tuple), 0)"
                # Without an offset each hash would be made once for every sum.
                f" from (select {TUPLE} as tuple from {relation} where {predicate} offset 0) as tuples",
            ),
        )
    )
