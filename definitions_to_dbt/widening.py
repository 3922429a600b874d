"""The lattice of types: which type may become which without a value being lost, bent or read differently.

The one home of that question. What compares definitions asks `change_of`; the function of the database that compares
its catalogue with a definition is rendered from the same steps. Opens no database, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from definitions_to_dbt.pg_type import PgType

Verdict = Literal["identical", "widening", "breaking"]
Fit = Literal["always", "size", "fraction", "digits", "whole", "zone"]
FRACTION_DIGITS = 6


@dataclass(frozen=True)
class TypeChange:
    """What a change of type means for the rows that are there, and why."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Step:
    """One step of the lattice and what it asks of the modifiers.

    `always`: nothing. `size`: the new length is none, or at least the old one (`number` where the old type names
    none). `fraction`: at least as many digits of a second. `digits`: as many digits on both sides of the point.
    `whole`: `number` digits before the point. `zone`: a declared time zone, and the fraction.
    """

    old: str
    new: str
    fit: Fit
    number: int | None = None
    # False where the text of an array, as which it was archived, reads differently under the new type.
    in_arrays: bool = True


STEPS = (
    Step("smallint", "integer", "always"),
    Step("smallint", "bigint", "always"),
    Step("integer", "bigint", "always"),
    Step("oid", "bigint", "always"),
    Step("smallint", "numeric", "whole", 5),
    Step("integer", "numeric", "whole", 10),
    Step("bigint", "numeric", "whole", 19),
    Step("numeric", "numeric", "digits"),
    # A float holds every whole number of up to 24 bits, a double one of up to 53.
    Step("smallint", "real", "always"),
    Step("smallint", "double precision", "always"),
    Step("integer", "double precision", "always"),
    Step("real", "double precision", "always", in_arrays=False),
    Step("varchar", "varchar", "size"),
    Step("varchar", "text", "always"),
    Step("text", "varchar", "size"),
    # The blanks at the end of a char are no part of its value.
    Step("char", "char", "size", 1, in_arrays=False),
    Step("char", "varchar", "size", 1, in_arrays=False),
    Step("char", "text", "always", in_arrays=False),
    Step("name", "varchar", "size", 63),
    Step("name", "text", "always"),
    Step("bit", "varbit", "size", 1),
    Step("varbit", "varbit", "size"),
    Step("cidr", "inet", "always"),
    Step("date", "timestamp", "always"),
    Step("date", "timestamptz", "zone", in_arrays=False),
    Step("timestamp", "timestamp", "fraction"),
    Step("timestamp", "timestamptz", "zone", in_arrays=False),
    Step("timestamptz", "timestamptz", "fraction"),
    Step("time", "time", "fraction"),
    Step("timetz", "timetz", "fraction"),
    Step("interval", "interval", "fraction"),
    Step("vector", "vector", "size"),
)
_BY_BASES = {(step.old, step.new): step for step in STEPS}


def change_of(old: PgType, new: PgType, zone: str | None = None) -> TypeChange:
    """Say whether every value of the old type is one of the new, and reads as the same value there.

    `zone` is the time zone that the new definition states for the column, None where it states none.
    """
    if old.catalogue_name == new.catalogue_name:
        return TypeChange("identical", f"both are {new.sql}")
    step = _step(old, new)
    if step is None and _step(new, old) is None:
        return TypeChange("breaking", f"{old.sql} and {new.sql} hold different things")
    if step is not None and step.fit == "zone" and zone is None:
        return TypeChange("breaking", f"{old.sql} names no instant until the column states its time_zone")
    if step is None or not _fits(step, old.element or old, new.element or new):
        return TypeChange("breaking", f"not every {old.sql} fits {new.sql}")
    return TypeChange("widening", f"every {old.sql} is a {new.sql}")


def _step(old: PgType, new: PgType) -> Step | None:
    if (old.element is None) != (new.element is None):
        return None
    step = _BY_BASES.get((old.base, new.base))
    return step if step is None or old.element is None or step.in_arrays else None


def _fits(step: Step, old: PgType, new: PgType) -> bool:
    if step.fit == "always":
        return True
    if step.fit == "size":
        return (new.length is None and new.base not in ("char", "bit")) or _length(old, step) <= (new.length or 1)
    if step.fit in ("fraction", "zone"):
        return _fraction(old) <= _fraction(new)
    if new.precision is None:
        return True
    whole, scale = _digits(new)
    if step.fit == "whole":
        return whole >= (step.number or 0) and scale >= 0
    old_whole, old_scale = _digits(old)
    return old.precision is not None and whole >= old_whole and scale >= old_scale


def _length(old: PgType, step: Step) -> float:
    return old.length or step.number or float("inf")


def _fraction(pg_type: PgType) -> int:
    """Digits of a second. A date has none, and a type that names none has all that PostgreSQL keeps."""
    if pg_type.base == "date":
        return 0
    return FRACTION_DIGITS if pg_type.length is None else pg_type.length


def _digits(pg_type: PgType) -> tuple[int, int]:
    """Digits before the point and behind it."""
    scale = pg_type.scale or 0
    return (pg_type.precision or 0) - scale, scale
