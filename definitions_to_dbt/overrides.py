"""What a client may say otherwise of an object: how long rows stay, and how badly a breach of a rule is taken."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from definitions_to_dbt.parts import Identifier, Part

Word = Literal[
    "not_null", "unique", "accepted_values", "range", "pattern", "length", "reference", "freshness", "expression"
]


class RuleOverride(Part):
    """Another severity of a rule, or none at all."""

    severity: Literal["error", "warning", "info"] = "error"
    is_active: bool = True


class Override(Part):
    """The overrides of one object. Keys of a policy are those of the object's own."""

    archive: dict[Literal["analytics", "source"], dict[str, Any]] = Field(default_factory=dict)
    quality: dict[Identifier, dict[Word, RuleOverride]] = Field(default_factory=dict)
