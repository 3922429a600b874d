"""The commands that decide what the archive keeps: put a range back, hold, expire."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.options import (
    AUDITOR,
    OPERATOR,
    AsJson,
    Definitions,
    ForClient,
    KindOption,
    Objects,
    Url,
    settings_of,
)
from archive_jobs.command_line.progress import progress
from archive_jobs.times import parse_interval, parse_time

app = typer.Typer(rich_markup_mode="rich")
_DEFAULT = Path("definitions")
Table = Annotated[str, typer.Argument(help="Table name or object code.")]


@app.command(rich_help_panel=OPERATOR)
def restore(
    table: Table,
    type: Annotated[Literal["analytics", "source"], typer.Option("--type", help="Which archive.")] = "analytics",
    start: Annotated[str | None, typer.Option("--start", help="First time, included.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="Last time, included; a date means its whole day.")] = None,
    keep_until: Annotated[
        str | None, typer.Option("--keep-until", help="Until when the rows stay in PostgreSQL; default: 30 days.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really put the rows back.")] = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Put an archived range back into PostgreSQL, exactly as it was.

    Rounds outward to whole units and says so. Inserts rows, and changes the
    catalogue; the files stay. `run` leaves the rows alone until --keep-until.
    Without --yes it only shows what would come back. Exit status: 0 done, 1 a
    unit stayed cold, 2 refused.

    Example: archive-jobs restore orders --start 2024-01-01 --end 2024-01-31
    --yes
    """
    from archive_jobs.commands.keeping import restore_range

    interval, until = parse_interval(start, end), parse_time(keep_until) if keep_until else None
    settings = settings_of(archive_url, client=client)
    if yes:
        with progress() as report:
            found = restore_range(settings, definitions, table, type, interval, until, report)
    else:
        found = restore_range(settings, definitions, table, type, interval, until, None)
    if as_json:
        show.print_json(found.as_json())
    elif not found.units:
        print(f"Nothing of {found.table.name} in {interval} is archived.")
    else:
        rows = found.rows if yes else sum(unit.rows for unit in found.units)
        print(f"{found.table.name}: asked for {interval}; whole units reach over {found.interval}")
        print(f"{len(found.units)} units, {rows:,} rows {'restored' if yes else 'would come back'}", end="")
        print(f", kept until {found.keep_until.isoformat()}")
        if found.lost:
            print(f"{found.lost:,} rows stay cold: newer versions of them are in the table, or archived elsewhere")
        for reason in found.kept_cold:
            print(f"kept cold: {reason}")
    if not yes:
        print("Nothing was changed; add --yes to restore.", file=sys.stderr)
    if found.kept_cold:
        raise typer.Exit(1)


@app.command(rich_help_panel=OPERATOR)
def expire(
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    object: Objects = None,
    type: KindOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really purge what is due.")] = False,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Purge archived units whose archive_retention is over, in two phases.

    First a unit stops counting; a grace later (ARCHIVE_JOBS_PURGE_GRACE, 7
    days) the next `expire` deletes its files. What was purged stays written
    in the catalogue and the lake. Nothing goes before the legal minimum, nor
    under a hold. Without --yes it only shows what is due. Exit status: 0
    done, 2 refused.

    Example: archive-jobs expire --yes
    """
    from archive_jobs.commands.keeping import expire_units

    found = expire_units(settings_of(archive_url, client=client), definitions, object, type, really=yes)
    if as_json:
        return show.print_json([one.as_json() for one in found])
    table = show.table("table", "kind", ">due", ">waiting", ">begun", ">purged", ">bytes freed")
    told = [one for one in found if one.due or one.waiting or one.begun or one.purged]
    for one in told:
        numbers = (len(one.due), len(one.waiting), one.begun, one.purged, one.bytes)
        table.add_row(one.table.table_name, one.table.kind, *(f"{number:,}" for number in numbers))
    if told:
        show.print_table(table)
    else:
        print(f"Nothing of {len(found)} archives is due.")
    for one in found:
        for reason in one.held:
            print(f"kept: {reason}")
    if not yes:
        print("Nothing was changed; add --yes to purge.", file=sys.stderr)
    return None


hold = typer.Typer(help="Keep rows from being purged, erased or dropped.", no_args_is_help=True)
app.add_typer(hold, name="hold", rich_help_panel=AUDITOR, help="Keep rows from being purged, erased or dropped.")


def _say(what: str) -> None:
    print(what, file=sys.stderr)


@hold.command("place")
def place(
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in every refusal.")],
    table: Annotated[str | None, typer.Option("--table", help="Table name or object code; default: all.")] = None,
    type: KindOption = None,
    start: Annotated[str | None, typer.Option("--start", help="First time, included.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="Last time, included; a date means its whole day.")] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="Only this person; kept as a digest.")] = None,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    as_json: AsJson = False,
) -> None:
    """Place a legal hold on a table, a range, or a person.

    Writes the catalogue and the lake. From now on nothing it binds is purged,
    erased or dropped. Exit status: 0 placed, 2 refused.

    Example: archive-jobs hold place --table orders --start 2024-01-01 --end
    2024-03-31 --reason "case 12/24"
    """
    from archive_jobs.commands.keeping import place_hold

    interval = parse_interval(start, end)
    placed = place_hold(settings_of(None, client=client), definitions, table, type, interval, subject, reason, _say)
    show.print_json(placed.as_json()) if as_json else print(f"placed {placed.name}")


@hold.command("release")
def release(hold_id: Annotated[UUID, typer.Argument(help="As `hold list` shows it.")], as_json: AsJson = False) -> None:
    """Release a hold. Who released it and when stays written.

    Writes the catalogue and the lake. Exit status: 0 released, 2 refused.

    Example: archive-jobs hold release 3f0c8a34-1111-4b5e-9d9a-0c5b7a0f6a11
    """
    from archive_jobs.commands.keeping import release_hold

    released = release_hold(settings_of(None), hold_id, _say)
    show.print_json(released.as_json()) if as_json else print(f"released {released.name}")


@hold.command("list")
def list_holds(
    released: Annotated[bool, typer.Option("--released", help="Also those that were released.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the holds in force.

    Reads the catalogue; changes nothing. Exit status: 0 shown, 2 no server.

    Example: archive-jobs hold list
    """
    from archive_jobs.commands.keeping import list_holds

    found = list_holds(settings_of(None), released=released)
    if as_json:
        return show.print_json([one.as_json() for one in found])
    table = show.table("hold", "table", "kind", "from", "until", "person", "reason", "placed", "released")
    for one in found:
        times = [str(t)[:19] if t else "-" for t in (one.lo, one.hi, one.placed_at, one.released_at)]
        bound = [one.table or "all", one.kind or "both", *times[:2], (one.subject_digest or "-")[:12]]
        table.add_row(str(one.hold_id), *bound, one.reason, *times[2:])
    show.print_table(table)
    return None
