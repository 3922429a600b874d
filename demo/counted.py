"""What the main job has landed, and what it counted on its way. Counts nothing itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from demo.sums import Archived, Sum


@dataclass(frozen=True)
class Landed:
    """One file as it was landed."""

    path: Path
    object_code: str
    table: str
    format: str
    source_system: str


@dataclass(frozen=True)
class Size:
    """Bytes in PostgreSQL, indexes included, and files and bytes in the lake."""

    postgres_bytes: int
    lake_files: int
    lake_bytes: int


@dataclass
class Counted:
    """What was counted along the way, because later it is no longer there to be counted."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    last_raw_seq: dict[str, int] = field(default_factory=dict)
    archived: list[Archived] = field(default_factory=list)
    marts: list[dict[str, object]] = field(default_factory=list)
    sizes: list[Size] = field(default_factory=list)
    answers: list[Sum] = field(default_factory=list)
