"""What may be asked for, word by word. A word that is not here is refused: none is ever ignored."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
)

from archive_jobs.serving.problems import ApiError, invalid

MOST_VALUES, MOST_FILTERS, MOST_COLUMNS, LONGEST_PAGE = 1000, 20, 500, 10_000
_LONGEST_TEXT = 2000

Name = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
_TIME = r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?$"
_TIME_SAID = "expected a date or a time such as 2024-01-31 or 2024-01-31T12:00:00Z"
Time = Annotated[
    str,
    Field(
        pattern=_TIME,
        description="ISO 8601, UTC without a zone; a date as the end includes that day.",
        examples=["2024-01-01"],
    ),
]
Kind = Literal["analytics", "source"]
Op = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "is null", "is not null", "starts with"]
# Strict: a text that is too long must not be read as a number instead.
Scalar = Annotated[StrictStr, Field(max_length=_LONGEST_TEXT)] | StrictBool | StrictInt | StrictFloat
PageFormat = Literal["json"]
StreamFormat = Literal["ndjson", "csv", "parquet", "arrow"]
Format = Literal["json", "ndjson", "csv", "parquet", "arrow"]


_NAMES = r"^-?[A-Za-z_][A-Za-z0-9_]*( *, *-?[A-Za-z_][A-Za-z0-9_]*)*$"


class Strict(BaseModel):
    """A body or a query in which every word is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Filter(Strict):
    """One condition. All of them must hold."""

    col: Name
    op: Op
    value: Scalar | Annotated[list[Scalar], Field(max_length=MOST_VALUES)] | None = None


_FILTERS = TypeAdapter(Annotated[list[Filter], Field(max_length=MOST_FILTERS)])


class _Range(Strict):
    table_name: Name = Field(examples=["scor_metrics"])
    data_type: Kind = "analytics"
    start_time: Time | None = None
    end_time: Time | None = None


class RetrievalQuery(_Range):
    """`GET /api/v1/retrieve`: pages of JSON, or a stream of one of the other formats."""

    columns: str | None = Field(
        None,
        pattern=_NAMES,
        max_length=20_000,
        description="Names, separated by commas; default: all that may be seen.",
    )
    filter: str | None = Field(
        None, max_length=16_000, description='A JSON list of conditions, as [{"col": "value", "op": ">", "value": 1}].'
    )
    order: str | None = Field(
        None, pattern=_NAMES, max_length=2000, description="Names, separated by commas; a minus turns one round."
    )
    format: Format = "json"
    limit: int = Field(1000, ge=1, le=LONGEST_PAGE, description="Rows of a page of JSON.")
    cursor: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_-]+$", max_length=20_000, description="next_cursor of the page before."
    )


class PageColumn(BaseModel):
    """A column of a page."""

    name: str
    type: str


class PageInterval(BaseModel):
    """The range as it was resolved."""

    start: str | None
    end_excluded: str | None


class Page(BaseModel):
    """A page of rows."""

    table_name: str
    data_type: Kind
    interval: PageInterval
    columns: list[PageColumn]
    rows: list[dict[str, Any]]
    next_cursor: str | None


class RetrievalJob(_Range):
    """`POST /api/v1/retrievals`: the same as a job, for answers too large for a request."""

    columns: Annotated[list[Name], Field(max_length=MOST_COLUMNS)] = []
    filter: Annotated[list[Filter], Field(max_length=MOST_FILTERS)] = []
    format: StreamFormat = "parquet"


class ArchiveRequest(Strict):
    """`POST /api/v1/archive`: without `dry_run_token` it says what would leave; with it, exactly that leaves."""

    table_name: Name
    archive_type: Kind = "analytics"
    start_time: Time | None = None
    end_time: Time | None = None
    dry_run_token: str | None = Field(None, max_length=8000)


class HoldRequest(Strict):
    """`POST /api/v1/holds`."""

    table_name: Name
    archive_type: Kind | None = None
    start_time: Time | None = None
    end_time: Time | None = None
    reason: str = Field(min_length=3, max_length=500)


class ReleaseRequest(Strict):
    """`POST /api/v1/holds/{id}/release`: the first answer brings the token that the second one needs."""

    dry_run_token: str | None = Field(None, max_length=8000)


def names_of(where: str, given: str | None) -> tuple[str, ...]:
    """Names separated by commas. Raises ApiError for an empty one, one that stands twice, or too many."""
    if given is None:
        return ()
    names = tuple(name.strip() for name in given.split(","))
    if not all(names) or len(set(names)) != len(names) or len(names) > MOST_COLUMNS:
        raise invalid(where, f"expected at most {MOST_COLUMNS} names separated by commas, each once")
    return names


def filters_of(given: str | None) -> list[Filter]:
    """The conditions of a query string. Raises ApiError that says which one is wrong."""
    if given is None:
        return []
    try:
        return _FILTERS.validate_python(json.loads(given, parse_constant=_refused))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            raise validation_problem(error.errors(include_url=False), ("query", "filter")) from None
        raise invalid("query/filter", "expected a JSON list of conditions") from None


def validation_problem(errors: Any, before: tuple[str, ...] = ()) -> ApiError:
    """Where a request is wrong and what was expected there; values are not repeated."""
    found = []
    for error in list(errors)[:20]:
        steps = [str(step) for step in (*before, *error["loc"])]
        # pydantic names the branches of a union too, as constrained-str and list[…].
        where = "/".join(step for step in steps if "-" not in step and "[" not in step)
        said = _TIME_SAID if (error.get("ctx") or {}).get("pattern") == _TIME else error["msg"]
        found.append({"where": where, "expected": said})
    detail = "; ".join(f"{one['where']}: {one['expected']}" for one in found[:3])
    return ApiError(422, "invalid", detail, errors=found)


def _refused(word: str) -> None:
    raise ValueError(word)


def is_plain(text: str) -> bool:
    """Whether PostgreSQL and DuckDB can hold it: JSON can say NUL and halves of characters, which are no text."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
