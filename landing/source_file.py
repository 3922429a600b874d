"""A file on disk, read in blocks. Knows its hash, its size and how far the reading is; knows nothing of records.

It is read twice: once for the hash, which says whether it has landed before, and once for its records.
The second reading is hashed too, so that a file still being written is never half landed.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from definitions_to_dbt.errors import ProblemError
from landing.file_format import GZIP, NOTHING_LANDED, FileFormat, check_first_bytes

# Small enough that the server works on one block while the next is read: 64 kB lands a third more than 1 MB.
BLOCK_BYTES = 64 << 10
# A field of PostgreSQL holds 1 GB at most, a COPY line too; a record a quarter of that is a mistake in the file.
MAX_RECORD_BYTES = 256 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
Progress = Callable[[int], None]


class SourceFile:
    """A file that exists, holds something and is what its format says. Raises ProblemError otherwise."""

    def __init__(self, path: Path, file_format: FileFormat, progress: Progress | None = None) -> None:
        self.path, self.file_format = path, file_format
        self._report: Progress = _report_to_nobody
        self._digest = hashlib.sha256()
        self.bytes = _size_of(path)
        with self._open() as file:
            first = file.read(8)
        self.is_gzip = first.startswith(GZIP)
        if self.is_gzip and file_format is FileFormat.PARQUET:
            raise ProblemError(
                f"{path}: expected a Parquet file, found gzip",
                hint=f"{NOTHING_LANDED} Unpack it with gunzip.",
            )
        if path.suffix.lower() == ".gz" and not self.is_gzip:
            raise ProblemError(f"{path}: expected gzip, found {first[:4]!r}", hint=f"{NOTHING_LANDED} Rename the file.")
        self._first = self._first_content()
        check_first_bytes(path, file_format, self._first)
        self._report = progress or _report_to_nobody

    def sha256(self) -> str:
        """Return the hash of the file's bytes as they lie on disk."""
        with self._open() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def blocks(self) -> Iterator[bytes]:
        """Yield the content, unpacked and without a byte order mark, a block of about 64 kB at a time."""
        content = self._unpacked() if self.is_gzip else self._packed()
        first = next(content, b"")
        yield first.removeprefix(BYTE_ORDER_MARK)
        yield from content

    @property
    def is_array(self) -> bool:
        """True where the content begins with a bracket."""
        return self._first.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"[")

    def report(self, read_bytes: int) -> None:
        """Tell the progress bar about bytes that another reader (Parquet's) has read."""
        self._report(read_bytes)

    def check_unchanged(self, sha256: str) -> None:
        """Raise ProblemError if what was read for the records is not what was hashed before."""
        is_parquet = self.file_format is FileFormat.PARQUET  # read by its own library, not through blocks()
        if (self.sha256() if is_parquet else self._digest.hexdigest()) != sha256:
            raise ProblemError(
                f"{self.path}: the file was changed while it was read",
                hint=f"{NOTHING_LANDED} Wait until it is complete, then load it again.",
            )

    def _open(self) -> io.BufferedReader:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise ProblemError(
                f"{self.path}: cannot be read: {error.strerror}",
                hint=f"{NOTHING_LANDED} Check the rights on it.",
            ) from None

    def _packed(self) -> Iterator[bytes]:
        self._digest = hashlib.sha256()
        with self._open() as file:
            while block := file.read(BLOCK_BYTES):
                self._digest.update(block)
                self._report(len(block))
                yield block

    def _unpacked(self) -> Iterator[bytes]:
        """Unpack gzip, several members in a row too. A block is cut, so that one that swells stays small in memory."""
        member = zlib.decompressobj(wbits=31)
        try:
            for packed in self._packed():
                while packed:
                    if content := member.decompress(packed, BLOCK_BYTES):
                        yield content
                    packed = member.unconsumed_tail or member.unused_data
                    if member.eof and packed:
                        member = zlib.decompressobj(wbits=31)
            # What is left inside the member after its last input.
            while not member.eof and (rest := member.decompress(member.unconsumed_tail, BLOCK_BYTES)):
                yield rest
        except zlib.error as error:
            raise self._broken_gzip(str(error)) from None
        if not member.eof:
            raise self._broken_gzip("it ends too early")

    def _broken_gzip(self, fault: str) -> ProblemError:
        return ProblemError(
            f"{self.path}: the gzip data is broken: {fault}", hint=f"{NOTHING_LANDED} Fetch the file again."
        )

    def _first_content(self) -> bytes:
        if not self.is_gzip:
            with self._open() as file:
                return file.read(8)
        content = io.BytesIO()
        for block in self.blocks():
            content.write(block)
            if content.tell() >= 8:
                break
        return content.getvalue()[:8]


def _report_to_nobody(read_bytes: int) -> None:
    """The progress of a load nobody watches."""


def _size_of(path: Path) -> int:
    try:
        found = path.stat()
    except OSError as error:
        raise ProblemError(
            f"{path}: cannot be read: {error.strerror}", hint=f"{NOTHING_LANDED} Check the path."
        ) from None
    if path.is_dir():
        raise ProblemError(f"{path}: expected a file, found a folder", hint=f"{NOTHING_LANDED} Name the files in it.")
    if not path.is_file():
        raise ProblemError(
            f"{path}: expected a regular file, found a pipe or a device; a file is read twice",
            hint=f"{NOTHING_LANDED} Write it to disk first.",
        )
    if found.st_size == 0:
        raise ProblemError(f"{path}: expected records, found an empty file", hint=NOTHING_LANDED)
    return found.st_size
