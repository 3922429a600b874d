"""How long rows stay where: one archive policy, in the words of definitions and in those users already write."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from definitions_to_dbt.duration import Duration

# What users write -> what it is called here.
_OTHER_WORDS = {
    "retention_in_layer_2": "retention",
    "retention_in_layer_3": "retention",
    "retention_in_timescaledb": "retention",
    "archive_format": "format",
    "layer": "source_layer",
}


class ArchivePolicy(BaseModel):
    """What leaves PostgreSQL, when, and how long its archive is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    retention: Duration | None = None
    archive_after: Duration | None = None
    archive_retention: Duration | None = None
    legal_minimum: Duration | None = None
    format: Literal["parquet", "delta", "json"] = "parquet"
    compression: Literal["zstd", "snappy"] = "zstd"
    partition_by: Literal["day", "month", "year", "ingestion_date"] = "day"
    drop: Literal["after_retention", "never"] = "after_retention"
    preserve_raw_format: bool = True
    # Where a policy stands alone, outside a definition.
    name: str | None = None
    table_name: str | None = None
    source_layer: Literal["layer_2", "layer_3", "analytics", "source"] | None = None
    archive_type: Literal["analytics", "source"] | None = None
    archive_to_layer_2a: bool = True

    @model_validator(mode="before")
    @classmethod
    def in_our_words(cls, given: Any) -> Any:
        """Translate the words that policies already use (`retention_days`, `archive_format`, …)."""
        if not isinstance(given, dict):
            return given
        result: dict[str, Any] = {}
        for key, value in given.items():
            word, meaning = _OTHER_WORDS.get(key, key), value
            if key == "retention_days":
                word, meaning = "retention", _days(value)
            if word in result and result[word] != meaning:
                raise PydanticCustomError(
                    "E_DUP_KEY", "{key} says something else than {word} does", {"key": key, "word": word}
                )
            result[word] = meaning
        return result

    @model_validator(mode="after")
    def keeps_the_legal_minimum(self) -> Self:
        """An archive is kept at least as long as the law wants."""
        kept, minimum = self.archive_retention, self.legal_minimum
        if kept and minimum and kept.timedelta < minimum.timedelta:
            raise PydanticCustomError(
                "E_POLICY", "archive_retention {kept} is below the legal minimum {minimum}",
                {"kept": kept.text, "minimum": minimum.text},
            )  # fmt: skip
        return self

    @property
    def kind(self) -> Literal["analytics", "source"]:
        """Which of the two archives the policy speaks of."""
        if self.archive_type is not None:
            return self.archive_type
        return "source" if self.source_layer in ("layer_3", "source") else "analytics"


def _days(value: Any) -> Duration:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("E_TYPE", "expected retention_days as a whole number")
    if value <= 0:
        raise PydanticCustomError("E_RANGE", "expected retention_days above zero, found {value}", {"value": value})
    return Duration(value, "day")


class ArchivePolicies(BaseModel):
    """The two archives of an object."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    analytics: ArchivePolicy | None = None
    source: ArchivePolicy = ArchivePolicy(
        retention=Duration(7, "day"),
        archive_after=Duration(0, "day"),
        archive_retention=Duration(7, "year"),
        partition_by="ingestion_date",
    )
