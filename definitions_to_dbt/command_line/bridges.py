"""The commands `import` and `export` of definitions-to-dbt. Loads an importer only when it is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from definitions_to_dbt.bridges.identifiers import code_of
from definitions_to_dbt.bridges.imported import Imported

importing = typer.Typer(
    no_args_is_help=True,
    help="Other formats into definitions: what the source lacks is said, nothing is guessed that deletes.",
)
exporting = typer.Typer(no_args_is_help=True, help="Definitions into other formats.")

Definitions = Annotated[Path, typer.Option("--definitions", metavar="DIR", help="The folder of definitions.")]
ModuleCode = Annotated[str, typer.Option("--module", metavar="CODE", help="The module that the objects belong to.")]
Prefix = Annotated[str, typer.Option("--prefix", metavar="TEXT", help="Put before every table's name.")]
Force = Annotated[bool, typer.Option("--force", help="Replace definitions that are there and say something else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be written.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Source = Annotated[Path, typer.Argument(metavar="FILE", help="The file to read.")]


@importing.command("odcs")
def odcs(
    file: Source,
    module: ModuleCode,
    definitions: Definitions = Path("definitions"),
    prefix: Prefix = "",
    force: Force = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take over a data contract of the open data contract standard, v3.0 or v3.1.

    Touches DEFINITIONS/modules and DEFINITIONS/object_models only. Exit status 0: written; 2: bad input or refused.

    Example: definitions-to-dbt import odcs contract.odcs.yaml --module SALES
    """
    from definitions_to_dbt.bridges.odcs_import import import_odcs

    _finish(import_odcs(file, code_of(module), prefix), definitions, force, dry_run, as_json)


@importing.command("json-schema")
def json_schema(
    file: Source,
    module: ModuleCode,
    definitions: Definitions = Path("definitions"),
    key: Annotated[str, typer.Option("--key", metavar="A,B", help="The properties that name a record.")] = "",
    prefix: Prefix = "",
    force: Force = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take over a JSON Schema of one object: its properties become columns, objects inside it too.

    Touches DEFINITIONS/modules and DEFINITIONS/object_models only. Exit status 0: written; 2: bad input or refused.

    Example: definitions-to-dbt import json-schema order.schema.json --module SALES --key order_id
    """
    from definitions_to_dbt.bridges.json_schema_import import import_json_schema

    keys = [part.strip() for part in key.split(",") if part.strip()]
    _finish(import_json_schema(file, code_of(module), keys, prefix), definitions, force, dry_run, as_json)


@importing.command("avro")
def avro(
    file: Source,
    module: ModuleCode,
    definitions: Definitions = Path("definitions"),
    key: Annotated[str, typer.Option("--key", metavar="A,B", help="The fields that name a record.")] = "",
    prefix: Prefix = "",
    force: Force = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take over an Avro schema (.avsc): one record type, or a union of several.

    Payloads are expected as plain JSON, not in Avro's own JSON encoding, which wraps the values of unions.
    Touches DEFINITIONS/modules and DEFINITIONS/object_models only. Exit status 0: written; 2: bad input or refused.

    Example: definitions-to-dbt import avro order.avsc --module SALES --key order_id
    """
    from definitions_to_dbt.bridges.avro_import import import_avro

    keys = [part.strip() for part in key.split(",") if part.strip()]
    _finish(import_avro(file, code_of(module), keys, prefix), definitions, force, dry_run, as_json)


@importing.command("postgres")
def postgres(
    module: ModuleCode,
    schema: Annotated[str, typer.Option("--schema", metavar="NAME", help="The schema to read.")] = "public",
    table: Annotated[list[str] | None, typer.Option("--table", metavar="NAME", help="Only this table.")] = None,
    definitions: Definitions = Path("definitions"),
    prefix: Prefix = "",
    force: Force = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take over the tables of a live PostgreSQL schema: types, keys, comments, enums, domains.

    Reads the catalogue of the database that libpq's variables (PGHOST, PGDATABASE, …) name, no row of any table.
    Touches DEFINITIONS/modules and DEFINITIONS/object_models only. Exit status 0: written; 2: bad input or refused.

    Example: definitions-to-dbt import postgres --schema sales --module SALES
    """
    from definitions_to_dbt.bridges.postgres_import import import_postgres

    _finish(import_postgres(schema, table or [], code_of(module), prefix), definitions, force, dry_run, as_json)


@exporting.command("odcs")
def to_odcs(
    module: Annotated[str | None, typer.Option("--module", metavar="CODE", help="Only this module.")] = None,
    definitions: Definitions = Path("definitions"),
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write to.")] = Path(),
    version: Annotated[str, typer.Option("--api-version", help="The version of the standard.")] = "v3.1.0",
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write one data contract of the open data contract standard for each module.

    What the standard has no words for stands in a custom property, so that nothing is lost on the way back.
    Exit status 0: written; 2: bad input or refused.

    Example: definitions-to-dbt export odcs --module COMMERCE -o contracts
    """
    from definitions_to_dbt.bridges.odcs_export import export_odcs
    from definitions_to_dbt.bridges.write import write_files
    from definitions_to_dbt.library import load_library

    contracts = export_odcs(load_library(definitions), module, version)
    written = write_files(output, contracts, force)
    paths = [str(output / path) for path in sorted(contracts)]
    if as_json:
        print(json.dumps({"contracts": paths, "written": [str(output / path) for path in written]}))
    else:
        print("\n".join(paths))


def _finish(imported: Imported, definitions: Path, force: bool, dry_run: bool, as_json: bool) -> None:
    """Make it fit, write it, and say what was written and what the source lacks."""
    from definitions_to_dbt.bridges.fit import fit
    from definitions_to_dbt.bridges.write import write_files

    files = fit(imported, definitions)
    written = [] if dry_run else write_files(definitions, files, force)
    columns = sum(len(found.definition["table_schema"]["columns"]) for found in imported.objects)
    if as_json:
        gaps = [{"where": gap.where, "message": gap.message} for gap in imported.gaps]
        result = {"objects": len(imported.objects), "columns": columns, "gaps": gaps}
        print(json.dumps(result | {"written": [str(definitions / path) for path in written]}, indent=2))
        return
    for gap in imported.gaps:
        print(gap)
    did = "would be written" if dry_run else f"written ({len(written)} files changed)"
    print(f"{len(imported.objects)} objects with {columns} columns of {imported.module['code']} {did}, "
          f"{len(imported.gaps)} gaps named")  # fmt: skip
    if not dry_run:
        print("next: definitions-to-dbt generate")
