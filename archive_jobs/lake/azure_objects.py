"""Blobs of one Azure container, through the service client that adlfs makes from its own variables."""

from __future__ import annotations

import base64
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from adlfs import AzureBlobFileSystem
from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from fsspec.asyn import sync

from archive_jobs.lake.lake_url import LakeUrl
from archive_jobs.lake.objects import (
    NETWORK,
    TRANSIENT_STATUS,
    Piece,
    StoreError,
    TransientError,
    VersionChangedError,
    why,
)

_VARIABLES = (
    "Nothing was changed. Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME with"
    " AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN or a service principal (AZURE_STORAGE_CLIENT_ID, …_SECRET,"
    " …_TENANT_ID); a managed identity needs the role Storage Blob Data Contributor."
)
_BENT_ON_THE_WAY = frozenset(("Md5Mismatch", "Crc64Mismatch", "OperationTimedOut", "ServerBusy"))


class AzureObjects:
    """One container."""

    def __init__(self, lake: LakeUrl, timeout_seconds: float) -> None:
        self._container = lake.root.partition("/")[0]
        given: dict[str, Any] = {"skip_instance_cache": True, "anon": None}
        if lake.account and lake.host:
            given |= {"account_name": lake.account, "account_host": lake.host.replace(".dfs.", ".blob.", 1)}
        try:
            self._fs = AzureBlobFileSystem(**given)
        except ValueError:
            # What adlfs says may hold the connection string.
            raise StoreError(f"ARCHIVE_URL={lake.url}: Azure's variables name no account", hint=_VARIABLES) from None
        self._client: Any = self._fs.service_client
        self._account = str(self._client.account_name)
        if lake.account is not None and self._account != lake.account:
            raise StoreError(
                f"ARCHIVE_URL={lake.url} names the account {lake.account}, Azure's variables {self._account}",
                hint="Nothing was changed. Make them agree.",
            )
        # Ours are the only retries: Azure's own would wait for half a minute between two of them.
        self._options = {"retry_total": 0, "connection_timeout": 10, "read_timeout": timeout_seconds}

    def require_container(self) -> None:
        """Ask for it."""
        try:
            with self._explained():
                self._wait(self._client.get_container_client(self._container).get_container_properties)
        except FileNotFoundError:
            raise self._no_container() from None

    def create(self, key: str, content: bytes) -> str:
        """If-None-Match: *, with the content's MD5."""
        with self._explained():
            made = self._wait(self._blob(key).upload_blob, content, overwrite=False, validate_content=True)
            return str(made["etag"])

    def replace(self, key: str, content: bytes, version: str) -> str:
        """If-Match, with the content's MD5."""
        if not version:
            return self.create(key, content)
        condition = {"etag": version, "match_condition": MatchConditions.IfNotModified}
        with self._explained():
            made = self._wait(self._blob(key).upload_blob, content, overwrite=True, validate_content=True, **condition)
            return str(made["etag"])

    def begin(self, key: str) -> str:  # noqa: ARG002  # Azure's blocks need no beginning
        """Blocks are just brought; those nobody uses are gone after a week."""
        return ""

    def add_block(self, key: str, upload: str, number: int, content: bytes) -> str:  # noqa: ARG002  # a block is of its key alone
        """With the block's MD5."""
        block = base64.b64encode(f"{number:08}".encode()).decode()
        with self._explained():
            self._wait(self._blob(key).stage_block, block, content, validate_content=True)
        return block

    def finish(self, key: str, upload: str, blocks: Sequence[str]) -> str:  # noqa: ARG002  # what began without a name ends without one
        """If-None-Match: *."""
        with self._explained():
            missing = MatchConditions.IfMissing
            made = self._wait(self._blob(key).commit_block_list, list(blocks), match_condition=missing)
            return str(made["etag"])

    def give_up(self, key: str, upload: str) -> None:
        """Nothing to do: see `begin`."""

    def piece(self, key: str, version: str, start: int, size: int) -> Piece:
        """A ranged GET, If-Match."""
        condition = {"etag": version, "match_condition": MatchConditions.IfNotModified} if version else {}

        async def get() -> Piece:
            stream = await self._blob(key).download_blob(start, size, max_concurrency=1, **condition, **self._options)
            content = await stream.readall()
            # Azure's `size` is that of the range.
            total = str(stream.properties.content_range or "").rpartition("/")[2]
            return Piece(content, str(stream.properties.etag), int(total or len(content)))

        with self._explained():
            try:
                found: Piece = sync(self._fs.loop, get)
            except HttpResponseError as error:
                if error.status_code == 416:
                    return Piece(b"", version, start)
                raise
            return found

    def delete(self, key: str) -> None:
        """Uncommitted blocks go with the service's own week."""
        try:
            with self._explained():
                self._wait(self._blob(key).delete_blob)
        except FileNotFoundError:
            pass

    def keys(self, prefix: str) -> list[str]:
        """A listing, whole."""
        return [name for name in self._listed(prefix) if not name.endswith("/")]

    def prefixes(self, prefix: str) -> list[str]:
        """What the listing shows as folders."""
        return [name for name in self._listed(prefix) if name.endswith("/")]

    def _listed(self, prefix: str) -> list[str]:
        async def walk() -> list[str]:
            container = self._client.get_container_client(self._container)
            found = container.walk_blobs(name_starts_with=prefix, delimiter="/", **self._options)
            return [str(blob.name) async for blob in found]

        with self._explained():
            names: list[str] = sync(self._fs.loop, walk)
            return names

    def _blob(self, key: str) -> Any:
        return self._client.get_blob_client(self._container, key)

    def _wait(self, call: Callable[..., Coroutine[Any, Any, Any]], *values: Any, **given: Any) -> Any:
        return sync(self._fs.loop, call, *values, **given, **self._options)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Azure's errors as ours. What Azure says is left out: it may repeat what was signed."""
        try:
            yield
        except HttpResponseError as error:
            raise self._fault(error) from None
        except AzureError as error:
            raise TransientError(why(error)) from None
        except NETWORK as error:
            raise TransientError(why(error)) from None

    def _fault(self, error: HttpResponseError) -> OSError:
        code, status = _code(error), error.status_code
        if code == "ContainerNotFound":
            return self._no_container()
        if status is None or status in TRANSIENT_STATUS or code in _BENT_ON_THE_WAY:
            return TransientError(why(error, status, code))
        # After a commit whose reply was lost its blocks are no longer waiting.
        if isinstance(error, ResourceNotFoundError) or code == "InvalidBlockList":
            return FileNotFoundError(code)
        if isinstance(error, ResourceExistsError):
            return FileExistsError(code)
        if isinstance(error, ResourceModifiedError):
            return VersionChangedError(code)
        if isinstance(error, ClientAuthenticationError) or status in (401, 403):
            return self._refused(error)
        return OSError(why(error, status, code))

    def _no_container(self) -> StoreError:
        return StoreError(
            f"the storage account {self._account} has no container {self._container}",
            hint="Nothing was changed. Make it (`az storage container create`), or set ARCHIVE_URL to another.",
        )

    def _refused(self, error: HttpResponseError) -> StoreError:
        said = why(error, error.status_code, _code(error))
        return StoreError(
            f"the storage account {self._account} refuses these credentials for {self._container}: {said}",
            hint=_VARIABLES,
        )

    def __repr__(self) -> str:
        return f"AzureObjects({self._account}, {self._container})"


def _code(error: HttpResponseError) -> str:
    code = getattr(error, "error_code", None) or ""
    return str(getattr(code, "value", code))
