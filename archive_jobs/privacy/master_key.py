"""The master key, which wraps all others. It comes from the environment or a file, and is never written anywhere."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True)
class MasterKey:
    """One master key. Its id is made from it, so that an id never speaks of another key."""

    key_id: str
    _cipher: AESGCM

    def wrap(self, key: bytes, bound_to: str) -> bytes:
        """The key as it may be stored. It opens only for the name it is bound to."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, bound_to.encode())

    def unwrap(self, wrapped: bytes, bound_to: str) -> bytes:
        """The key itself. Raises ProblemError where it was wrapped by another key or for another name."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound_to.encode())
        except InvalidTag:
            raise ProblemError(
                f"a stored key does not open under the master key {self.key_id}: it is damaged, or not its own",
                hint="Nothing was changed. Run `archive-jobs keys check`.",
            ) from None


def new_master_key() -> str:
    """A fresh master key as ARCHIVE_MASTER_KEY takes it."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def master_key(settings: ArchiveSettings) -> MasterKey | None:
    """The master key of the environment; None where none is given."""
    secret = settings.master_key.get_secret_value() if settings.master_key else None
    if settings.master_key_file is not None:
        if secret is not None:
            raise ProblemError("ARCHIVE_MASTER_KEY and ARCHIVE_MASTER_KEY_FILE are both set; expected one of them")
        secret = _of_file(settings.master_key_file)
    return None if secret is None else _read(secret, "ARCHIVE_MASTER_KEY")


def previous_master_key(settings: ArchiveSettings) -> MasterKey:
    """The key that is being replaced. Raises ProblemError where none is given."""
    if settings.previous_master_key is None:
        raise ProblemError(
            "expected the key that is replaced in ARCHIVE_PREVIOUS_MASTER_KEY and the new one in ARCHIVE_MASTER_KEY",
            hint="Nothing was changed. `archive-jobs keys new` prints a fresh one.",
        )
    return _read(settings.previous_master_key.get_secret_value(), "ARCHIVE_PREVIOUS_MASTER_KEY")


def require_master_key(settings: ArchiveSettings, why: str) -> MasterKey:
    """The master key. Raises ProblemError where there is none; `why` says what needs it."""
    found = master_key(settings)
    if found is None:
        raise ProblemError(
            f"{why} needs the master key: expected ARCHIVE_MASTER_KEY or ARCHIVE_MASTER_KEY_FILE, found neither",
            hint="Nothing was changed. Set it; `archive-jobs keys new` prints a fresh one for a new archive.",
        )
    return found


def _of_file(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ProblemError(f"ARCHIVE_MASTER_KEY_FILE={file} cannot be read: {said}") from None


def _read(secret: str, variable: str) -> MasterKey:
    # What was found is a secret also where it is wrong: the message does not repeat it.
    try:
        key = base64.b64decode(secret.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ProblemError(
            f"{variable}: expected {KEY_BYTES} bytes in base64, found something else",
            hint="Nothing was changed. `archive-jobs keys new` prints one.",
        )
    return MasterKey(hmac.digest(key, b"archive-jobs master key", "sha256").hex()[:12], AESGCM(key))
