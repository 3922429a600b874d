"""Whom the embedded PostgreSQL runs as, and which folders that user can enter.

PostgreSQL refuses to run as root. Root therefore starts it as `nobody`, and nobody's home is opened to
others for that: what `nobody` cannot reach is put where it can.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from pathlib import Path
from typing import TypedDict

from definitions_to_dbt.errors import ProblemError


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess.Popen` that choose a user; empty to stay the same."""

    user: int
    group: int
    extra_groups: list[int]


def server_user() -> RunAs:
    """Return how to start a process as the server's user. Raises ProblemError where there is none."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as missing:
        raise ProblemError(
            "PostgreSQL refuses to run as root, and there is no user `nobody` to run it as",
            hint="Nothing was started. Run the command as an ordinary user.",
        ) from missing
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def give_to_server_user(path: Path) -> None:
    """Make the server's user the owner of a file or folder."""
    run_as = server_user()
    if run_as:
        os.chown(path, run_as["user"], run_as["group"])


def can_be_entered(folder: Path) -> bool:
    """Say whether the server's user can reach the folder and read it. Asked as that user, so that all rules count."""
    question = ["/bin/sh", "-c", 'test -x "$1" && test -r "$1"', "sh", str(folder)]
    return subprocess.run(question, check=False, cwd="/", **server_user()).returncode == 0


def make_reachable(folder: Path) -> Path:
    """Make the folder, or take an empty one, give it to the server's user, and return its real path.

    Where that user cannot reach it (a clone in /root), the folder becomes a link to one in /var/tmp.
    """
    if folder.is_symlink() and not folder.exists():
        folder.unlink()  # /var/tmp has been cleaned since
    folder = folder.resolve()
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    is_empty = not any(folder.iterdir())
    if is_empty:
        give_to_server_user(folder)
    if can_be_entered(folder):
        return folder
    if not is_empty:
        raise ProblemError(
            f"{folder} is not empty and the user who runs PostgreSQL cannot enter it",
            hint="Nothing was changed. Choose another folder, or remove that one.",
        )
    elsewhere = Path(tempfile.mkdtemp(prefix="embedded-postgres-", dir="/var/tmp"))
    give_to_server_user(elsewhere)
    folder.rmdir()
    folder.symlink_to(elsewhere)
    return elsewhere
