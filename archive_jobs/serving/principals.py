"""Who asks, and what they may: a token's scopes and its tenant."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from archive_jobs.serving.problems import forbidden

Scope = Literal["retrieve", "pii", "archive", "policies", "holds", "status"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
# Units hold the rows of every tenant, and policies, holds and jobs of archiving are about units.
ONLY_WITHOUT_TENANT: frozenset[str] = frozenset(("archive", "policies", "holds"))


@dataclass(frozen=True)
class Principal:
    """A token that was found to be valid. No tenant means that it sees every tenant."""

    name: str
    scopes: frozenset[str]
    tenant: str | None
    # Who holds it, where that is known: the same person may have more than one.
    person: str | None = None

    def is_same_person(self, other: str) -> bool:
        """True where the other one is this one, however it is written."""
        return self.person is not None and self.person.strip().casefold() == other.strip().casefold()

    def require(self, scope: Scope) -> None:
        """Raise ApiError where the token was not given the scope."""
        if scope not in self.scopes:
            raise forbidden(f"the token has no scope {scope}")

    @property
    def said(self) -> str:
        """How the log calls the caller: the subject of somebody else's token may be a person's address."""
        if self.name.startswith("token "):
            return self.name
        return f"subject {hashlib.sha256(self.name.encode()).hexdigest()[:12]}"

    @property
    def share(self) -> str:
        """Whose limits a request counts against: those of its tenant."""
        return "all" if self.tenant is None else f"tenant {self.tenant}"


def fault_of(scopes: Iterable[str], tenant: str | None) -> str | None:
    """Why no token can have these scopes; None where one can."""
    given = set(scopes)
    if unknown := given - set(SCOPES):
        return f"unknown scopes {', '.join(sorted(unknown))}; known: {', '.join(SCOPES)}"
    if not given:
        return f"no scope; known: {', '.join(SCOPES)}"
    if tenant is not None and (refused := given & ONLY_WITHOUT_TENANT):
        return f"the scopes {', '.join(sorted(refused))} are for tokens of no tenant: units hold rows of every tenant"
    return None
