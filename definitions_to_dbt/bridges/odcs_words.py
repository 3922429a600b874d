"""Words that import from and export to the open data contract standard share."""

from __future__ import annotations

VERSIONS = ("v3.0", "v3.1")
# The custom property under which an export keeps what the standard has no words for.
DEFINITION = "definition"
