"""Cut a list of files into places that a table can be declared over: one shape, one folder, a name not too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

# Hive's metastore keeps 4,000 characters of a table's place; the lake's own name comes before these.
_MOST_CHARACTERS = 3_000


@dataclass(frozen=True)
class StoredFile:
    """A file that counts, with the columns it has and their lake types."""

    path: str
    rows: int
    bytes: int
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Place:
    """One file, or several as `folder/{one,two}`: every name is listed, none is guessed."""

    location: str
    files: tuple[StoredFile, ...]

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns that all of them have."""
        return dict(self.files[0].columns)

    @property
    def bytes(self) -> int:
        """Of all of them."""
        return sum(file.bytes for file in self.files)

    @property
    def rows(self) -> int:
        """Of all of them."""
        return sum(file.rows for file in self.files)


def places_of(files: Sequence[StoredFile]) -> list[Place]:
    """Every file in exactly one place. Files of one month lie two folders below the same one."""
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[StoredFile]] = {}
    for file in files:
        groups.setdefault((_folder(file.path), file.columns), []).append(file)
    return [place for (folder, _), group in groups.items() for place in _cut(folder, group)]


def _folder(path: str) -> str:
    return "/".join(path.split("/")[:-2])


def _cut(folder: str, files: Sequence[StoredFile]) -> Iterator[Place]:
    taken: list[StoredFile] = []
    length = len(folder)
    for file in files:
        if taken and length + len(file.path) - len(folder) > _MOST_CHARACTERS:
            yield _place(folder, taken)
            taken, length = [], len(folder)
        taken.append(file)
        length += len(file.path) - len(folder)
    yield _place(folder, taken)


def _place(folder: str, files: Sequence[StoredFile]) -> Place:
    if len(files) == 1:
        return Place(files[0].path, tuple(files))
    names = ",".join(file.path.removeprefix(folder + "/") for file in files)
    return Place(f"{folder}/{{{names}}}", tuple(files))
