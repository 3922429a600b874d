"""`archive-jobs recall`, `recalls`, `replay`: archived rows beside the tables, raw records transformed once more."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.options import ANALYST, OPERATOR, AsJson, Definitions, ForClient, Url, settings_of
from archive_jobs.command_line.progress import progress
from archive_jobs.times import parse_interval
from definitions_to_dbt.errors import ProblemError

if TYPE_CHECKING:
    from archive_jobs.replaying.recall import Recalled
    from archive_jobs.replaying.replay import Replayed
    from archive_jobs.replaying.versions_of_a_rule import TwoVersions

app = typer.Typer(rich_markup_mode="rich")
_DEFAULT = Path("definitions")
Table = Annotated[str, typer.Argument(help="Table name or object code.")]


@app.command(rich_help_panel=ANALYST)
def recall(
    table: Table,
    type: Annotated[Literal["analytics", "source"], typer.Option("--type", help="Which archive.")] = "analytics",
    start: Annotated[str | None, typer.Option("--start", help="First time, included.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="Last time, included; a date means its whole day.")] = None,
    ttl: Annotated[str, typer.Option("--ttl", help="How long the copy stays, as 12h or 7d.")] = "7d",
    into: Annotated[
        str | None, typer.Option("--into", metavar="SCHEMA", help="A new schema for it; default: recall_<table>.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really make the copy.")] = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Put a checked copy of archived rows into a PostgreSQL schema of its own.

    For psql and BI tools, under the table's own name: recall_orders.orders,
    and recall_orders_2.orders while that one stands. The rows go on counting in the archive and nowhere
    else; the copy is never archived. `run`, `worker` and `reconcile` drop it
    when its time is over, `erase` drops it when somebody in that table is
    erased. Without --yes it only shows what would come. Exit status: 0 done,
    2 refused.

    Example: archive-jobs recall orders --start 2024-01-01 --end 2024-03-31
    --ttl 7d --yes
    """
    from archive_jobs.commands.replay import recall_range

    interval = parse_interval(start, end)
    _require_name(into)
    settings = settings_of(archive_url, client=client)
    if yes:
        with progress() as report:
            found = recall_range(settings, definitions, table, type, interval, ttl, into, report)
    else:
        found = recall_range(settings, definitions, table, type, interval, ttl, into, None)
    if as_json:
        show.print_json(found.as_json())
    elif not found.units:
        print(f"Nothing of {found.table.name} in {interval} is archived.")
    elif yes:
        print(f"{found.rows:,} rows of {found.asked} stand in {found.target.name}", end="")
        print(f" until {found.expires_at:%Y-%m-%d %H:%M} UTC")
    else:
        upto = sum(unit.rows for unit in found.units)
        print(f"up to {upto:,} rows of {len(found.units)} units would come to {found.target.name}", end="")
        print(f", until {found.expires_at:%Y-%m-%d %H:%M} UTC")
    if found.first_name is not None and found.units and not as_json:
        print(_why_so_named(found))
    if not yes:
        print("Nothing was changed; add --yes to recall.", file=sys.stderr)


def _require_name(into: str | None) -> None:
    """What PostgreSQL would cut short or keep for itself would be another name than the one that is written down."""
    if into is not None and (not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", into) or into.startswith("pg_")):
        raise ProblemError(
            f"expected a schema such as orders_of_2024 (a-z, 0-9 and _, at most 63, not pg_…), found {into!r}",
            hint="Nothing was changed. Give --into another name.",
        )


def _why_so_named(found: Recalled) -> str:
    """A number behind a name is a question: whose is the name without it?"""
    other, asked = found.named_so, found.asked
    if other is None:
        whose = "a schema that is no copy"
    else:
        is_same = (other.kind, other.lo, other.hi) == (found.table.kind, asked.start, asked.end)
        whose = (
            f"a copy of {'the same range' if is_same else 'another range'}, until {other.expires_at:%Y-%m-%d %H:%M} UTC"
        )
    return (
        f"it is called {found.schema} because {found.first_name} is taken, by {whose}; `archive-jobs recalls` lists the"
        " copies, and --into SCHEMA names one"
    )


@app.command(rich_help_panel=ANALYST)
def recalls(
    drop: Annotated[
        str | None, typer.Option("--drop", metavar="SCHEMA", help="Drop this copy now. It counts nowhere.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the recalled copies that stand, or drop one before its time.

    Reads the catalogue; with --drop removes a schema that `recall` has made.
    Exit status: 0 done, 2 refused.

    Example: archive-jobs recalls --drop recall_orders
    """
    from archive_jobs.commands.replay import drop_recalled, list_recalled

    settings = settings_of(None)
    if drop is not None:
        dropped = drop_recalled(settings, drop)
        return show.print_json({"dropped": dropped}) if as_json else print(f"dropped {dropped}")
    found = list_recalled(settings)
    if as_json:
        return show.print_json([copy.as_json() for copy in found])
    shown = show.table("schema", "table", "kind", "from", "until", ">rows", "goes at", "recalled by")
    for copy in found:
        times = [str(time)[:16] if time else "-" for time in (copy.lo, copy.hi)]
        goes = f"{copy.expires_at:%Y-%m-%d %H:%M}"
        shown.add_row(copy.recalled_schema, copy.table, copy.kind, *times, f"{copy.rows:,}", goes, copy.recalled_by)
    if found:
        show.print_table(shown)
    else:
        print("No recalled copy stands.")
    return None


@app.command(rich_help_panel=OPERATOR)
def replay(
    table: Table,
    start: Annotated[str | None, typer.Option("--start", help="First time of landing, included.")] = None,
    end: Annotated[
        str | None, typer.Option("--end", help="Last time of landing, included; a date means its whole day.")
    ] = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Only records that were rejected; the default range is all of them.")
    ] = False,
    into: Annotated[
        str | None, typer.Option("--into", metavar="SCHEMA", help="Leave the rows in this new schema, for comparison.")
    ] = None,
    ttl: Annotated[str, typer.Option("--ttl", help="With --into: how long the schema stays.")] = "7d",
    project: Annotated[
        Path, typer.Option("--project", help="The dbt project to transform with; another version of it for A/B.")
    ] = Path("dbt_project"),
    versus: Annotated[
        Path | None,
        typer.Option("--versus", metavar="PROJECT", help="Compare with this earlier version of the project; A/B."),
    ] = None,
    profiles: Annotated[Path | None, typer.Option("--profiles-dir", help="As dbt's own.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really change the platform's own tables.")] = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Transform raw records once more, by the definition as it is now.

    Hot or from the lake, they are transformed by dbt in a schema beside
    first, and compared with what stands, hot and archived. With --yes they
    are then transformed in the platform's own schema, as one batch: an older
    record never replaces a newer one, and nothing is archived twice. With
    --into the schema beside stays and nothing else changes; with --versus
    two projects transform the records, and what differs is shown. Exit
    status: 0 done or shown, 1 something was left as it was or differs, 2
    refused.

    Example: archive-jobs replay orders --rejected --yes
    """
    from archive_jobs.commands.replay import compare_projects, replay_records
    from archive_jobs.replaying.beside import Wanted
    from archive_jobs.replaying.transform import dbt_of, default_profiles

    if [into is not None, versus is not None, yes].count(True) > 1:
        raise ProblemError("expected one of --into, --versus and --yes", hint="Nothing was changed.")
    _require_name(into)
    if not rejected and start is None and end is None and into is None and yes:
        print("no --start and no --end: all raw records there are", file=sys.stderr)
    settings = settings_of(archive_url, client=client)
    wanted = Wanted(parse_interval(start, end), rejected)
    transform = dbt_of(project, profiles or default_profiles(project), settings.staging, settings.analytics_schema)
    if versus is not None:
        before = dbt_of(versus, profiles or default_profiles(versus), settings.staging, settings.analytics_schema)
        with progress() as report:
            two = compare_projects(settings, definitions, table, wanted, before, transform, report)
        return _show_versions(two, as_json=as_json)
    with progress() as report:
        found = replay_records(settings, definitions, table, wanted, transform, report, into=into, ttl=ttl, really=yes)
    if as_json:
        show.print_json(found.as_json())
    else:
        _show_replayed(found, really=yes)
    if not yes:
        print("The platform's own tables were not changed; add --yes to replay into them.", file=sys.stderr)
    if found.gone or found.weighed.refused or found.weighed.moved or found.weighed.kept_cold:
        raise typer.Exit(1)
    return None


def _show_versions(found: TwoVersions, *, as_json: bool) -> None:
    from archive_jobs.command_line.show_lineage import comparison

    if as_json:
        show.print_json(found.as_json())
    else:
        print(f"{found.table.name}: {found.records:,} records that landed in {found.wanted.interval}, by both versions")
        for change, count in found.outcomes.items():
            print(f"{count:,} records {change}")
        if found.rows is not None:
            comparison(found.rows)
    if found.differs:
        raise typer.Exit(1)


def _show_replayed(found: Replayed, *, really: bool) -> None:
    weighed = found.weighed
    what = "rejected records" if found.wanted.only_rejected else "records"
    print(f"{found.table.name}: {found.records:,} {what} that landed in {found.wanted.interval}", end="")
    print(f", {found.from_files:,} of them from files")
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(found.outcomes.items()))
    if found.records:
        print(f"{'now' if found.batch_id else 'beside'}: {outcomes}")
        print(
            f"against what {'stood' if really else 'stands'}: {weighed.new:,} new rows, {weighed.newer:,} newer,"
            f" {weighed.changed:,} changed, {weighed.same:,} the same, {weighed.older:,} older than what stands"
        )
    if found.schema and found.expires_at:
        print(f"they stand in {found.schema} until {found.expires_at:%Y-%m-%d %H:%M} UTC")
    if found.erased:
        print(f"{found.erased:,} records of erased people were left out")
    if found.let_go:
        print(f"{found.let_go:,} records were left out: the archive has let their rows go, as their retention is over")
    if found.gone:
        print(f"kept: {found.gone:,} rejected records are neither in the table nor in the lake any more")
    if weighed.refused:
        print(f"kept: {weighed.refused:,} rows whose records would be rejected now; a replay takes no row away")
    if weighed.kept_cold:
        print(
            f"kept: {weighed.kept_cold:,} archived rows, as of raw_seq {weighed.kept_cold_example}, that the definition"
            " would make otherwise now; without a key rows are made anew only where they are hot: archive-jobs restore"
            f" {found.table.table_name} --start {weighed.kept_cold_from} --end {weighed.kept_cold_until} --yes, then"
            " this again"
        )
    if weighed.moved and not really:
        print(
            f"in the way: {weighed.moved:,} records, as raw_seq {weighed.moved_example}, have a row under another key:"
            " --yes refuses"
        )
