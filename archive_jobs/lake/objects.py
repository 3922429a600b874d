"""What a remote service does with one object in one request, and how it fails. Retries nothing, stages nothing.

OSError
├── FileNotFoundError     there is no such object
├── FileExistsError       the name is taken (409 or 412 on a create)
├── TransientError        worth trying again: a timeout, a reset, 408, 429, 5xx, bytes bent on the way there
├── VersionChangedError   the object under that name is not the version asked for
└── StoreError            nothing helps but a person: no such container, no right to it
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from definitions_to_dbt.errors import ProblemError

# HTTP's own words for "not now". 409 on S3 is two writers at one name at one moment: also not now.
TRANSIENT_STATUS = frozenset((408, 425, 429, 500, 502, 503, 504))
NETWORK = (asyncio.TimeoutError, TimeoutError, ConnectionError, asyncio.IncompleteReadError)


class TransientError(OSError):
    """The request may work when it is made again."""


class VersionChangedError(OSError):
    """What is stored is not what was written: somebody put another object under the name."""


class StoreError(ProblemError, OSError):
    """What a person has to mend. `strerror` says it in one line, as for any OSError."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.message = self.strerror = message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Piece:
    """Some bytes of an object, and which version they are of."""

    content: bytes
    version: str
    total: int


class Objects(Protocol):
    """One container of one service. Keys are whole names inside it."""

    def require_container(self) -> None:
        """Raise StoreError unless the container is there and may be listed."""

    def create(self, key: str, content: bytes) -> str:
        """Make a small object where there is none; return its version."""

    def replace(self, key: str, content: bytes, version: str) -> str:
        """Put a small object in the place of that version, or of nothing where it is ''. Never used in a lake.

        Raises VersionChangedError, FileExistsError or FileNotFoundError where something else stands there.
        """

    def begin(self, key: str) -> str:
        """Begin an object of many blocks; return what the service calls the undertaking."""

    def add_block(self, key: str, upload: str, number: int, content: bytes) -> str:
        """Bring one block; the same number again replaces it. Return what `finish` needs to hear of it."""

    def finish(self, key: str, upload: str, blocks: Sequence[str]) -> str:
        """Make the object of its blocks where there is none; return its version."""

    def give_up(self, key: str, upload: str) -> None:
        """Forget the blocks."""

    def piece(self, key: str, version: str, start: int, size: int) -> Piece:
        """Some bytes, only from that version where one is given. No bytes where the object ends before `start`."""

    def delete(self, key: str) -> None:
        """Remove the object and whatever was begun under its name."""

    def keys(self, prefix: str) -> list[str]:
        """Objects, whole or begun, whose keys begin so and hold no further slash."""

    def prefixes(self, prefix: str) -> list[str]:
        """What keys begin with that begin so and hold a further slash: up to that slash, with it."""


def why(error: BaseException, status: int | None = None, code: str | None = None) -> str:
    """How a failure is named: never in the service's own words, which may repeat a signature or a token."""
    return f"{status} {code or ''}".strip() if status else type(error).__name__
