"""`archive-jobs policies`: what ages when, who said so, and how it is changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.options import OPERATOR, AsJson, Definitions, ForClient, KindOption, Objects, settings_of
from definitions_to_dbt.errors import ProblemError

if TYPE_CHECKING:
    from archive_jobs.planning.policy_changes import PolicyChange

app = typer.Typer(
    help="What ages when, who said so, and how it is changed.", no_args_is_help=True, rich_markup_mode="rich"
)
_DEFAULT = Path("definitions")
Yes = Annotated[bool, typer.Option("--yes", help="Really write it; without, it is only shown.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; kept with the version.")]
Table = Annotated[str, typer.Argument(help="Table name or object code; * for the layers' defaults.")]


@app.command("list", rich_help_panel=OPERATOR)
def list_policies(definitions: Definitions = _DEFAULT, client: ForClient = None, as_json: AsJson = False) -> None:
    """Show what each table ages by, the defaults of the layers first.

    Reads PostgreSQL; changes nothing. Exit status: 0 shown, 2 no server.

    Example: archive-jobs policies list
    """
    from archive_jobs.commands.policies import standing_policies

    found = standing_policies(settings_of(None, client=client), definitions, None, None)
    if as_json:
        return show.print_json([one.as_json() for one in found])
    table = show.table("table", "kind", "retention", "archive after", "kept", "drop", "format", "by", ">version", "")
    for one in found:
        policy, version = one.found.policy, one.found.version
        spans = (policy.retention, policy.archive_after, policy.archive_retention) if policy else (None,) * 3
        words = [span.written if span else "-" for span in spans]
        rest = [policy.drop.replace("_", " "), policy.format] if policy else ["-", "-"]
        number = str(version.version) if version else "not yet"
        table.add_row(
            one.table_name, one.kind, *words, *rest, one.found.origin, number,
            "definitions differ" if one.found.differs else "",
        )  # fmt: skip
    show.print_table(table)
    return None


@app.command("show", rich_help_panel=OPERATOR)
def show_policy(
    table: Table,
    type: KindOption = None,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
) -> None:
    """Print a table's policies in force as JSON: what, since when, by whom and
    why.

    Reads PostgreSQL; changes nothing. Exit status: 0 shown, 2 bad input or no
    server.

    Example: archive-jobs policies show orders --type analytics
    """
    from archive_jobs.commands.policies import standing_policies

    name = None if table == "*" else table
    found = standing_policies(settings_of(None, client=client), definitions, name, type)
    show.print_json([one.as_json() for one in found if name or one.table_name == "*"])


@app.command(rich_help_panel=OPERATOR)
def diff(
    objects: Objects = None, definitions: Definitions = _DEFAULT, client: ForClient = None, as_json: AsJson = False
) -> None:
    """Show where the definitions propose another policy than the one in force.

    Reads PostgreSQL; changes nothing. Exit status: 0 the same, 1 they differ,
    2 bad input or no server.

    Example: archive-jobs policies diff --object ORDER
    """
    from archive_jobs.commands.policies import changes_by_definitions

    proposed = changes_by_definitions(settings_of(None, client=client), definitions, objects or ())
    # What no run has seen yet is as proposed: nothing differs.
    found = [change for change in proposed if change.old is not None]
    _show_changes(found, as_json=as_json)
    if fresh := len(proposed) - len(found):
        print(f"{fresh} policies no run has met yet: it writes down what the definitions propose.", file=sys.stderr)
    if found:
        raise typer.Exit(1)


@app.command(rich_help_panel=OPERATOR)
def apply(
    objects: Objects = None,
    reason: Reason = None,
    yes: Yes = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    as_json: AsJson = False,
) -> None:
    """Take over what the definitions propose, as a new version.

    Touches archive_catalog.policies; moves no rows. Exit status: 0 done or
    shown, 2 bad input or refused.

    Example: archive-jobs policies apply --object ORDER --reason "audit 2026"
    --yes
    """
    from archive_jobs.commands.policies import changes_by_definitions

    found = changes_by_definitions(settings_of(None, client=client), definitions, objects or ())
    _show_and_write(found, reason, yes=yes, as_json=as_json)


@app.command("set", rich_help_panel=OPERATOR)
def set_(
    policy: Annotated[str, typer.Argument(help="JSON, a file of it, or - for stdin: a policy or a list of them.")],
    reason: Reason = None,
    yes: Yes = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    as_json: AsJson = False,
) -> None:
    """Set a policy at run time, in any of the words that policies are written
    in.

    One that names a table is the table's own, one that does not is the default
    of its layer. Touches archive_catalog.policies; moves no rows. Exit status:
    0 done or shown, 2 bad input or refused.

    Example: archive-jobs policies set '{"table_name": "orders",
    "retention_days": 90}' --reason "storage" --yes
    """
    from archive_jobs.commands.policies import changes_by_literals

    text, where = _literal(policy)
    found = changes_by_literals(settings_of(None, client=client), definitions, text, where)
    _show_and_write(found, reason, yes=yes, as_json=as_json)


@app.command(rich_help_panel=OPERATOR)
def history(
    table: Table,
    type: KindOption = None,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    as_json: AsJson = False,
) -> None:
    """Show every version of a table's policy, who wrote it, when and why.

    Reads PostgreSQL; changes nothing. Exit status: 0 shown, 2 bad input or no
    server.

    Example: archive-jobs policies history orders --json
    """
    from archive_jobs.commands.policies import policy_history

    found = policy_history(settings_of(None, client=client), definitions, table, type)
    if as_json:
        return show.print_json([version.as_json() for version in found])
    if not found:
        print("No policy was ever written down for it; the first run does.")
    for one in found:
        because = f": {one.reason}" if one.reason else ""
        print(f"{one.kind} version {one.version}, {one.created_at:%Y-%m-%d %H:%M} by {one.created_by}"
              f" ({one.proposed_by}){because}")  # fmt: skip
        print(f"    {json.dumps(one.as_json()['policy'])}")
    return None


def _literal(given: str) -> tuple[str, str]:
    """The text of a policy and how messages call it."""
    if given == "-":
        return sys.stdin.read(), "stdin"
    if given.lstrip()[:1] in ("{", "["):
        return given, "the policy"
    try:
        return Path(given).read_text(), given
    except OSError as error:
        raise ProblemError(
            f"{given}: expected a policy as JSON or a file that holds one; the file cannot be read: {error.strerror}"
        ) from None


def _show_and_write(found: Sequence[PolicyChange], reason: str | None, *, yes: bool, as_json: bool) -> None:
    from archive_jobs.commands.policies import write_policies

    if yes and found:
        write_policies(settings_of(None), found, reason)
    _show_changes(found, as_json=as_json)
    if found:
        done = "Written; the next run obeys it." if yes else "Nothing was changed; add --yes to write it."
        print(done, file=sys.stderr)


def _show_changes(found: Sequence[PolicyChange], *, as_json: bool) -> None:
    from archive_jobs.planning.policy_table import changes

    if as_json:
        return show.print_json([change.as_json() for change in found])
    if not found:
        print("What is in force is what is wanted.")
    for change in found:
        print(f"{change.name}:{'' if change.new else ' back to the default of its layer'}")
        for name, old, new in changes(change.old, change.new) if change.new else ():
            print(f"    {name}: {'-' if old is None else old} -> {'-' if new is None else new}")
    return None
