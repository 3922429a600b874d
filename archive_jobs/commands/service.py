"""What `archive-jobs tokens` does, without its words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from archive_jobs.catalogue import catalogue_exists, ensure_catalogue
from archive_jobs.database import session
from archive_jobs.planning.preflight import require_primary
from archive_jobs.serving.audit import audit_faults, audit_head
from archive_jobs.serving.tokens import Token, create_token, list_tokens, revoke_token
from archive_jobs.settings import ArchiveSettings
from landing.settings import checked_settings


def new_token(
    name: str, scopes: Sequence[str], tenant: str | None, lives: timedelta, owner: str | None = None
) -> tuple[Token, str]:
    """Make a token; its text is never seen again."""
    settings = checked_settings(ArchiveSettings)
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        return create_token(connection, settings.analytics_schema, name, scopes, tenant, lives, owner)


def all_tokens() -> list[Token]:
    """Every token there was."""
    settings = checked_settings(ArchiveSettings)
    with session(settings, read_only=True) as connection:
        return list_tokens(connection, settings.analytics_schema) if catalogue_exists(connection) else []


def end_token(token_id: str) -> Token:
    """Refuse a token from now on."""
    settings = checked_settings(ArchiveSettings)
    with session(settings) as connection:
        require_primary(connection)
        ensure_catalogue(connection)
        return revoke_token(connection, settings.analytics_schema, token_id)


def check_audit() -> tuple[list[str], tuple[int, str]]:
    """What is wrong with the chain of changes, and its head."""
    settings = checked_settings(ArchiveSettings)
    with session(settings, read_only=True) as connection:
        if not catalogue_exists(connection):
            return [], (0, "")
        return audit_faults(connection, settings.analytics_schema), audit_head(connection, settings.analytics_schema)
