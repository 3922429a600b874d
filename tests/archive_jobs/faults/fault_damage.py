"""Ways to spoil a file of the lake, and everybody who must notice before a value of it is believed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from fault_worlds import World

from archive_jobs.database import connect
from archive_jobs.keeping.archived_units import units_of
from archive_jobs.keeping.reload import loaded
from archive_jobs.keeping.verify import verify
from archive_jobs.lake import store
from archive_jobs.lake.publish import require_intact
from archive_jobs.lake.stores import open_store
from archive_jobs.moving.attempt import UnarchivableError
from archive_jobs.reading import read_back
from definitions_to_dbt.errors import ProblemError

Damage = Callable[[bytes, random.Random], bytes]


def one_bit(content: bytes, dice: random.Random) -> bytes:
    """A single bit, anywhere."""
    spoilt = bytearray(content)
    spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
    return bytes(spoilt)


def cut_off(content: bytes, dice: random.Random) -> bytes:
    """The end is missing: a byte, the footer, or nearly all."""
    return content[: dice.randrange(len(content))]


def zeroed_page(content: bytes, dice: random.Random) -> bytes:
    """A block of 512 bytes that the disk has forgotten."""
    start = dice.randrange(max(1, len(content) - 512))
    return content[:start] + bytes(min(512, len(content) - start)) + content[start + 512 :]


def garbage_at_the_end(content: bytes, dice: random.Random) -> bytes:
    """More bytes than there were; a Parquet reader may still find its footer."""
    return content + dice.randbytes(dice.randrange(1, 64))


def nothing_left(content: bytes, dice: random.Random) -> bytes:  # noqa: ARG001 - one way of doing it
    """An empty file."""
    return b""


def swapped_bytes(content: bytes, dice: random.Random) -> bytes:
    """Two neighbours changed places, where they differ."""
    places = [place for place in range(len(content) - 1) if content[place] != content[place + 1]]
    place = dice.choice(places)
    return content[:place] + bytes((content[place + 1], content[place])) + content[place + 2 :]


DAMAGES: tuple[Damage, ...] = (one_bit, cut_off, zeroed_page, garbage_at_the_end, nothing_left, swapped_bytes)


@contextmanager
def spoilt(file: Path, content: bytes) -> Iterator[None]:
    """The file holds something else, under its own name and, as with a rotten disk, its own time and inode."""
    before, times = file.read_bytes(), file.stat()
    file.chmod(0o644)
    file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(before)
        file.chmod(times.st_mode)


@dataclass
class Witnesses:
    """All who read files: each says whether it noticed."""

    world: World

    def active(self) -> list[tuple[str, str]]:
        """Path and hash of every file that counts."""
        found: list[tuple[str, str]] = self.world.shop.execute(
            "select path, sha256 from archive_catalog.readable_files order by path"
        ).fetchall()
        return found

    def blind(self, path: str, sha256: str) -> list[str]:
        """The names of those who did not notice that the file is spoilt."""
        seen = {
            "verify": self.verify_sees(path),
            "drop_raw": self.dropping_sees(path, sha256),
            "retrieve and sql": self.reading_sees(),
            "restore": self.restoring_sees(path),
        }
        return [name for name, noticed in seen.items() if not noticed]

    def verify_sees(self, path: str) -> bool:
        """`archive-jobs verify`, without --deep."""
        settings = self.world.shop.settings
        with connect(settings) as connection:
            found = verify(
                connection, settings, open_store(settings, writable=False), deep=False, progress=lambda *_: None
            )
        return any(path in fault for fault in found.faults)

    def dropping_sees(self, path: str, sha256: str) -> bool:
        """What drop_raw asks before it removes rows, and a resumed commit before it goes on."""
        try:
            require_intact(open_store(self.world.shop.settings, writable=False), path, sha256)
        except UnarchivableError:
            return True
        return False

    def restoring_sees(self, path: str) -> bool:
        """What `restore` loads and proves before it inserts a row."""
        shop, table = self.world.shop, self.world.shop.tables(self.world.mode.kind)[0]
        owner = shop.value("select u.unit_id from archive_catalog.files f join archive_catalog.units u"
                           " on u.active_attempt = f.attempt_id where f.path = %s", path)  # fmt: skip
        forget_what_was_read()
        with connect(shop.settings) as connection, duckdb.connect() as engine:
            (unit,) = (unit for unit in units_of(connection, table.key, ["active"]) if unit.unit_id == owner)
            try:
                with loaded(connection, engine, open_store(shop.settings, writable=False), table, unit):
                    return False
            except ProblemError:
                return True

    def reading_sees(self) -> bool:
        """What `retrieve`, `sql` and dbt's plugin go through, in a process that has not read the file before."""
        settings = self.world.shop.settings
        forget_what_was_read()
        with read_back.open_reader(settings, open_store(settings, writable=False)) as reader:
            try:
                reader.files("sales", self.world.mode.kind)
            except ProblemError:
                return True
        return False


def forget_what_was_read() -> None:
    """A process checks a file once while its inode and times stay the same; a new process checks it again."""
    store._checked.clear()
