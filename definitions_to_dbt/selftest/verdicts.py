"""The two ways in which a value cannot be told: it is none of its type, or this interpreter does not know."""

from __future__ import annotations


class DoesNotFitError(ValueError):
    """The text is no value of the type."""


class UnjudgedError(Exception):
    """What this interpreter cannot tell. Counted and shown, never passed over."""
