"""Spans of time as definitions write them: "90 days", "7 years", "immediate"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

# The longest each unit can be, so that a span counted in days never lets anything go early.
_LONGEST_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 31.0, "year": 366.0}
_WRITTEN = re.compile(r"(-?\d{1,6})\s+(hour|day|week|month|year)s?")


@dataclass(frozen=True)
class Duration:
    """A whole number of hours, days, weeks, months or years. Nought is written "immediate"."""

    count: int
    unit: str

    @property
    def text(self) -> str:
        """The span as a PostgreSQL interval reads it."""
        return f"{self.count} {self.unit}" + ("" if self.count == 1 else "s")

    @property
    def written(self) -> str:
        """The span as a definition writes it."""
        return self.text if self.count else "immediate"

    @property
    def timedelta(self) -> timedelta:
        """The span in days, rounded up: a month is 31, a year 366."""
        return timedelta(days=self.count * _LONGEST_DAYS[self.unit])

    @classmethod
    def parse(cls, written: Any) -> Duration:
        """Read "90 days". Raises E_INTERVAL or E_RANGE as pydantic errors."""
        if isinstance(written, Duration):
            return written
        if not isinstance(written, str):
            raise PydanticCustomError("E_TYPE", "expected a span of time such as '90 days'")
        if written.strip().lower() == "immediate":
            return cls(0, "day")
        found = _WRITTEN.fullmatch(written.strip().lower())
        if found is None:
            raise PydanticCustomError(
                "E_INTERVAL",
                "expected a whole number and hours, days, weeks, months or years (or 'immediate'), found {found}",
                {"found": repr(written)},
            )
        if int(found[1]) <= 0:
            raise PydanticCustomError("E_RANGE", "expected a span above zero; write 'immediate' for none")
        return cls(int(found[1]), found[2])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(lambda value: value.written)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^(immediate|\d+ (hour|day|week|month|year)s?)$"}
