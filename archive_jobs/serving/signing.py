"""What the service hands out and takes back: sealed under its secret, bound to whom it was made for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive_jobs.serving.service_settings import ServiceSettings

_NONCE_BYTES = 12
_LONGEST = 65_536


class Signer:
    """Seals small notes. What is in them nobody reads, changes, or uses for anything else."""

    def __init__(self, settings: ServiceSettings) -> None:
        given = settings.secret.get_secret_value().encode() if settings.secret else os.urandom(32)
        self._secret = hashlib.sha256(b"archive-jobs service" + given).digest()

    def seal(self, purpose: str, bound_to: str, content: dict[str, Any], seconds: float) -> str:
        """A note for this purpose and this caller, good for so long."""
        nonce = os.urandom(_NONCE_BYTES)
        text = json.dumps({"until": time.time() + seconds, "content": content}).encode()
        sealed = self._cipher(purpose).encrypt(nonce, text, bound_to.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, purpose: str, bound_to: str, given: str) -> dict[str, Any] | None:
        """The content; None where the note is not ours, not for this, not for this caller, or too old."""
        try:
            if len(given) > _LONGEST:
                return None
            raw = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True)
            text = self._cipher(purpose).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode())
        except (ValueError, InvalidTag):
            return None
        note = json.loads(text)
        content: dict[str, Any] = note["content"]
        return content if note["until"] > time.time() else None

    def key_of(self, tenant: str) -> str:
        """The key under which a tenant sees tokens: nobody can lay theirs beside another tenant's."""
        return hmac.new(self._secret, f"tenant:{tenant}".encode(), hashlib.sha256).hexdigest()

    def _cipher(self, purpose: str) -> AESGCM:
        return AESGCM(hmac.new(self._secret, purpose.encode(), hashlib.sha256).digest())
