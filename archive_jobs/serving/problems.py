"""What goes wrong, as RFC 9457 says it: a type, a title and a detail of ours; never a message of something below us."""

from __future__ import annotations

import ipaddress
import json
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """The body of every answer that is not 2xx."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    request_id: str


class ApiError(Exception):
    """An answer that says why there is no other. Whatever it says, the caller may know."""

    def __init__(self, status: int, kind: str, detail: str, *, headers: Mapping[str, str] = {}, **more: Any) -> None:
        self.status, self.kind, self.detail, self.headers, self.more = status, kind, detail, dict(headers), more
        super().__init__(detail)

    def body(self, request_id: str) -> dict[str, Any]:
        """The body, which names the request as our log does."""
        title = HTTPStatus(self.status).phrase
        said = {"type": f"urn:archive-jobs:{self.kind}", "title": title, "status": self.status, "detail": self.detail}
        return {**said, "request_id": request_id, **self.more}

    def response(self, request_id: str) -> Response:
        """The answer."""
        content = json.dumps(self.body(request_id)).encode()
        return Response(content, self.status, self.headers, media_type=MEDIA_TYPE)


def new_request_id() -> str:
    """How an answer and the line of the log that tells of it are found by each other."""
    return uuid.uuid4().hex


def unauthenticated() -> ApiError:
    """One answer for every way in which a token can be wrong."""
    return ApiError(
        401, "unauthenticated", "expected a valid token in the header Authorization, as Bearer",
        headers={"WWW-Authenticate": 'Bearer realm="archive-jobs"'},
    )  # fmt: skip


def forbidden(what: str) -> ApiError:
    """The token is valid, and this is not for it."""
    return ApiError(403, "forbidden", what)


def not_found() -> ApiError:
    """The same for what is not there and for what is somebody else's."""
    return ApiError(404, "not-found", "there is no such thing here")


def invalid(where: str, expected: str) -> ApiError:
    """One fault of a request; what was found is not repeated."""
    return ApiError(422, "invalid", f"{where}: {expected}", errors=[{"where": where, "expected": expected}])


def unavailable() -> ApiError:
    """Something below us does not work; the log says what."""
    return ApiError(
        503, "unavailable", "the archive cannot answer now; the operator's log names the reason under the request's id",
        headers={"Retry-After": "30"},
    )  # fmt: skip


def is_loopback(host: str) -> bool:
    """True for a name or address of this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
