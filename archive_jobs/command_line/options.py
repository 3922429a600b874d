"""Options that several commands of `archive-jobs` share, and the settings they make."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from archive_jobs.settings import ArchiveSettings
from landing.settings import checked_settings

OPERATOR, ANALYST, AUDITOR = "For the operator", "For the analyst", "For the auditor"

Definitions = Annotated[Path, typer.Option("--definitions", help="The folder of definitions, which hold the policies.")]
Objects = Annotated[
    list[str] | None, typer.Option("--object", help="Only this object (code or table name); repeatable.")
]
KindOption = Annotated[Literal["analytics", "source"] | None, typer.Option("--type", help="Only this kind of archive.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="Decide what is old by its time column as if it were this time (UTC)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Url = Annotated[str | None, typer.Option("--archive-url", help="The lake; default: ARCHIVE_URL, else .local/lake.")]
ForClient = Annotated[
    str | None,
    typer.Option(
        "--client", metavar="CODE", help="Whose overrides hold, as in `generate`; default: DEFINITIONS_CLIENT."
    ),
]


def settings_of(url: str | None, **given: Any) -> ArchiveSettings:
    """The settings under the flags; a flag that is None counts as not given."""
    return checked_settings(ArchiveSettings, archive_url=url or None, **given)
