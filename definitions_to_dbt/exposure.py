"""What stands behind the platform and reads it: dashboards, reports, models. Declared in the module they belong to."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from definitions_to_dbt.parts import Fault, Identifier, Many, Part, Plain, Text, raise_faults

# Words in a link by which whoever holds it would be let in.
_KEYS = re.compile(
    r"token|secret|passw|pwd|api_?key|access_?key|signature|^sig$|^code$|credential|^auth", re.IGNORECASE
)


def _is_a_link(url: str) -> str:
    """Only what a browser opens on the web, and nothing that lets a reader of the docs site in."""
    if re.search(r"[\s\\<>\"'`]", url) or not url.isascii():
        raise PydanticCustomError("E_URL", "expected a link without spaces, quotes and backslashes")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        raise PydanticCustomError("E_URL", "expected a link that begins with https:// or http:// and a host")
    if parts.username is not None or parts.password is not None:
        raise PydanticCustomError("E_SECRET", "a link may not hold a user or a password")
    named = [name for part in (parts.query, parts.fragment) for name, _ in parse_qsl(part, keep_blank_values=True)]
    if found := next((name for name in named if _KEYS.search(name)), None):
        raise PydanticCustomError("E_SECRET", "a link may not hold a credential such as {name}", {"name": found})
    return url


Url = Annotated[Plain, AfterValidator(_is_a_link)]
Email = Annotated[Plain, StringConstraints(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]
# The code of an object or a KPI, or the name of a model.
Dependency = Annotated[str, StringConstraints(pattern=r"^([A-Z][A-Z0-9_]{0,62}|[a-z_][a-z0-9_]{0,62})$")]


class Owner(Part):
    """Who answers for it: a name, an address, or both."""

    name: Text | None = Field(None, min_length=1)
    email: Email | None = None

    @model_validator(mode="after")
    def can_be_asked(self) -> Self:
        """An owner that nobody can find is none."""
        if self.name is None and self.email is None:
            raise_faults([Fault("", "E_REQUIRED", "expected a name, an email, or both")])
        return self


class Exposure(Part):
    """One reader of the platform's data, and what it reads."""

    name: Identifier
    label: Text = Field("", max_length=200)
    type: Literal["dashboard", "report", "ml", "application", "notebook", "analysis"]
    url: Url | None = None
    owner: Owner
    description: Text = ""
    maturity: Literal["high", "medium", "low"] | None = None
    depends_on: Many[Dependency] = Field(min_length=1)
