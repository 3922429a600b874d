"""Entry point of `archive-jobs`: Ctrl-C while Python still reads what the commands are made of ends it in silence."""

from __future__ import annotations

import signal


def main() -> None:
    """Nothing is begun yet, so nothing has to be said; a command that begins hears Ctrl-C itself."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from archive_jobs.cli import main as command_line

    command_line()
