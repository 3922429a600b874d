"""`archive-jobs erase` and `archive-jobs keys`: people's data, and the keys it is sealed under."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.options import AUDITOR, OPERATOR, AsJson, Definitions, ForClient, Url, settings_of
from archive_jobs.times import parse_interval
from definitions_to_dbt.errors import ProblemError

app = typer.Typer(rich_markup_mode="rich")
keys = typer.Typer(help="The keys that payloads are sealed under.", no_args_is_help=True, rich_markup_mode="rich")
app.add_typer(keys, name="keys", rich_help_panel=OPERATOR)
_DEFAULT = Path("definitions")


@app.command(rich_help_panel=AUDITOR)
def erase(
    subject: Annotated[
        str | None, typer.Option("--subject", help="Whose data; - reads it from stdin, where no process list shows it.")
    ] = None,
    object: Annotated[str | None, typer.Option("--object", help="Whose name it is, where that is not clear.")] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="The number of the request. It is kept: no name may stand in it.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Erase whoever was erased and has come back; finish what was begun.")
    ] = False,
    unknown: Annotated[
        bool,
        typer.Option("--unknown", help="Records of --object of which nobody can tell whose they are."),
    ] = False,
    start: Annotated[str | None, typer.Option("--start", help="With --unknown: landed from then on.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="With --unknown: landed until then, included.")] = None,
    lift: Annotated[
        bool, typer.Option("--lift", help="Let an erased subject be a customer again. What was erased stays erased.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Really erase. It cannot be undone.")] = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Erase a person: rows in Layers 2 and 3, archived rows, and the keys of
    what is sealed.

    Touches every object whose subject_column names the same people. A legal
    hold is in the way. Prints a certificate without personal data, which also
    stands in the lake. Without --yes it only shows what is there. Exit
    status: 0 done or shown, 1 something remains that the certificate names, 2
    refused.

    Example: archive-jobs erase --object CUSTOMER --subject - --reason DSR-17
    --yes
    """
    from archive_jobs.commands import privacy as commands

    settings = settings_of(archive_url, client=client)
    if [again, unknown, subject is not None].count(True) != 1 or (lift and subject is None):
        raise ProblemError("expected one of --subject, --again and --unknown", hint="Nothing was changed.")
    if again or unknown:
        if again:
            count, certificates = commands.erase_again(settings, definitions, yes=yes, say=_say)
        else:
            interval = parse_interval(start, end)
            print(f"interval: {interval}", file=sys.stderr)
            count, certificates = commands.erase_unknown(
                settings, definitions, object, interval, reason, yes=yes, say=_say
            )
        what = "subjects to erase again" if again else "units with records of nobody"
        show.print_json(certificates) if as_json and yes else print(f"{count} {what}")
        if not yes:
            print("Nothing was changed; add --yes to erase.", file=sys.stderr)
        return
    value = sys.stdin.readline().rstrip("\n") if subject == "-" else str(subject)
    if lift:
        if yes:
            commands.lift_erasure(settings, definitions, value, object)
        print("lifted" if yes else "Nothing was changed; add --yes to lift.", file=sys.stderr)
        return
    if not yes:
        found = commands.look_for_subject(settings, definitions, value, object)
        _show_found(found.as_json(), as_json=as_json)
        print("Nothing was changed; add --yes to erase.", file=sys.stderr)
        return
    certificate = commands.erase_subject(settings, definitions, value, object, reason, _say)
    show.print_json(certificate)
    if certificate["remains"]:
        raise typer.Exit(1)


def _show_found(found: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        show.print_json(found)
        return
    table = show.table("what", "where", ">rows")
    for what in ("hot_rows", "cold_rows", "sealed_records"):
        counts = found[what]
        for where, count in counts.items() if isinstance(counts, dict) else ():
            table.add_row(what.replace("_", " "), where, f"{count:,}")
    table.add_row("keys", "", f"{found['keys']:,}")
    show.print_table(table)
    for hold in found["holds"] if isinstance(found["holds"], list) else ():
        print(f"in the way: {hold}")


def _say(what: str) -> None:
    print(f"erasing: {what}", file=sys.stderr)


@keys.command("new", rich_help_panel=OPERATOR)
def new() -> None:
    """Print a fresh master key for ARCHIVE_MASTER_KEY.

    Changes nothing; nobody can print it again. Exit status: 0 printed.

    Example: archive-jobs keys new > /run/secrets/archive_master_key
    """
    from archive_jobs.privacy.master_key import new_master_key

    print(new_master_key())


@keys.command("check", rich_help_panel=OPERATOR)
def check(
    mend: Annotated[bool, typer.Option("--mend", help="Copy what only one place holds to the other.")] = False,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """See that catalogue and key store hold the same keys, and that all open.

    With --mend writes what is missing in either; a destroyed key stays
    destroyed, as the certificates in the lake say. Run it after a backup was
    put back or the catalogue was rebuilt, then `erase --again --yes`.
    Exit status: 0 the same, 1 they differ, 2 no master key or no server.

    Example: archive-jobs keys check
    """
    from archive_jobs.commands.privacy import check_keys

    found = check_keys(settings_of(archive_url), mend=mend)
    if as_json:
        show.print_json({"keys": found.keys, "mended": found.mended, "faults": found.faults})
    else:
        print("\n".join([*found.faults, f"{found.keys:,} keys, {found.mended:,} mended, {len(found.faults)} faults"]))
    if found.faults:
        raise typer.Exit(1)


@keys.command("rotate", rich_help_panel=OPERATOR)
def rotate(
    yes: Annotated[bool, typer.Option("--yes", help="Really wrap them.")] = False,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Wrap every key by a new master key, in both places.

    Expects the new one in ARCHIVE_MASTER_KEY, the one it replaces in
    ARCHIVE_PREVIOUS_MASTER_KEY. Payloads stay as they are. Safe to repeat.
    Exit status: 0 done or shown, 2 refused.

    Example: archive-jobs keys rotate --yes
    """
    from archive_jobs.commands.privacy import rotate_keys

    done = rotate_keys(settings_of(archive_url), yes=yes)
    if as_json:
        show.print_json({"master_key_id": done.new, "rewrapped": done.rewrapped, "waiting": done.waiting})
    else:
        print(f"{done.rewrapped:,} keys wrapped by {done.new}, {done.waiting:,} waiting")
    if not yes:
        print("Nothing was changed; add --yes to rotate.", file=sys.stderr)
