"""What every part of a definition is made of: names, texts, plain values, and the faults a part finds in itself."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import cache
from typing import Annotated, NamedTuple, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Strict, StringConstraints
from pydantic_core import PydanticCustomError

from definitions_to_dbt.sql import RESERVED

T = TypeVar("T")

IDENTIFIER = r"^[a-z_][a-z0-9_]{0,62}$"
CODE = r"^[A-Z][A-Z0-9_]{0,62}$"
MAX_TEXT = 10_000
MAX_PLAIN = 500

_SCRIPT = re.compile(r"(?:java|vb)script:", re.IGNORECASE)
_DATA_LINK = re.compile(r"(?:\]\(<?|\]:<?|<|(?:href|src)=[\"']?)data:", re.IGNORECASE)
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]+")
_JINJA = re.compile(r"\{[{%#]|env_var\s*\(")
_SECRET = re.compile(
    r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@"  # a URL with a password
    r"|(?:password|passwd|pwd|accountkey|sharedaccesskey|secret(?:_?key)?|sig)\s*=\s*\S"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bAKIA[0-9A-Z]{16}\b",
    re.IGNORECASE,
)


class Fault(NamedTuple):
    """Something wrong inside a part: where (a JSON pointer below the part), which kind, what was expected."""

    at: str
    code: str
    message: str


def raise_faults(faults: Iterable[Fault]) -> None:
    """Raise one pydantic error that carries every fault, so that one run shows them all."""
    found = list(faults)
    if found:
        raise PydanticCustomError("faults", "{first}", {"first": found[0].message, "faults": found})


def _has_no_script(text: str) -> str:
    """Refuse links that run code in whoever reads the docs site; browsers skip spaces and entities inside them."""
    if ":" not in text and "&" not in text:
        return text
    bare = _UNSEEN.sub("", html.unescape(text))
    if found := _SCRIPT.search(bare) or _DATA_LINK.search(bare):
        raise PydanticCustomError("E_URL", "a link may not begin with {scheme}", {"scheme": found.group()})
    return text


@cache  # types, units and systems are the same few words in every file
def _is_plain(value: str) -> str:
    """Refuse Jinja and credentials in a value that is no free text: it would reach a config, a path or a log."""
    if _JINJA.search(value):
        raise PydanticCustomError("E_SECRET", "Jinja and env_var() are not allowed in a value that is no free text")
    if _SECRET.search(value):
        raise PydanticCustomError("E_SECRET", "this looks like a credential; definitions hold none")
    return value


def _is_a_role(name: str) -> str:
    """Refuse what GRANT reads as something else than a role that somebody has made."""
    if name in RESERVED or name in ("none", "public") or name.startswith("pg_"):
        raise PydanticCustomError("E_RESERVED", "{name} is reserved by PostgreSQL: no role to grant to", {"name": name})
    return name


Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
Code = Annotated[str, StringConstraints(pattern=CODE)]
ColumnOf = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$")]
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Role = Annotated[str, StringConstraints(pattern=IDENTIFIER), AfterValidator(_is_a_role)]
# Free text is carried as it was written, whatever it holds; a plain value reaches SQL, paths or settings.
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(_has_no_script)]
Plain = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PLAIN), AfterValidator(_is_plain)]
# A JSON list may stand for a tuple; what is in it stays strict.
Many = Annotated[tuple[T, ...], Strict(False)]


class Part(BaseModel):
    """What all parts of a definition share: unknown keys are refused, values are never converted, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def __copy__(self) -> Self:
        """A copy forgets what was worked out from the fields: it may be about to get others."""
        copied = super().__copy__()
        for name in set(copied.__dict__) - set(type(self).model_fields):
            del copied.__dict__[name]
        return copied
