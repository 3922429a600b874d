"""One archive run in a process of its own: what it took, stage by stage. Started by the benchmarks, prints JSON."""

from __future__ import annotations

import itertools
import json
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

from archive_jobs import failpoints
from archive_jobs.database import connect
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.run import run
from archive_jobs.planning.tables import Selection, archived_tables
from archive_jobs.settings import ArchiveSettings
from benchmarks.archive import SCHEMA, server_cpu
from definitions_to_dbt.library import load_library

# The point at which each stage ends.
STAGES = {
    "export.snapshot.after": "plan",
    "export.write.after": "export",
    "export.fsync.after": "fsync",
    "prove.after": "proof of values, content digest, SHA-256",
    "publish.verify.after": "publish and read back",
    "prepare.after": "manifest",
    "commit.begin.after": "locks",
    "commit.digest.after": "proof of tuples",
    "commit.alone.after": "lock against readers",
    "commit.remove.after": "delete or drop",
    "commit.reply.lost": "flip and COMMIT",
}
_HELD = ("commit.alone.after", "commit.reply.lost")


class Watch:
    """Notes when each stage ended, in which thread, and the CPU seconds until then."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster = postmaster
        self._passed: list[tuple[str, int, tuple[float, float, float]]] = []
        self.note("")

    def note(self, point: str) -> None:
        """Called at every fail point."""
        if point in STAGES or not point:
            server = server_cpu(self._postmaster) if self._postmaster else 0.0
            self._passed.append((point, threading.get_ident(), (time.monotonic(), time.process_time(), server)))

    def stages(self) -> dict[str, list[float]]:
        """Seconds, our CPU seconds and PostgreSQL's of each stage, over all threads."""
        found: dict[str, list[float]] = {}
        for (_, _, before), (point, _, now) in itertools.pairwise(self._passed):
            stage = found.get(STAGES[point], [0.0, 0.0, 0.0])
            found[STAGES[point]] = [so_far + a - b for so_far, a, b in zip(stage, now, before, strict=True)]
        return {stage: [round(number, 2) for number in numbers] for stage, numbers in found.items()}

    def held(self) -> list[float]:
        """Seconds for which each commit kept readers out."""
        begun: dict[int, float] = {}
        found = []
        for point, thread, (when, _, _) in self._passed:
            if point == _HELD[0]:
                begun[thread] = when
            elif point == _HELD[1] and thread in begun:
                found.append(round(when - begun.pop(thread), 4))
        return found


def archive_table(definitions: Path, name: str, postmaster: int) -> dict[str, Any]:
    """Archive one table and return what it took."""
    settings = ArchiveSettings()
    store = open_store(settings, writable=True)
    with connect(settings) as connection:
        selection = Selection((name.upper(),), ("analytics",))
        tables = archived_tables(connection, load_library(definitions), SCHEMA, selection)
        watch = Watch(postmaster)
        failpoints.watchers.append(watch.note)
        begun, cpu = time.monotonic(), time.process_time()
        result = run(connection, settings, store, tables, None, lambda *_: None)
        seconds, cpu = time.monotonic() - begun, time.process_time() - cpu
    (table,) = result.tables
    return {
        "seconds": seconds, "cpu": cpu, "bytes": table.bytes, "rows": table.rows, "units": table.units,
        # Linux counts in KiB.
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "kept_hot": table.kept_hot + list(table.plan.blocked_by), "stages": watch.stages(), "held": watch.held(),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(archive_table(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
