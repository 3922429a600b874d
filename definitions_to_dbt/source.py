"""What an object's definition says of its sender, and examples of what it sends. Checks nothing but their shape."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from definitions_to_dbt.duration import Duration
from definitions_to_dbt.parts import Identifier, Many, Part, Plain, Text

MAX_COUNT = 2_147_483_647


class Freshness(Part):
    """How long the object may be without a transformed batch."""

    warn_after: Duration | None = None
    error_after: Duration | None = None


class RejectRate(Part):
    """The share of a batch that may be rejected, from 0 to 1."""

    warn_above: float = Field(0.05, ge=0, le=1)
    error_above: float = Field(0.5, ge=0, le=1)


class Volume(Part):
    """How few or many records a batch may hold."""

    warn_below: int | None = Field(None, ge=0, le=MAX_COUNT)
    warn_above: int | None = Field(None, ge=0, le=MAX_COUNT)
    error_below: int | None = Field(None, ge=0, le=MAX_COUNT)
    error_above: int | None = Field(None, ge=0, le=MAX_COUNT)


class Source(Part):
    """What is known of the sender."""

    system: Plain = "unknown"
    format: Literal["json", "debezium", "debezium_unwrapped", "change_event", "cloudevents"] = "json"
    # CloudEvents have no word for what happened: which types say that the object is gone is for the definition to say.
    delete_types: Many[Plain] = ()
    business_key: Many[Identifier] | None = Field(None, min_length=1)
    order: Identifier | None = None
    freshness: Freshness = Freshness()
    reject_rate: RejectRate = RejectRate()
    volume: Volume = Volume()


class Example(Part):
    """A raw record as it is sent and the row expected of it. A tombstone is a null whose `raw_id` names the key."""

    description: Text = ""
    is_invented: bool = False
    payload: dict[str, Any] | None
    raw_id: Text | None = None
    row: dict[str, Any]
