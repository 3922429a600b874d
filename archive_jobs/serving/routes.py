"""What the routes share: who asks, what they need for it, and the backend."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from archive_jobs.serving.backend import Backend
from archive_jobs.serving.guard import SIGN_IN
from archive_jobs.serving.principals import Principal, Scope
from archive_jobs.serving.problems import invalid

# For the description alone: the guard has looked at the token before any route was found.
_bearer = HTTPBearer(auto_error=False, description="A token of `archive-jobs tokens create`, or a JSON Web Token.")


def backend_of(request: Request) -> Backend:
    """What all requests share."""
    backend: Backend = request.app.state.backend
    return backend


def _caller(request: Request, _given: Annotated[Any, Security(_bearer)]) -> Principal:
    principal: Principal = request.state.principal
    return principal


def needs(scope: Scope) -> Any:
    """The caller, who must have been given the scope."""

    def having(principal: Annotated[Principal, Depends(_caller)]) -> Principal:
        principal.require(scope)
        return principal

    return Depends(having)


async def only_known_words(request: Request) -> None:
    """Raise ApiError for a word of the query string that nobody reads or that stands twice, and for an unread body."""
    route = request.scope["route"]
    words = [name for name, _ in request.query_params.multi_items()]
    known = {parameter.alias for parameter in route.dependant.query_params}
    # A model that reads the whole query string refuses by itself what it does not know.
    reads_all = known == {"asked"}
    if len(words) != len(set(words)) or not (reads_all or set(words) <= known):
        raise invalid("query", f"expected each word once, of: {', '.join(sorted(known)) or 'none'}")
    if route.body_field is None and route.path != SIGN_IN and (await request.body()).strip() not in (b"", b"{}"):
        raise invalid("body", "this route reads none")


Shared = Annotated[Backend, Depends(backend_of)]
Caller = Annotated[Principal, Depends(_caller)]
