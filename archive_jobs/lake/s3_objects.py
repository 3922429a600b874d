"""Objects of one S3 bucket, through the client that s3fs makes from the AWS variables and files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from aiohttp import ClientError as NetworkError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ResponseStreamingError,
)
from botocore.exceptions import ConnectionError as EndpointError
from fsspec.asyn import sync
from s3fs import S3FileSystem

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
    "Nothing was changed. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), AWS_PROFILE or an"
    " instance role; AWS_ENDPOINT_URL for a service other than AWS."
)
_NETWORK = (
    *NETWORK,
    NetworkError,
    EndpointError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)
_BENT_ON_THE_WAY = frozenset(
    ("BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch", "IncompleteBody")
)
# Not errors of ours: two writers at one name at one moment, and a service that wants less.
_NOT_NOW = frozenset(("ConditionalRequestConflict", "OperationAborted", "SlowDown", "RequestTimeout", "Throttling"))


class S3Objects:
    """One bucket."""

    def __init__(self, lake: LakeUrl, timeout_seconds: float) -> None:
        self._bucket = lake.root.partition("/")[0]
        # Ours are the only retries.
        config = {"connect_timeout": 10, "read_timeout": timeout_seconds, "retries": {"total_max_attempts": 1}}
        self._fs = S3FileSystem(skip_instance_cache=True, use_listings_cache=False, config_kwargs=config)

    def require_container(self) -> None:
        """List one name of it."""
        self._call("list_objects_v2", MaxKeys=1)

    def create(self, key: str, content: bytes) -> str:
        """If-None-Match: *; botocore sends a CRC of the content along."""
        return str(self._call("put_object", Key=key, Body=content, IfNoneMatch="*")["ETag"])

    def replace(self, key: str, content: bytes, version: str) -> str:
        """As `create`, with If-Match."""
        if not version:
            return self.create(key, content)
        return str(self._call("put_object", Key=key, Body=content, IfMatch=version)["ETag"])

    def begin(self, key: str) -> str:
        """A multipart upload."""
        return str(self._call("create_multipart_upload", Key=key)["UploadId"])

    def add_block(self, key: str, upload: str, number: int, content: bytes) -> str:
        """With the part's CRC."""
        made = self._call("upload_part", Key=key, UploadId=upload, PartNumber=number + 1, Body=content)
        return str(made["ETag"])

    def finish(self, key: str, upload: str, blocks: Sequence[str]) -> str:
        """If-None-Match: *."""
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(blocks, start=1)]
        made = self._call(
            "complete_multipart_upload", Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
        )
        return str(made["ETag"])

    def give_up(self, key: str, upload: str) -> None:
        """Else its parts would be paid for ever after."""
        with suppress(OSError):
            self._call("abort_multipart_upload", Key=key, UploadId=upload)

    def piece(self, key: str, version: str, start: int, size: int) -> Piece:
        """A ranged GET, If-Match."""
        condition = {"IfMatch": version} if version else {}

        async def get() -> Piece:
            client = await self._client()
            wanted = f"bytes={start}-{start + size - 1}"
            found = await client.get_object(Bucket=self._bucket, Key=key, Range=wanted, **condition)
            async with found["Body"] as body:
                content = await body.read()
            return Piece(content, str(found["ETag"]), int(found["ContentRange"].rpartition("/")[2]))

        with self._explained():
            try:
                answer: Piece = sync(self._fs.loop, get)
            except ClientError as error:
                if _status(error) == 416:
                    return Piece(b"", version, start)
                raise
            return answer

    def delete(self, key: str) -> None:
        """The object, and the uploads begun under its name."""
        self._call("delete_object", Key=key)
        for found, upload in self._begun(key):
            if found == key:
                self.give_up(key, upload)

    def keys(self, prefix: str) -> list[str]:
        """A listing, whole."""
        found = [str(entry["Key"]) for page in self._pages(prefix) for entry in page.get("Contents", [])]
        return sorted({*found, *(key for key, _ in self._begun(prefix) if "/" not in key[len(prefix) :])})

    def prefixes(self, prefix: str) -> list[str]:
        """What the listing shows as folders."""
        return [str(entry["Prefix"]) for page in self._pages(prefix) for entry in page.get("CommonPrefixes", [])]

    def _pages(self, prefix: str) -> Iterator[dict[str, Any]]:
        more: dict[str, str] = {}
        while True:
            page = self._call("list_objects_v2", Prefix=prefix, Delimiter="/", **more)
            yield page
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": str(page["NextContinuationToken"])}

    def _begun(self, prefix: str) -> list[tuple[str, str]]:
        found = self._call("list_multipart_uploads", Prefix=prefix).get("Uploads", [])
        return [(str(entry["Key"]), str(entry["UploadId"])) for entry in found]

    def _call(self, method: str, **given: Any) -> dict[str, Any]:
        async def call() -> dict[str, Any]:
            client = await self._client()
            answer: dict[str, Any] = await getattr(client, method)(Bucket=self._bucket, **given)
            return answer

        with self._explained():
            found: dict[str, Any] = sync(self._fs.loop, call)
            return found

    async def _client(self) -> Any:
        await self._fs.set_session()
        return await self._fs.get_s3(self._bucket)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """S3's errors as ours."""
        try:
            yield
        except ClientError as error:
            raise self._fault(error) from None
        except (NoCredentialsError, PartialCredentialsError):
            raise StoreError(f"no credentials for the bucket {self._bucket}", hint=_VARIABLES) from None
        except _NETWORK as error:
            raise TransientError(why(error)) from None
        except BotoCoreError as error:
            raise StoreError(
                f"the bucket {self._bucket} cannot be reached: {type(error).__name__}", hint=_VARIABLES
            ) from None

    def _fault(self, error: ClientError) -> OSError:
        status, code = _status(error), str(error.response.get("Error", {}).get("Code", ""))
        if code == "NoSuchBucket":
            return StoreError(
                f"there is no bucket {self._bucket}",
                hint="Nothing was changed. Make it (`aws s3 mb`), or set ARCHIVE_URL to another.",
            )
        if code in ("NoSuchKey", "NoSuchUpload", "404", "NotFound"):
            return FileNotFoundError(code)
        if code in _NOT_NOW or code in _BENT_ON_THE_WAY or status in TRANSIENT_STATUS:
            return TransientError(why(error, status, code))
        if status == 412:
            precondition = {"PutObject": FileExistsError, "CompleteMultipartUpload": FileExistsError}
            return precondition.get(error.operation_name, VersionChangedError)(code)
        if status == 409:
            return FileExistsError(code)
        if status in (401, 403):
            return StoreError(
                f"the bucket {self._bucket} refuses these credentials: {why(error, status, code)}", hint=_VARIABLES
            )
        return OSError(why(error, status, code))

    def __repr__(self) -> str:
        return f"S3Objects({self._bucket})"


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
