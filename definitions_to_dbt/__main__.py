"""Entry point of `definitions-to-dbt`. Answers a generate that has nothing to do before anything heavy is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["generate"]:
        from definitions_to_dbt.unchanged import answer_if_unchanged

        if answer_if_unchanged(sys.argv[2:]):
            return
    from definitions_to_dbt.cli import main as full_command_line

    full_command_line()


if __name__ == "__main__":
    main()
