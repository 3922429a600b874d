"""The settings that all commands on the platform share: flags over environment over `.env` over default.

How to reach PostgreSQL is not among them: libpq reads its own variables (PGHOST, PGPORT, …).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from definitions_to_dbt.errors import ProblemError

SettingsT = TypeVar("SettingsT", bound=BaseSettings)
SchemaName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]


class PlatformSettings(BaseSettings):
    """Which schema holds the platform, and which folder its definitions."""

    model_config = SettingsConfigDict(frozen=True, env_file=".env", extra="ignore", env_ignore_empty=True)

    analytics_schema: SchemaName = "analytics_service"
    definitions: Path = Field(Path("definitions"), validation_alias="DEFINITIONS")


def read_settings(**flags: Any) -> PlatformSettings:
    """Return the settings; a flag that is None counts as not given. Raises ProblemError for a value that is wrong."""
    return checked_settings(PlatformSettings, **flags)


def checked_settings(kind: type[SettingsT], **flags: Any) -> SettingsT:
    """Return a package's settings from flags and environment. Raises ProblemError that names the wrong ones."""
    try:
        return kind(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        faults = "; ".join(f"{_variable(kind, fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise ProblemError(
            f"a setting is wrong: {faults}",
            hint="Nothing was changed. Correct the flag or the variable of that name.",
        ) from None


def _variable(kind: type[BaseSettings], place: tuple[int | str, ...]) -> str:
    """The environment variable of a setting, by whatever name the setting was given."""
    name = str(place[0]) if place else ""
    alias = kind.model_fields[name].validation_alias if name in kind.model_fields else name
    return str(alias.choices[0] if isinstance(alias, AliasChoices) else alias or name).upper()
