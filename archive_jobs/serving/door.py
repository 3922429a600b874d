"""Who is let in. Who was known a moment ago does not stand in line with those whom nobody knows."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from archive_jobs.serving.limits import too_many
from archive_jobs.serving.principals import Principal

_THREADS_OF_THE_KNOWN, _THREADS_AT_THE_DOOR = 8, 2
_KNOWN_FOR_SECONDS, _MOST_REMEMBERED = 600.0, 10_000


class Door:
    """Each token is looked at with each request: what is remembered decides only in which line it stands.

    `find` says whose a token is. Tokens that are nobody's are counted against the address that they come from.
    """

    def __init__(
        self, find: Callable[[str], Principal | None], wrong_per_minute: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._find, self._per_minute, self._clock = find, wrong_per_minute, clock
        self.known = ThreadPoolExecutor(_THREADS_OF_THE_KNOWN, "known")
        self._strangers = ThreadPoolExecutor(_THREADS_AT_THE_DOOR, "door")
        # By digest, when a token was last good.
        self._lately: OrderedDict[bytes, float] = OrderedDict()
        # How many wrong tokens an address may still send, and since when.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def let_in(self, given: str, address: str) -> Principal | None:
        """Whose token it is; None where it is nobody's. Raises ApiError, 429, where too many wrong ones came before."""
        mark, now = hashlib.sha256(given.encode()).digest(), self._clock()
        is_known = self._lately.get(mark, -_KNOWN_FOR_SECONDS) > now - _KNOWN_FOR_SECONDS
        if not is_known and (left := self._patience(address, now)) < 1:
            raise too_many("too many tokens that are nobody's came from here", (1 - left) * 60 / self._per_minute)
        line = self.known if is_known else self._strangers
        principal = await asyncio.get_running_loop().run_in_executor(line, self._find, given)
        if principal is None:
            self._lately.pop(mark, None)
            self._left[address] = (self._patience(address, now) - 1, now)
            _forget_oldest(self._left)
        else:
            self._lately[mark] = now
            self._lately.move_to_end(mark)
            _forget_oldest(self._lately)
        return principal

    def close(self) -> None:
        """Let nobody in any more."""
        for line in (self.known, self._strangers):
            line.shutdown(wait=False, cancel_futures=True)

    def _patience(self, address: str, now: float) -> float:
        left, then = self._left.get(address, (float(self._per_minute), now))
        return min(self._per_minute, left + (now - then) * self._per_minute / 60)


def _forget_oldest(found: OrderedDict[bytes, float] | OrderedDict[str, tuple[float, float]]) -> None:
    while len(found) > _MOST_REMEMBERED:
        found.popitem(last=False)
