"""Whether a text fits a pattern as a whole, by Python's own engine; where the engines may differ, it says so."""

from __future__ import annotations

import re
import warnings

from definitions_to_dbt.selftest.verdicts import UnjudgedError

_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": " \\t\\n\\r\\f\\v",
    "upper": "A-Z", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_DEPENDS_ON_THE_LOCALE = re.compile(r"\\[wWsSdD]|\[:")


def fits(text: str, regex: str) -> bool:
    """True where the whole text fits. Raises UnjudgedError beyond ASCII, where classes depend on the server."""
    if not text.isascii() and _DEPENDS_ON_THE_LOCALE.search(regex):
        raise UnjudgedError("a class of characters, asked of a text beyond ASCII")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.fullmatch(_in_python(regex), text, re.DOTALL | re.ASCII) is not None


def _in_python(regex: str) -> str:
    return re.sub(r"\[:([a-z]+):\]", lambda found: _CLASSES[found[1]], regex)
