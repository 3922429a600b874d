"""What every request of one process of the service shares: settings, definitions, connections, engines, limits."""

from __future__ import annotations

import select
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from archive_jobs.catalogue import ensure_catalogue
from archive_jobs.database import Connection, pinned_options, session
from archive_jobs.lake.lake_identity import require_same_lake
from archive_jobs.lake.stores import open_store
from archive_jobs.planning.preflight import require_primary
from archive_jobs.planning.tables import open_library
from archive_jobs.serving.door import Door
from archive_jobs.serving.engines import EnginePool
from archive_jobs.serving.exports import Exports
from archive_jobs.serving.jwt_tokens import JwtChecker
from archive_jobs.serving.limits import Limits, lease_requests
from archive_jobs.serving.metrics import Metrics
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError, unavailable
from archive_jobs.serving.samples import Sampler
from archive_jobs.serving.service_settings import ServiceSettings
from archive_jobs.serving.signing import Signer
from archive_jobs.serving.tokens import principal_of_token
from definitions_to_dbt.errors import ProblemError

_SHORT_SECONDS = 10.0
_THREADS = 64


class Backend:
    """Raises ProblemError where the service cannot begin: no server, no definitions, keys that are none."""

    def __init__(self, settings: ServiceSettings, definitions: Path) -> None:
        self.settings, self.definitions = settings, definitions
        self.library = open_library(settings, definitions)
        self.jwt = JwtChecker(settings)
        with session(settings) as connection:
            require_primary(connection)
            # Of a lake that is away each question would be 503, and only those who ask would know.
            self.store = open_store(settings, writable=False)
            try:
                require_same_lake(connection, self.store, settings.analytics_schema)
            except OSError as error:
                raise ProblemError(
                    f"the lake {self.store.name} cannot be read: {error}",
                    hint="The service was not started. Mend the disk or the connection, or set ARCHIVE_URL.",
                ) from error
            ensure_catalogue(connection)
        self.signer = Signer(settings)
        self.limits = Limits(settings.max_per_minute, settings.max_at_once, self.lease)
        self.engines = EnginePool(settings, self.store)
        self.metrics = Metrics()
        self.exports = Exports(settings.results)
        self.threads = ThreadPoolExecutor(_THREADS, "serve")
        self.door = Door(self.principal, settings.max_wrong_per_minute)
        # The lake of which the catalogue last knew: by its number tenants' files are found.
        self.lake: str | None = None
        bounded = settings.model_copy(update={"statement_timeout": _SHORT_SECONDS})
        kwargs: dict[str, Any] = {
            "options": pinned_options(bounded), "application_name": "archive-jobs serve", "autocommit": True
        }  # fmt: skip
        self._pool = ConnectionPool(
            "", kwargs=kwargs, min_size=1, max_size=8, timeout=settings.wait_seconds, open=True,
            check=_require_open, name="catalogue",
        )  # fmt: skip
        self.exports.begin(self)
        self.sampler = Sampler(settings.sample_seconds)
        self.sampler.begin(self)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection for a few short statements. Raises ApiError where the server does not answer."""
        try:
            with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise unavailable() from error

    def principal(self, given: str) -> Principal | None:
        """Whose token this is; None where it is nobody's."""
        if not given.startswith("aj_"):
            return self.jwt.principal(given)
        try:
            return self._principal(given)
        except ApiError as error:
            if isinstance(error.__cause__, PoolTimeout):
                raise
            # The server was restarted this very moment: the next connection is one to the new one.
            return self._principal(given)

    def _principal(self, given: str) -> Principal | None:
        with self.connection() as connection:
            return principal_of_token(connection, self.settings.analytics_schema, given)

    def lease(self, share: str, wanted: int) -> int:
        """Some of the requests that a share has left in this minute, of all processes of the service."""
        with self.connection() as connection:
            most = self.settings.max_per_minute
            return lease_requests(connection, self.settings.analytics_schema, share, most, wanted)

    def close(self) -> None:
        """Give everything back."""
        self.sampler.close()
        self.exports.close()
        self._pool.close()
        self.engines.close()
        self.door.close()
        self.threads.shutdown(wait=False, cancel_futures=True)


def _require_open(connection: Connection) -> None:
    """Raise psycopg.Error for a connection that the server has closed: of such a one there is something to read.

    It is on this machine that one sees it. To ask the server takes as long as many a question.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        connection.execute("")
