"""How long rows stay where: one archive policy, in the words of definitions and in those users already write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Self

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from definitions_to_dbt.duration import Duration
from definitions_to_dbt.parts import Fault, Part, Plain, raise_faults

# What users write -> what it is called here.
_OTHER_WORDS = {
    "retention_in_layer_2": "retention",
    "retention_in_layer_3": "retention",
    "retention_in_timescaledb": "retention",
    "archive_format": "format",
    "layer": "source_layer",
}


class ArchivePolicy(Part):
    """What leaves PostgreSQL, when, and how long its archive is kept."""

    retention: Duration | None = None
    archive_after: Duration | None = None
    archive_retention: Duration | None = None
    legal_minimum: Duration | None = None
    format: Literal["parquet", "delta", "json"] = "parquet"
    compression: Literal["zstd", "snappy"] = "zstd"
    partition_by: Literal["day", "month", "year", "ingestion_date"] = "day"
    drop: Literal["after_retention", "never"] = "after_retention"
    # Of a partition or chunk that is old in part: it waits until all of it is, or its old days leave row by row.
    partition_drop: Literal["whole", "exact"] = "whole"
    preserve_raw_format: bool = True
    # Of a table that has more columns than its definition names: names with capitals or blanks no definition can name.
    undeclared_columns: Literal["refuse", "keep"] = "refuse"
    # Where a policy stands alone, outside a definition.
    name: Plain | None = None
    table_name: Plain | None = None
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
            word, meaning = str(_OTHER_WORDS.get(key, key)), value
            if key == "retention_days":
                word, meaning = "retention", _days(value)
            if word in result and result[word] != meaning:
                raise PydanticCustomError(
                    "E_DUP_KEY", "{key} says something else than {word} does", {"key": key, "word": word}
                )
            result[word] = meaning
        return result

    @model_validator(mode="after")
    def keeps_enough(self) -> Self:
        """Nothing goes at once, nothing before its copy is due, and an archive is kept as long as the law wants."""
        raise_faults(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        retention, after, kept, minimum = self.retention, self.archive_after, self.archive_retention, self.legal_minimum
        if retention and not retention.count:
            yield Fault("/retention", "E_RANGE", "expected a retention above zero; 'immediate' would keep nothing")
        elif retention and after and after.timedelta > retention.timedelta:
            message = f"archive_after {after.text} is later than the retention {retention.text}"
            yield Fault("/archive_after", "E_POLICY", message)
        if kept and not kept.count:
            yield Fault("/archive_retention", "E_RANGE", "expected an archive_retention above zero")
        elif kept and minimum and kept.timedelta < minimum.timedelta:
            message = f"archive_retention {kept.text} is below the legal minimum {minimum.text}"
            yield Fault("/archive_retention", "E_POLICY", message)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Editors know the other words too."""
        written = handler(schema)
        properties = handler.resolve_ref_schema(written)["properties"]
        for other, ours in _OTHER_WORDS.items():
            properties[other] = properties[ours]
        properties["retention_days"] = {"type": "integer", "minimum": 1}
        return written

    @property
    def names_a_layer(self) -> bool:
        """True where the policy itself says which archive it is for."""
        return self.archive_type is not None or self.source_layer is not None

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


class ArchivePolicies(Part):
    """The two archives of an object."""

    analytics: ArchivePolicy | None = None
    source: ArchivePolicy = ArchivePolicy(
        retention=Duration(7, "day"),
        archive_after=Duration(0, "day"),
        archive_retention=Duration(7, "year"),
        partition_by="ingestion_date",
    )

    @model_validator(mode="after")
    def each_speaks_of_its_own(self) -> Self:
        """A policy that names a layer stands under that layer."""
        found = (("analytics", self.analytics), ("source", self.source))
        raise_faults(
            Fault(f"/{slot}", "E_POLICY", f"this policy is of the {policy.kind} archive, and stands under {slot}")
            for slot, policy in found
            if policy and policy.names_a_layer and policy.kind != slot
        )
        return self
