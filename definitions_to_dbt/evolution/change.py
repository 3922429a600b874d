"""One change between two states of the definitions: its class, its action, and who can still read whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ChangeClass = Literal["breaking", "meaning", "rename", "widening", "additive", "quality", "policy", "documentation"]
CLASSES: dict[ChangeClass, str] = {
    "breaking": "readers, senders or rows that are there do not fit any more",
    "meaning": "new rows say something else than old ones until those are read again",
    "rename": "the same rows under another name",
    "widening": "every value that is there is one of the new type",
    "additive": "something new beside what is there",
    "quality": "other records are rejected or flagged",
    "policy": "rows are kept, archived, stored or shown in another way",
    "documentation": "words only",
}
Word = Literal["FULL", "BACKWARD", "FORWARD", "NONE"]


@dataclass(frozen=True)
class Change:
    """`backward`: today's definition reads records written for the old one. `forward`: the other way round."""

    object: str
    at: str
    what: str
    change_class: ChangeClass
    action: str
    backward: bool = True
    forward: bool = True

    def as_json(self) -> dict[str, str | bool]:
        """The change as plain values."""
        return {
            "object": self.object, "at": self.at, "change": self.what, "class": self.change_class,
            "action": self.action, "backward": self.backward, "forward": self.forward,
        }  # fmt: skip


def word_of(changes: list[Change]) -> Word:
    """The word of a schema registry for the changes of one object."""
    backward, forward = all(change.backward for change in changes), all(change.forward for change in changes)
    if backward:
        return "FULL" if forward else "BACKWARD"
    return "FORWARD" if forward else "NONE"
