"""A lake in a remote service: create-only names, full read-back of one version, retries that wait longer each time.

What each service does in one request is in azure_objects and s3_objects. Files go and come in blocks, so memory
stays flat, and a fault costs one block.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.lake.lake_url import LakeUrl
from archive_jobs.lake.local_copies import LocalCopies
from archive_jobs.lake.objects import Objects, Piece, StoreError, TransientError, VersionChangedError
from definitions_to_dbt.errors import ProblemError

_BLOCK = 8 << 20
_LONGEST_WAIT_SECONDS = 30.0
_SAFE = "No row is lost. Run the command again once the store answers: it goes on where it was."
Answer = TypeVar("Answer")


class RemoteStore:
    """One prefix of one container."""

    def __init__(
        self,
        lake: LakeUrl,
        objects: Objects,
        staging: Path,
        copies: LocalCopies,
        *,
        tries: int = 6,
        first_wait_seconds: float = 0.2,
        block_bytes: int = _BLOCK,
    ) -> None:
        self.staging, self.owner = staging, ""
        self._lake, self._objects, self._copies = lake, objects, copies
        self._tries, self._first_wait, self._block = tries, first_wait_seconds, block_bytes

    @property
    def name(self) -> str:
        """The URL, in which nothing secret may stand."""
        return self._lake.url

    def require_writable(self) -> None:
        """Make the staging folder; raise ProblemError unless the container is there and may be used."""
        try:
            self.staging.mkdir(parents=True, exist_ok=True)
            probe = self.staging / ".probe"
            probe.write_bytes(b"x")
            probe.unlink(missing_ok=True)
        except OSError as error:
            raise ProblemError(
                f"ARCHIVE_JOBS_STAGING={self.staging} cannot be written: {error.strerror or error}",
                hint="Nothing was changed. Set ARCHIVE_JOBS_STAGING to a folder you may write.",
            ) from None
        self._tried("", self._objects.require_container)

    def publish(self, staged: Path, path: str) -> str:
        """Upload the file under its name, create-only."""
        if staged.stat().st_size <= self._block:
            return self.put(path, staged.read_bytes())
        key = self._key(path)
        with staged.open("rb") as file:
            hashed = hashlib.file_digest(file, "sha256").hexdigest()
        upload = self._tried(path, lambda: self._objects.begin(key))
        try:
            blocks = list(self._bring_blocks(staged, path, upload))
            fail_at("store.blocks.after")
            return self._create(path, hashed, lambda: self._objects.finish(key, upload, blocks))
        except OSError:
            self._objects.give_up(key, upload)
            raise

    def _bring_blocks(self, staged: Path, path: str, upload: str) -> Iterator[str]:
        with staged.open("rb") as file:
            number = 0
            while block := file.read(self._block):
                yield self._tried(path, partial(self._objects.add_block, self._key(path), upload, number, block))
                number += 1

    def put(self, path: str, content: bytes) -> str:
        """Create a small object."""
        hashed = hashlib.sha256(content).hexdigest()
        return self._create(path, hashed, lambda: self._objects.create(self._key(path), content))

    def replace(self, path: str, content: bytes, version: str) -> None:
        """Put an object in the place of that version of it (of nothing: ''), and read it back. Not for a lake.

        Raises VersionChangedError where something else stands there. The reply to an earlier try may have been lost:
        then what stands there is ours.
        """
        hashed = hashlib.sha256(content).hexdigest()
        try:
            made = self._tried(path, lambda: self._objects.replace(self._key(path), content, version))
        except (VersionChangedError, FileExistsError, FileNotFoundError):
            try:
                found = self._hashed(path, was_there=False)[0]
            except FileNotFoundError:
                found = ""
            if found != hashed:
                raise VersionChangedError(f"{self.url(path)} was changed by somebody else meanwhile") from None
            return
        if self._hashed(path, made, was_there=True)[0] != hashed:
            raise StoreError(f"{self.url(path)}: the store holds other bytes than it was given", hint=_SAFE)

    def _create(self, path: str, sha256: str, create: Callable[[], str]) -> str:
        """A name that is taken may be taken by us: the reply to an earlier try was lost. The bytes tell."""
        try:
            return self._tried(path, create)
        except (FileExistsError, FileNotFoundError) as error:
            # S3 forgets an upload once it is finished; asked again, it answers 404.
            try:
                # What was just made may for a moment not be there for a reader.
                found, version = self._hashed(path, was_there=True)
            except FileNotFoundError:
                raise StoreError(
                    f"{self.url(path)}: the store says that the name is taken or gone, and nothing is there ({error})",
                    hint=_SAFE,
                ) from None
            if guarded("ours") and found != sha256:
                raise FileExistsError(f"{self.url(path)} is taken: another object stands there") from None
            return version

    def sync(self) -> None:
        """A remote object lasts once the service has answered."""

    def read(self, path: str) -> bytes:
        """The whole object."""
        return b"".join(piece.content for piece in self._pieces(path))

    def read_version(self, path: str) -> tuple[bytes, str]:
        """The whole object, and which version of it that is."""
        pieces = list(self._pieces(path))
        return b"".join(piece.content for piece in pieces), pieces[-1].version

    def sha256(self, path: str, version: str = "") -> str:
        """SHA-256 of every byte, read back; all of one version."""
        return self._hashed(path, version, was_there=bool(version))[0]

    def _hashed(self, path: str, version: str = "", *, was_there: bool) -> tuple[str, str]:
        hashed = hashlib.sha256()
        for piece in self._pieces(path, version, was_there=was_there):
            hashed.update(piece.content)
            version = piece.version
        return hashed.hexdigest(), version

    def _pieces(self, path: str, version: str = "", *, was_there: bool = False) -> Iterator[Piece]:
        """The object block by block, every one under the ETag of the first."""
        start = 0
        while True:
            get = partial(self._objects.piece, self._key(path), version, start, self._block)
            piece = self._tried(path, get, was_there=was_there)
            version, was_there = piece.version, True
            start += len(piece.content)
            yield piece
            if not piece.content or start >= piece.total:
                return

    def local(self, path: str, sha256: str) -> Path:
        """A copy, kept for the next reader."""

        def fetch(target: Path) -> str:
            hashed = hashlib.sha256()
            with target.open("wb") as file:
                for piece in self._pieces(path, was_there=True):
                    hashed.update(piece.content)
                    file.write(piece.content)
            return hashed.hexdigest()

        return self._copies.get(self.url(path), sha256, fetch)

    def url(self, path: str) -> str:
        """A URL of the kind ARCHIVE_URL is."""
        return f"{self._lake.url}/{path}"

    def delete(self, path: str) -> None:
        """Remove it."""
        self._tried(path, lambda: self._objects.delete(self._key(path)))

    def names(self, folder: str) -> Iterator[str]:
        """A listing of one folder."""
        prefix = self._key("")
        found = self._tried(folder, lambda: self._objects.keys(self._key(folder).rstrip("/") + "/"))
        yield from (key[len(prefix) :] for key in sorted(found))

    def folders(self, folder: str) -> Iterator[str]:
        """What stands before a further slash in the names of a folder."""
        prefix = self._key("")
        found = self._tried(folder, lambda: self._objects.prefixes(self._key(folder).rstrip("/") + "/"))
        yield from (key[len(prefix) :].rstrip("/") for key in sorted(found))

    def _key(self, path: str) -> str:
        prefix = self._lake.root.partition("/")[2]
        return f"{prefix}/{path}" if prefix else path

    def _tried(self, path: str, call: Callable[[], Answer], *, was_there: bool = False) -> Answer:
        """Make the request until it is answered. With `was_there`, a 404 is a listing that lags, for a while."""
        tried = 0
        while True:
            tried += 1
            try:
                return call()
            except VersionChangedError:
                raise VersionChangedError(f"{self.url(path)} was replaced since it was written") from None
            except (TransientError, FileNotFoundError) as error:
                is_missing = isinstance(error, FileNotFoundError)
                if is_missing and not (was_there and tried < self._tries):
                    raise FileNotFoundError(f"{self.url(path)}: the store has no such object") from None
                if tried >= self._tries:
                    raise StoreError(
                        f"{self.url(path)}: the store does not answer as it should, {tried} times: {error}",
                        hint=_SAFE,
                    ) from None
            except OSError as error:
                if type(error) is OSError:
                    raise StoreError(f"{self.url(path)}: the store refuses: {error}", hint=_SAFE) from None
                raise
            time.sleep(random.uniform(0.5, 1) * min(_LONGEST_WAIT_SECONDS, self._first_wait * 2 ** (tried - 1)))

    def __repr__(self) -> str:
        return f"RemoteStore({self.name})"
