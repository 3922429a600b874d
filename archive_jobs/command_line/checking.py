"""The commands that check the archive or make its catalogue again: scrub, prove, rebuild."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.lineage import Keys, RawSeq, asked_for
from archive_jobs.command_line.options import AUDITOR, OPERATOR, AsJson, Definitions, ForClient, Url, settings_of
from archive_jobs.command_line.progress import progress
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError

app = typer.Typer(rich_markup_mode="rich")


@app.command(rich_help_panel=AUDITOR)
def scrub(
    share: Annotated[str, typer.Option("--share", help="How much of the lake, as 1/30 or 0.05.")] = "1/30",
    deep: Annotated[
        bool, typer.Option("--deep", help="Also read every value again and compare content digests.")
    ] = False,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Check the files that were not checked for longest, a share each night.

    Reads the lake; notes the time of each check in the catalogue, and an
    event where something is damaged. Nothing is moved or mended. Exit status:
    0 all whole, 1 something is damaged or missing, 2 bad input or no server.

    Example: archive-jobs scrub --share 1/30
    """
    from archive_jobs.commands.keeping import scrub_lake
    from archive_jobs.keeping.verify import parse_share

    with progress() as report:
        found, oldest = scrub_lake(settings_of(archive_url), parse_share(share), deep=deep, report=report)
    if as_json:
        counts = {"files": found.files, "bytes": found.bytes, "rows": found.rows, "faults": found.faults}
        show.print_json({**counts, "oldest_check": oldest.isoformat() if oldest else None})
    else:
        for fault in found.faults:
            print(fault)
        print(f"{found.files:,} files, {found.bytes:,} bytes read; {len(found.faults)} faults; ", end="")
        never = "some files were never read" if found.files else "no file counts yet"
        print(f"every file was read since {oldest:%Y-%m-%d %H:%M}" if oldest else never)
    if found.faults:
        raise typer.Exit(1)


@app.command(rich_help_panel=AUDITOR)
def prove(
    table: Annotated[
        str | None, typer.Argument(help="With -o: the table name or object code of the record that is proven.")
    ] = None,
    key: Keys = None,
    raw_seq: RawSeq = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The folder to write the bundle into.")] = None,
    opened: Annotated[
        bool, typer.Option("--open", help="Put sealed records into the bundle, in the clear, with their keys.")
    ] = False,
    head: Annotated[
        list[str] | None, typer.Option("--head", metavar="FOLDER:SEQ:SHA256", help="A head noted before; repeatable.")
    ] = None,
    definitions: Definitions = Path("definitions"),
    client: ForClient = None,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Check the lake from the outside: no database, no definitions. With a
    table: make a bundle that proves one row or record to a stranger.

    Without a table: reads every commit record, manifest and file, and compares
    their hashes; changes nothing. Note the heads down: with --head, a chain
    that was cut off or written anew since is found.
    docs/prove_from_outside.py does the same with Python alone. With a table:
    as `trace`, then writes a folder of raw bytes, files, manifests, commit
    records up to the head, and the SQL; docs/check_bundle.py checks it. Says
    what it holds, and its digest: tell that by another way. Exit status: 0 all
    whole, or written; 1 something is not whole; 2 bad input.

    Example: archive-jobs prove orders --key order_id=17 -o proof
    """
    if table is not None or key or raw_seq is not None or output is not None:
        return _prove_record(table, key, raw_seq, output, definitions, settings_of(archive_url, client=client),
                             opened=opened, as_json=as_json)  # fmt: skip
    from archive_jobs.commands.keeping import prove_from_outside
    from archive_jobs.keeping.outside_proof import parse_head

    heads = [parse_head(written) for written in head or ()]
    with progress() as report:
        found = prove_from_outside(settings_of(archive_url), heads, report)
    if as_json:
        show.print_json(found.as_json())
    else:
        for fault in found.faults:
            print(fault)
        for chain in found.chains:
            last = chain.as_json()["head"]
            print(f"head {chain.folder}:{last['commit_seq']}:{last['sha256']}")
        print(
            f"{found.manifests:,} manifests, {found.files:,} files, {found.bytes:,} bytes: every byte read;"
            f" {found.rows:,} rows count; {found.holds} legal holds in force; {len(found.faults)} faults"
        )
    if found.faults:
        raise typer.Exit(1)
    return None


def _prove_record(
    table: str | None,
    key: list[str] | None,
    raw_seq: int | None,
    output: Path | None,
    definitions: Path,
    settings: ArchiveSettings,
    *,
    opened: bool,
    as_json: bool,
) -> None:
    from archive_jobs.command_line.show_lineage import bundle
    from archive_jobs.commands.lineage import write_proof
    from archive_jobs.tracing.trace import Asked

    if table is None or output is None:
        raise ProblemError("expected TABLE and -o FOLDER beside --key or --raw-seq", hint="Nothing was written.")
    asked = Asked(asked_for(key, raw_seq), raw_seq)
    with progress() as report:
        made = write_proof(settings, definitions, table, asked, output, report, opened=opened)
    if as_json:
        show.print_json(made.as_json())
    else:
        bundle(made)


catalog = typer.Typer(help="The catalogue itself.", no_args_is_help=True)
app.add_typer(catalog, name="catalog", rich_help_panel=OPERATOR, help="Make the catalogue again from the lake.")


@catalog.command("rebuild")
def rebuild(
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Let this database write into the lake, and no longer the lost one.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Really fill the catalogue.")] = False,
    archive_url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Fill a catalogue with what it lacks of the lake, after the database is lost.

    Writes the schema archive_catalog in one transaction; with --take-over
    also one object in the lake that names its new owner. Refuses where a chain
    is broken or differs from the catalogue's. Without --yes it only shows
    what the lake says. Exit status: 0 done, 2 refused.

    Example: archive-jobs catalog rebuild --take-over --yes
    """
    from archive_jobs.commands.keeping import rebuild_catalogue

    with progress() as report:
        found = rebuild_catalogue(settings_of(archive_url), taking_over=take_over, really=yes, report=report)
    if as_json:
        show.print_json(found.as_json())
    else:
        for one in found.tables:
            units = ", ".join(f"{count:,} {state}" for state, count in one["units"].items())
            print(f"{one['table']} ({one['kind']}): {one['records']:,} commit records; units: {units}")
        for path in found.unknown:
            print(f"no commit record speaks of {path}: its attempt was under way when the database was lost")
        print(f"{found.holds} legal holds in force")
        if yes:
            print(f"{found.ledger.lines:,} lines of the ledgers of loads and batches are back")
    for warning in found.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if not yes:
        print("Nothing was changed; add --yes to rebuild.", file=sys.stderr)
