"""Files in, Layer 3 out: every record of a file exactly as received, each file once, all of it or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landing.load import LoadResult as LoadResult
    from landing.load import load_file as load_file

__all__ = ["LoadResult", "load_file"]


def __getattr__(name: str) -> Any:
    # psycopg and the definitions are half of what `archive-jobs --help` would import, for settings that stand in here.
    if name in __all__:
        from landing import load

        return getattr(load, name)
    raise AttributeError(name)
