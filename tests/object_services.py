"""Object services on loopback for the tests: Azurite (by npm) and moto, and a proxy that fails when told to."""

from __future__ import annotations

import ctypes
import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import urllib.request
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from azure.storage.blob import BlobServiceClient

# Telemetry and a driver of another store, neither of which is run, in versions that bring little with them: half the
# packages and less than half of npm's processor time (28 s -> 12 s), and Azurite starts in 0.7 s.
_AZURITE = {
    "private": True,
    "dependencies": {"azurite": "3.37.0"},
    "overrides": {"applicationinsights": "1.8.10", "tedious": "1.15.0"},
}
_FOLDER = Path(__file__).parents[1] / ".local" / "azurite"
# Known to everybody: the account that every Azurite has.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
# Secrets that must never be seen again. The one of Azure is a key by its form.
PLANTED = "cGxhbnRlZC1zZWNyZXQ="
AWS = {
    "AWS_ACCESS_KEY_ID": "planted-id", "AWS_SECRET_ACCESS_KEY": PLANTED, "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip
_LISTENS = re.compile(r"successfully listens on (http://\S+)")


def azurite_script() -> Path:
    """Azurite's start script, installed where it is missing. Skips the test where that cannot be done."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None:
        pytest.skip("Azurite is missing: it needs node, which is not on the PATH")
    script = _FOLDER / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / ".lock").open("w") as lock:
        # Two test processes must not install it at once; the one that waits finds it there.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not script.exists():
            if npm is None:
                pytest.skip("Azurite is missing: it is installed by npm, which is not on the PATH")
            quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--loglevel=error"]
            (_FOLDER / "package.json").write_text(json.dumps(_AZURITE))
            command = [npm, "install", "--prefix", str(_FOLDER), *quiet]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
            if done.returncode != 0:
                pytest.skip(f"Azurite is missing: npm cannot install it: {done.stderr.strip()[:200]}")
    return script


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def start_azurite() -> Iterator[str]:
    """Yield its URL. One process per caller; it dies with this one."""
    command = [
        str(shutil.which("node")), str(azurite_script()), "--inMemoryPersistence", "--blobHost", "127.0.0.1",
        "--blobPort", "0", "--skipApiVersionCheck", "--disableTelemetry",
    ]  # fmt: skip
    # Its log says the port first, then every request: only the first is wanted.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=_die_with_parent) as process:
        said = ""
        for line in process.stdout or ():
            said += line
            if found := _LISTENS.search(line):
                break
        else:
            pytest.fail(f"Azurite does not start: {said}")
        drain = threading.Thread(target=lambda: deque(process.stdout or (), maxlen=0), daemon=True)
        drain.start()
        try:
            yield found[1]
        finally:
            process.terminate()
            drain.join()


def start_moto() -> Iterator[str]:
    """Yield the URL of an S3 in a thread of this process."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@dataclass
class Fault:
    """What to do to the next request that fits: one of `Proxy`'s kinds, once."""

    kind: str
    method: str
    part: str = ""  # of the path and query
    before: Callable[[], object] | None = None

    def fits(self, method: str, path: str) -> bool:
        return method == self.method and self.part in path


@dataclass
class Proxy:
    """Passes requests on to a service, except those it has been given a fault for.

    Kinds: `timeout`, `reset` (half of the answer, then RST), `reset request` (before the service has it all), a status
    such as `503`, `lost` (the service did it, the answer is lost), `bent` (one byte of the answer), `bent request`,
    `pass` (only `before` happens).
    """

    service: str
    faults: list[Fault] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        proxy = self
        self.closing = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def handle_any(self) -> None:
                proxy.handle(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815  # http.server's names

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path
        self.seen.append(f"{request.command} {path}")
        fault = next((one for one in self.faults if one.fits(request.command, path)), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault.before is not None:
                fault.before()
        kind = fault.kind if fault is not None else "pass"
        if kind == "reset request":
            return self._reset(request)
        body = _body(request)
        if kind == "timeout":
            self.closing.wait(20)
            return self._reset(request)
        if kind.isdigit():
            return _answer(request, int(kind), [("x-ms-error-code", _AZURE_CODES.get(kind, "ServerBusy"))], _XML[kind])
        if kind == "bent request" and body:
            body = bytes([body[0] ^ 1]) + body[1:]
        status, headers, content = self._pass_on(request, body)
        if kind == "lost":
            return self._reset(request)
        if kind == "bent" and content:
            content = content[:-1] + bytes([content[-1] ^ 1])
        if kind == "reset":
            return _answer(request, status, headers, content, cut=len(content) // 2, then=self._reset)
        return _answer(request, status, headers, content)

    def _pass_on(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(str(urlsplit(self.service).netloc), timeout=30)
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("transfer-encoding", "expect")}
        headers["Content-Length"] = str(len(body))
        connection.request(request.command, request.path, body=body or None, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        dropped = ("transfer-encoding", "content-length", "connection", "keep-alive")
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in dropped]
        length = answer.getheader("Content-Length")
        if request.command == "HEAD" and length:
            kept.append(("Content-Length", length))
        return answer.status, kept, content

    def _reset(self, request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.connection.close()


_AZURE_CODES = {
    "403": "AuthenticationFailed", "404": "BlobNotFound", "409": "BlobAlreadyExists", "412": "ConditionNotMet",
    "429": "TooManyRequests",
}  # fmt: skip
_S3_CODES = {
    "403": "SignatureDoesNotMatch", "404": "NoSuchKey", "409": "ConditionalRequestConflict",
    "412": "PreconditionFailed", "429": "SlowDown", "500": "InternalError", "503": "SlowDown",
}  # fmt: skip
_XML = {
    status: f"<Error><Code>{code}</Code><Message>x</Message></Error>".encode() for status, code in _S3_CODES.items()
}


def _body(request: BaseHTTPRequestHandler) -> bytes:
    """The request's content, also in chunks and after `Expect: 100-continue`, which the base class answers."""
    if "chunked" not in request.headers.get("Transfer-Encoding", ""):
        return request.rfile.read(int(request.headers.get("Content-Length") or 0))
    content = b""
    while size := int(request.rfile.readline().split(b";")[0], 16):
        content += request.rfile.read(size)
        request.rfile.readline()
    while request.rfile.readline().strip():
        pass
    return content


def _answer(
    request: BaseHTTPRequestHandler,
    status: int,
    headers: list[tuple[str, str]],
    content: bytes,
    cut: int | None = None,
    then: Callable[[BaseHTTPRequestHandler], None] | None = None,
) -> None:
    request.send_response_only(status)
    for name, value in headers:
        request.send_header(name, value)
    if not any(name.lower() == "content-length" for name, _ in headers):
        request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(content[:cut])
        request.wfile.flush()
    if then is not None:
        then(request)


def connection_string(url: str, key: str = KEY) -> str:
    """What AZURE_STORAGE_CONNECTION_STRING says of an Azurite."""
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={url}/{ACCOUNT};"


def clear_credentials(delenv: Callable[..., None]) -> None:
    """Credentials of the machine must not decide whether a test passes."""
    for name in [*os.environ]:
        if name.startswith(("AZURE_", "AWS_")):
            delenv(name, raising=False)


def lake_behind_proxy(scheme: str, service: str, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Point ARCHIVE_URL and the variables of adlfs or s3fs at an empty container; yield the proxy before it."""
    clear_credentials(patch.delenv)
    proxy = Proxy(service)
    container = f"lake{uuid.uuid4().hex[:12]}"
    patch.setenv("ARCHIVE_URL", f"{scheme}://{container}/cold")
    patch.setenv("ARCHIVE_JOBS_STAGING", str(folder / "staging"))
    patch.setenv("ARCHIVE_JOBS_CACHE", str(folder / "cache"))
    patch.setenv("ARCHIVE_JOBS_STORE_WAIT", "0.001")
    patch.setenv("ARCHIVE_JOBS_STORE_TIMEOUT", "2")
    if scheme == "abfs":
        patch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection_string(proxy.url))
        with BlobServiceClient.from_connection_string(connection_string(service)) as client:
            client.create_container(container)
    else:
        for name, value in AWS.items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL", proxy.url)
        urllib.request.urlopen(urllib.request.Request(f"{service}/{container}", method="PUT"), timeout=10).close()
    yield proxy
    proxy.close()
