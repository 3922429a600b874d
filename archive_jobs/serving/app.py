"""The service as an ASGI app. Every route stands behind the guard; what is not told here is not answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp

from archive_jobs.serving import routes_changing, routes_reading, status_page
from archive_jobs.serving.backend import Backend
from archive_jobs.serving.guard import Guard, problem_of
from archive_jobs.serving.problems import ApiError, Problem
from archive_jobs.serving.requests import Page, PageColumn, PageInterval, validation_problem
from archive_jobs.serving.routes import only_known_words

_PROBLEMS = {
    400: "A header says what only the token may.", 401: "No valid token.", 403: "Not for this token.",
    404: "Not there, or somebody else's.", 409: "It is not as it was when it was shown.", 413: "Too large.",
    415: "Not JSON.", 422: "Something of the request is wrong.", 429: "Too much at once; Retry-After says when.",
    503: "The archive cannot answer now.", 504: "It took too long.",
}  # fmt: skip
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": words,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, words in _PROBLEMS.items()
}


def make_app(backend: Backend) -> ASGIApp:
    """The whole service over a backend, which is closed with it."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        backend.close()

    app = FastAPI(
        title="archive-jobs", version=version("definitions-to-lake"), docs_url=None, redoc_url=None,
        openapi_url="/api/v1/openapi.json", lifespan=life, responses=RESPONSES, redirect_slashes=False,
        dependencies=[Depends(only_known_words)],
    )  # fmt: skip
    app.state.backend = backend
    app.add_exception_handler(ApiError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)
    app.include_router(routes_reading.router)
    app.include_router(routes_changing.router)
    app.include_router(status_page.router)
    _describe(app)
    return Guard(app, backend, status_page.sign_in_page, status_page.policy())


def _describe(app: FastAPI) -> None:
    """Add to the description what FastAPI does not know of by itself."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            components = schema.setdefault("components", {}).setdefault("schemas", {})
            for model in (Problem, Page, PageColumn, PageInterval):
                said = model.model_json_schema(ref_template="#/components/schemas/{model}")
                said.pop("$defs", None)
                components[model.__name__] = said
            # Faults of a request are problems too.
            components.pop("HTTPValidationError", None)
            components.pop("ValidationError", None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way of changing it


def _answer(request: Request, problem: ApiError) -> Response:
    return problem.response(request.state.request_id)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return _answer(request, error)


async def _fault(request: Request, error: Exception) -> Response:
    return _answer(request, problem_of(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _answer(request, validation_problem(error.errors()))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = {404: "there is no such route", 405: "there is no such verb here"}
    problem = ApiError(error.status_code, "http", words.get(error.status_code, "the request cannot be answered"))
    if error.status_code == 405:
        # Starlette knows of one route at a time; a path may have several.
        routes = (route for route in request.app.routes if route.matches(request.scope)[0] != Match.NONE)
        verbs = {verb for route in routes for verb in getattr(route, "methods", None) or ()}
        problem.headers["Allow"] = ", ".join(sorted(verbs))
    return _answer(request, problem)
