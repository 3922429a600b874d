"""`archive-jobs serve` and `tokens`: the archive over HTTP, and who may ask it for what."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from archive_jobs.command_line import show
from archive_jobs.command_line.options import AUDITOR, OPERATOR, AsJson, Definitions, ForClient, Url
from definitions_to_dbt.errors import ProblemError

_DEFAULT = Path("definitions")
tokens = typer.Typer(
    help="Who may ask the service for what, and what was changed through it.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command(rich_help_panel=OPERATOR)(serve)
    app.add_typer(
        tokens, name="tokens", rich_help_panel=OPERATOR,
        help="Who may ask the service for what, and what was changed through it.",
    )  # fmt: skip


def serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8321,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="A certificate chain in PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its key in PEM.")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="Something before it speaks TLS; listen without on any address.")
    ] = False,
    definitions: Definitions = _DEFAULT,
    client: ForClient = None,
    archive_url: Url = None,
) -> None:
    """Answer over HTTP: rows, status, policies, holds, jobs; a status page at /.

    Every route needs a token of `archive-jobs tokens create`, or a JSON Web
    Token of the issuer that ARCHIVE_API_JWT_ISSUER names. Jobs of archiving go
    to the queue, which `archive-jobs worker` works off. Exit status: 2 refused
    to begin, 143 stopped by SIGTERM, 130 by Ctrl-C.

    Example: archive-jobs serve --host 0.0.0.0 --tls-cert chain.pem --tls-key
    key.pem
    """
    import uvicorn

    from archive_jobs.monitoring.metrics import count
    from archive_jobs.serving.access_log import log_to_stderr
    from archive_jobs.serving.app import make_app
    from archive_jobs.serving.backend import Backend
    from archive_jobs.serving.listening import listen
    from archive_jobs.serving.problems import is_loopback
    from archive_jobs.serving.service_settings import ServiceSettings
    from landing.settings import checked_settings

    if (tls_cert is None) != (tls_key is None):
        raise ProblemError("--tls-cert and --tls-key belong together", hint="The service was not started.")
    if tls_cert is None and not behind_proxy and not is_loopback(host):
        raise ProblemError(
            f"tokens would cross the network to {host} in the clear",
            hint="The service was not started. Give --tls-cert and --tls-key, or say --behind-proxy where something"
            " before it speaks TLS.",
        )
    for file in (tls_cert, tls_key):
        if file is not None and not file.is_file():
            raise ProblemError(f"expected a file of PEM at {file}, found none", hint="The service was not started.")
    log_to_stderr()
    count()
    settings = checked_settings(ServiceSettings, archive_url=archive_url or None, client=client)
    backend = Backend(settings, definitions)
    if settings.secret is None:
        what = "cursors, dry runs and the tokens that tenants see for personal data"
        print(f"ARCHIVE_API_SECRET is not set: {what} end with this process", file=sys.stderr)
    # uvicorn's own log of requests holds query strings, and so values.
    config = uvicorn.Config(
        make_app(backend), host=host, port=port, ssl_certfile=tls_cert, ssl_keyfile=tls_key, access_log=False,
        server_header=False, proxy_headers=False, h11_max_incomplete_event_size=512 << 10,
        log_level="warning", timeout_graceful_shutdown=10, limit_concurrency=1000,
    )  # fmt: skip
    listening = listen(config)
    scheme, real_port = "https" if tls_cert else "http", listening.getsockname()[1]
    print(f"listening on {scheme}://{host}:{real_port}", file=sys.stderr, flush=True)
    uvicorn.Server(config).run(sockets=[listening])


@tokens.command("create", rich_help_panel=OPERATOR)
def create(
    name: Annotated[str, typer.Argument(help="What the token is for; stands in lists and in the log of changes.")],
    scope: Annotated[
        list[str], typer.Option("--scope", help="retrieve, pii, archive, policies, holds, status; repeatable.")
    ],
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="Whose rows it sees, as tenant_column holds it.")
    ] = None,
    all_tenants: Annotated[bool, typer.Option("--all-tenants", help="It sees the rows of every tenant.")] = False,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long it is valid.")] = 90,
    owner: Annotated[
        str | None,
        typer.Option("--owner", help="The person who holds it, as `sub` says it elsewhere. Needed for policies."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, once: only its digest is kept.

    Touches archive_catalog.api_tokens. Exit status: 0 made, 2 bad input or no
    server.

    Example: archive-jobs tokens create "BI of acme" --tenant acme --scope
    retrieve --scope status
    """
    from archive_jobs.commands.service import new_token

    if (tenant is None) != all_tenants:
        raise ProblemError("expected either --tenant or --all-tenants", hint="No token was made.")
    token, text = new_token(name, scope, tenant, timedelta(days=days), owner)
    if as_json:
        return show.print_json([token.as_json() | {"token": text}])
    print(text)
    print(f"valid until {token.expires_at:%Y-%m-%d}; it is not shown again", file=sys.stderr)
    return None


@tokens.command("list", rich_help_panel=OPERATOR)
def list_(as_json: AsJson = False) -> None:
    """Show every token: for whom, for what, until when. Not the tokens
    themselves, which nobody knows.

    Reads PostgreSQL; changes nothing. Exit status: 0 shown, 2 no server.

    Example: archive-jobs tokens list
    """
    from archive_jobs.commands.service import all_tokens

    found = all_tokens()
    if as_json:
        return show.print_json([token.as_json() for token in found])
    table = show.table("id", "name", "tenant", "scopes", "until", "")
    for token in found:
        state = f"revoked {token.revoked_at:%Y-%m-%d}" if token.revoked_at else ""
        table.add_row(
            token.token_id, token.name, token.tenant or "(all)", " ".join(token.scopes),
            f"{token.expires_at:%Y-%m-%d}", state,
        )  # fmt: skip
    show.print_table(table)
    return None


@tokens.command("revoke", rich_help_panel=OPERATOR)
def revoke(token_id: Annotated[str, typer.Argument(help="The id that `tokens list` shows.")]) -> None:
    """Refuse a token from now on.

    Touches archive_catalog.api_tokens. Exit status: 0 done, 2 bad input or no
    server.

    Example: archive-jobs tokens revoke 3f9a0c1d2e4b5a60
    """
    from archive_jobs.commands.service import end_token

    token = end_token(token_id)
    print(f"{token.token_id} ({token.name}) is refused from now on")


@tokens.command("audit", rich_help_panel=AUDITOR)
def audit(as_json: AsJson = False) -> None:
    """Check the chain of what was changed through the service, and print its
    head.

    Reads PostgreSQL; changes nothing. Note the head elsewhere: rows cut off at
    the end show only beside it. Exit status: 0 whole, 1 rows are missing or
    were changed, 2 no server.

    Example: archive-jobs tokens audit --json
    """
    from archive_jobs.commands.service import check_audit

    faults, (seq, sha256) = check_audit()
    if as_json:
        show.print_json([{"head": seq, "sha256": sha256, "faults": faults}])
    else:
        print("\n".join(faults) or f"{seq} changes, each following the one before; head {sha256}")
    if faults:
        raise typer.Exit(1)
