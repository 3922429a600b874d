"""What ARCHIVE_URL says: a folder, file://…, s3://bucket/prefix or abfs://container@account.dfs.core.windows.net/prefix.

A URL is printed, logged and stored, so nothing secret may stand in it: such a URL is refused without repeating it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from definitions_to_dbt.errors import ProblemError

_HINT = (
    "Nothing was changed. Set ARCHIVE_URL to a folder, file://…, s3://bucket/prefix or abfs://container@account…/prefix"
)
_SECRETS = "; credentials belong in the variables that s3fs (AWS_…) and adlfs (AZURE_STORAGE_…) read."
_SCHEMES = {"": "file", "file": "file", "s3": "s3", "s3a": "s3", "abfs": "abfs", "abfss": "abfs", "az": "abfs"}


@dataclass(frozen=True)
class LakeUrl:
    """A parsed ARCHIVE_URL. `root` is an absolute folder, or the container (bucket) with its prefix."""

    scheme: str
    root: str
    account: str | None = None
    host: str | None = None

    @property
    def url(self) -> str:
        """How the lake is named everywhere: an absolute folder or a URL that other engines know."""
        if self.scheme == "file":
            return self.root
        container, _, prefix = self.root.partition("/")
        place = f"{container}@{self.host}" if self.host else container
        return f"{self.scheme}://{place}/{prefix}".rstrip("/")


def parse_lake_url(given: str) -> LakeUrl:
    """Raises ProblemError for what names no place, and for a URL with credentials in it."""
    scheme, found, _ = given.partition("://")
    if not found:
        return LakeUrl("file", str(Path(given).expanduser().absolute()))
    known = _SCHEMES.get(scheme)
    if known is None:
        raise ProblemError(f"ARCHIVE_URL: expected a folder, file://, s3:// or abfs://, found {scheme}://", hint=_HINT)
    parts = urlsplit(given)
    if parts.query or parts.fragment or parts.password or (known == "s3" and parts.username):
        # What stands there may be a SAS token or a key: not a word of it is printed.
        raise ProblemError(f"ARCHIVE_URL: expected {scheme}:// without user, password or query", hint=_HINT + _SECRETS)
    path = unquote(parts.path).strip("/")
    if known == "file":
        return LakeUrl("file", str(Path(unquote(parts.path)).expanduser().absolute()))
    container = (parts.username or "") if known == "abfs" and parts.username else (parts.hostname or "")
    if not container:
        raise ProblemError(f"ARCHIVE_URL: expected {scheme}:// and the name of a bucket or container", hint=_HINT)
    host = parts.netloc.rpartition("@")[2] if known == "abfs" and parts.username else None
    account = host.partition(".")[0] if host else None
    return LakeUrl(known, f"{container}/{path}".rstrip("/"), account, host)
