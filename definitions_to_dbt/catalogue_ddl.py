"""DDL of the schema archive_catalog, which brings up a catalogue that stands. Runs nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from definitions_to_dbt.templating import template

# Tables first: the views read them.
_PARTS = {
    "tables": "archive_catalog.sql",
    "note_event": "archive_catalog_note_event.sql",
    "subjects": "archive_catalog_subjects.sql",
    "recalls": "archive_catalog_recalls.sql",
    "readable_files": "archive_catalog_readable_files.sql",
    "revisions": "archive_catalog_revisions.sql",
    "service": "archive_catalog_service.sql",
}


@dataclass(frozen=True)
class CataloguePart:
    """A part of the catalogue that is run again when its text has changed."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """How a catalogue notes that it has seen this text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@cache
def catalogue_parts() -> tuple[CataloguePart, ...]:
    """The parts as this version of the tool knows them."""
    return tuple(CataloguePart(name, template(file).render()) for name, file in _PARTS.items())


def catalogue_ddl() -> str:
    """The archive's catalogue, so that history can be built before anything was archived."""
    return template("archive_catalog_install.sql").render(parts=catalogue_parts())
