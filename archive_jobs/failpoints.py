"""Named places where a test may make the archiver die or fail. They do nothing unless a test asks.

`ARCHIVE_JOBS_FAIL_AT=publish.link.after:kill` sends SIGKILL to the process there; `:raise` raises InjectedError; a
third part, as in `:kill:3`, waits for the third time the place is passed.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

VARIABLE = "ARCHIVE_JOBS_FAIL_AT"

# In the order a unit meets them. Tests walk this list, so that no place is left out.
POINTS = (
    "plan.insert.before",
    "plan.insert.after",
    "export.snapshot.after",
    "export.write.before",
    "export.write.after",
    "export.fsync.after",
    "prove.after",
    "publish.note.before",
    "publish.note.after",
    "publish.link.before",
    "publish.link.after",
    "publish.fsync.after",
    "publish.verify.after",
    "publish.manifest.before",
    "put.staged.after",
    "publish.manifest.after",
    "prepare.before",
    "prepare.after",
    "commit.begin.after",
    "commit.attempt.after",
    "commit.guard.after",
    "commit.digest.after",
    "commit.alone.after",
    "commit.remove.after",
    "commit.flip.after",
    "commit.reply.lost",
    "commit.after",
    "record.before",
    "record.after",
    "record.marked.after",
)
DROP_POINTS = ("drop.begin.after", "drop.delete.after", "drop.commit.after")
RESIDUAL_POINTS = ("residual.staged.after", "residual.prepared.after")
RESTORE_POINTS = (
    "restore.begin.after",
    "restore.attempt.after",
    "restore.guard.after",
    "restore.insert.after",
    "restore.flip.after",
    "restore.after",
    "restore.records.after",
)
HOLD_POINTS = ("hold.guard.after", "hold.insert.after", "hold.after", "hold.mirrored.after")
EXPIRE_POINTS = ("expire.guard.after", "expire.flip.after", "expire.after")
PURGE_POINTS = ("purge.deleted.after", "purge.flip.after", "purge.after", "purge.records.after")
REBUILD_POINTS = ("rebuild.written.after", "rebuild.owner.after", "rebuild.after")
RECALL_POINTS = ("recall.begin.after", "recall.loaded.after", "recall.written.after", "recall.after")
UNRECALL_POINTS = ("unrecall.dropped.after", "unrecall.after")
BESIDE_POINTS = ("beside.made.after", "beside.filled.after", "beside.transformed.after")
REPLAY_POINTS = (
    "replay.weighed.after",
    "replay.locked.after",
    "replay.queued.before",
    "replay.queued.after",
    "replay.transformed.after",
    "replay.after",
)
TELLING_POINTS = ("tokens.told.after", "ledger.told.after")
KEY_POINTS = ("keys.noted.after", "keys.stored.after")
ROTATE_POINTS = ("keys.rotate.noted.after", "keys.rotate.stored.after")
# In the order an erasure meets them; those of publishing a file lie in between.
ERASE_POINTS = (
    "erase.asked.after",
    "erase.hot.locked.after",
    "erase.hot.deleted.after",
    "erase.hot.after",
    "erase.cold.copied.after",
    "erase.cold.written.after",
    "erase.cold.prepared.after",
    "erase.cold.flipped.after",
    "erase.cold.committed.after",
    "erase.cold.after",
    "erase.keys.before",
    "erase.keys.catalogue.after",
    "erase.keys.store.after",
    "erase.keys.after",
    "erase.digests.after",
    "erase.certificate.after",
    "erase.after",
)
# Of a large file on a remote lake: its blocks are there, the object is not. And of a table with a Delta log.
STORE_POINTS = ("store.blocks.after",)
DELTA_POINTS = ("delta.after",)
HANDOVER_POINTS = ("handover.seen.after", "handover.after")
SWEEP_POINTS = ("sweep.marked.after", "sweep.deleted.after", "sweep.after")

_passed: dict[str, int] = {}
_lock = threading.Lock()

# Filled by tests only, in their own process: no environment variable can take a guard away.
disabled_guards: set[str] = set()
# Told of every point that is passed, in the process that added them.
watchers: list[Callable[[str], object]] = []
# What a test does while the archiver stands at a point, in the same process.
interruptions: dict[str, Callable[[], object]] = {}


class InjectedError(Exception):
    """A fault a test asked for."""


def fail_at(point: str) -> None:
    """Die, raise, or (nearly always) do nothing."""
    if point in interruptions:
        interruptions.pop(point)()
    for watcher in watchers:
        watcher(point)
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    name, _, rest = wanted.partition(":")
    action, _, times = rest.partition(":")
    if name != point:
        return
    with _lock:
        _passed[point] = _passed.get(point, 0) + 1
        due = _passed[point] == int(times or 1)
    if due and action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if due and action == "lose":
        raise ConnectionError(point)
    if due:
        raise InjectedError(point)


def guarded(guard: str) -> bool:
    """True unless a test has taken this guard away to prove that it is needed."""
    return guard not in disabled_guards
