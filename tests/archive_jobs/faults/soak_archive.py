"""Thousands of random kills, bit flips and consistent reads; what was lost, doubled, wrong or not noticed, as a table.

Exit status 0: none of it; 1: some. It goes on where it was stopped (`--state`), until the numbers asked for are
reached or `--minutes` are over. Example: make soak-archive KILLS=5000 FLIPS=10000 READS=1000000
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fault_archivers as beside
import fault_traffic as traffic
import psycopg
from commit_proxy import CommitProxy
from fault_damage import DAMAGES, Witnesses, one_bit, spoilt
from fault_kinds import AtPoint, KillAfter, Record
from fault_orders import archive, reconcile
from fault_worlds import MODES, Mode, World
from small_shop import SCHEMA
from soak_figures import KINDS_OF_CUT, Figures, table
from warm_workers import obeyed, start

from archive_jobs.failpoints import POINTS
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres

_KILLS_IN_A_WORLD = 60
_SECONDS_OF_TRAFFIC = 40.0
_CUTS_IN_A_WORLD = 15
# COMMIT takes a while, so that a line that is cut finds the server at it.
_SLOW_COMMIT = f"""
create function {SCHEMA}.wait() returns trigger language plpgsql as
'begin perform pg_sleep(0.2); return null; end';
create constraint trigger wait after insert on archive_catalog.commits deferrable initially deferred
for each row execute function {SCHEMA}.wait()
"""
_NAMED = [point for point in POINTS if point != "commit.reply.lost"]


def main() -> int:
    """Run the soak; print the table."""
    asked = _arguments()
    figures = Figures.load(asked.state, asked.seed, _commit())
    until = time.monotonic() + asked.minutes * 60
    print(f"seed {figures.seed}, commit {figures.commit}, state {asked.state}", file=sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix="soak-archive-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        with EmbeddedPostgres(folder / "postgres", settings={"max_wal_size": "512MB"}) as server:
            soak = Soak(server, folder, figures, asked)
            soak.until(until)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table(figures))
    return 1 if figures.faults else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=5_000)
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("--reads", type=int, default=1_000_000)
    parser.add_argument("--cuts", type=int, default=100, help="of each kind: before COMMIT, after it, while it runs")
    parser.add_argument("--minutes", type=float, default=24 * 60)
    parser.add_argument("--seed", type=int, default=20240131)
    parser.add_argument("--state", type=Path, default=Path(".local/soak-archive.json"))
    return parser.parse_args()


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


class Soak:
    """A server, and one world after the other in it."""

    def __init__(self, server: EmbeddedPostgres, folder: Path, figures: Figures, asked: argparse.Namespace) -> None:
        self.server, self.folder, self.figures, self.asked = server, folder, figures, asked
        os.environ |= server.environment | {"ANALYTICS_SCHEMA": SCHEMA}

    def until(self, end: float) -> None:
        """The phases in turn, a world at a time, so that a run cut short has some of each."""
        wanted: dict[str, tuple[int, Callable[[World, random.Random], None]]] = {
            "kills": (self.asked.kills, self.kill),
            "flips": (self.asked.flips, self.flip),
            "reads": (self.asked.reads, self.read),
            "cuts_of_each_kind": (self.asked.cuts, self.cut),
        }
        if not self.figures.obvious:
            for by in ("predicate", "keys"):
                with self.world(MODES["delete"]) as world:
                    self.obvious(world, by)
        while time.monotonic() < end:
            open_phases = [name for name, (number, _) in wanted.items() if getattr(self.figures, name) < number]
            if not open_phases:
                return
            # The phase that is furthest from its end.
            name = min(open_phases, key=lambda phase: getattr(self.figures, phase) / wanted[phase][0])
            self.figures.worlds += 1
            dice = random.Random(f"{self.figures.seed}/{self.figures.worlds}")
            modes = list(MODES.values()) if name == "kills" else [MODES["delete"]]
            with self.world(modes[self.figures.worlds % len(modes)]) as world:
                wanted[name][1](world, dice)
            self.figures.save(self.asked.state)
            print(self.figures.line(), file=sys.stderr, flush=True)

    @contextmanager
    def world(self, mode: Mode) -> Iterator[World]:
        """A fresh database and lake."""
        name = f"soak_{uuid.uuid4().hex[:12]}"
        place = self.folder / name
        with psycopg.connect(autocommit=True, dbname="postgres") as administrator:
            administrator.execute(f"create database {name} strategy file_copy".encode())
            os.environ |= {"PGDATABASE": name, "ARCHIVE_URL": str(place / "lake")}
            with psycopg.connect(autocommit=True) as connection:
                yield World.make(connection, place, place / "lake", mode)
            administrator.execute(f"drop database {name} with (force)".encode())
        shutil.rmtree(place, ignore_errors=True)

    def kill(self, world: World, dice: random.Random) -> None:
        """Kill after a call, at a named point or at any moment; ask the oracle before and after reconcile."""
        world.add_day()
        calls = [call for call in world.archive(Record()).value["seen"] if call[0] != "point"]
        kinds = tuple({kind for kind, _ in calls})
        started = time.monotonic()
        world.add_day()
        world.archive()
        usual = time.monotonic() - started
        for _ in range(_KILLS_IN_A_WORLD):
            world.add_day(rows=dice.randrange(1, 30))
            how = dice.random()
            if how < 0.04:
                self._cut(world, dice.choice(KINDS_OF_CUT))
                continue
            if how < 0.2:
                point = dice.choice(_NAMED)
                ended = world.archive(AtPoint(point))
                self.figures.points.setdefault(world.mode.name, []).append(point)
            elif how < 0.4:
                child = start(archive, world.told(threads=2))
                child.pipe.poll(dice.uniform(0, usual))
                child.kill()
                ended = child.ended()
            else:
                number = dice.randrange(len(calls))
                ended = world.archive(KillAfter(number, kinds))
                self.figures.calls.setdefault(world.mode.name, []).append(f"{number} of {len(calls)}")
            self.figures.kills += ended.was_killed
            if dice.random() < 0.5:
                world.wait_for_the_dead()
            self._ask(world, settled=False)
            if dice.random() < 0.5:
                world.wait_for_the_dead()
                done = obeyed(reconcile, world.told())
                if done.error is not None:
                    self.figures.errors.append(f"reconcile: {done.error}")
                    continue
                self.figures.reconcile_seconds.append(round(done.value["seconds"], 4))
                self.figures.resumed += done.value["resumed"]
                self._ask(world, settled=True)
        world.wait_for_the_dead()
        ended = world.archive()
        self._ask(world, settled=True)
        if ended.error is not None or world.rows_left_hot() != world.mode.stays_hot(world):
            self.figures.errors.append(f"{world.mode.name}: {world.rows_left_hot()} rows left hot, {ended}")

    def cut(self, world: World, dice: random.Random) -> None:
        """Lose the line around COMMIT again and again."""
        world.shop.execute(_SLOW_COMMIT)
        for _ in range(_CUTS_IN_A_WORLD):
            for when in KINDS_OF_CUT:
                world.add_day(rows=dice.randrange(1, 30))
                self._cut(world, when)

    def _cut(self, world: World, when: str) -> None:
        """Lose the line around COMMIT: what became of it must be found out."""
        home = os.environ["PGHOST"]
        with CommitProxy(when) as proxy:
            os.environ["PGHOST"] = proxy.folder
            try:
                world.archive()
            finally:
                os.environ["PGHOST"] = home
        self.figures.unknown += proxy.cut > 0
        self.figures.cuts[when] = self.figures.cuts.get(when, 0) + (proxy.cut > 0)
        world.wait_for_the_dead()
        self._ask(world, settled=False)
        world.archive()
        self._ask(world, settled=True)
        self.figures.unknown_resolved += proxy.cut > 0 and world.rows_left_hot() == world.mode.stays_hot(world)

    def _ask(self, world: World, *, settled: bool) -> None:
        self.figures.add(world.mode.name, world.examine(settled=settled))

    def flip(self, world: World, dice: random.Random) -> None:
        """Flip one bit, mostly; every reader must notice each time."""
        for _ in range(4):
            world.add_day(rows=dice.randrange(1, 200))
        world.archive()
        witnesses = Witnesses(world)
        files = witnesses.active()
        for _ in range(500):
            path, sha256 = dice.choice(files)
            place = world.shop.lake / path
            damage = one_bit if dice.random() < 0.9 else dice.choice(DAMAGES)
            with spoilt(place, damage(place.read_bytes(), dice)):
                blind = witnesses.blind(path, sha256)
            self.figures.flips += damage is one_bit
            self.figures.other_damage += damage is not one_bit
            self.figures.undetected += len(blind)
        self._ask(world, settled=True)

    def read(self, world: World, dice: random.Random) -> None:
        """Writers, two archivers, readers; each read exactly right or wrong."""
        world.shop.execute(traffic.TABLES)
        told, seconds = world.told(lock_timeout=0.2), _SECONDS_OF_TRAFFIC
        left = self.asked.reads - self.figures.reads
        writers = [start(traffic.write, n, dice.getrandbits(30), seconds, 0.01) for n in (1, 2)]
        archivers = [start(beside.archive_for, told, seconds, 0.5) for _ in range(2)]
        readers = [start(traffic.read, told, traffic.ACTIVE, seconds, left) for _ in range(3)]
        readers.append(start(traffic.read_by_the_archiver, told, seconds))
        for child in writers:
            self._value(child.ended(seconds * 3), 0)
        for child in archivers:
            did = self._value(child.ended(seconds * 3), {"units": 0, "kept_hot": 0})
            self.figures.units += did["units"]
            self.figures.given_up += did["kept_hot"]
        for number, child in enumerate(readers):
            done, wrong = self._value(child.ended(seconds * 3), (0, 0))
            self.figures.reads += done
            self.figures.reads_by_the_archiver += done if number == 3 else 0
            self.figures.wrong_reads += wrong
        world.wait_for_the_dead()
        world.archive()
        lost, doubled = traffic.lost_and_doubled(world.shop.connection, world.shop.lake, traffic.ACTIVE)
        self.figures.lost, self.figures.doubled = self.figures.lost + lost, self.figures.doubled + doubled

    def _value(self, ended: Any, otherwise: Any) -> Any:
        if ended.error is not None:
            self.figures.errors.append(str(ended.error))
            return otherwise
        return ended.value

    def obvious(self, world: World, by: str) -> None:
        """The jobs one would write first, under the same writers and readers."""
        world.shop.execute(traffic.TABLES)
        seconds = 20.0
        writers = [start(traffic.write, n, n, seconds, 0.005) for n in (1, 2)]
        archivers = [start(beside.archive_the_obvious_way, world.told(), by, seconds) for _ in range(2)]
        reader = start(traffic.read, world.told(), traffic.OBVIOUS, seconds, 10**9)
        for child in (*writers, *archivers):
            child.ended(seconds * 3)
        reads, wrong = reader.ended(seconds * 3).value
        lost, doubled = traffic.lost_and_doubled(world.shop.connection, world.shop.lake, traffic.OBVIOUS)
        self.figures.obvious[by] = {"lost": lost, "doubled": doubled, "reads": reads, "wrong": wrong}


if __name__ == "__main__":
    sys.exit(main())
