"""Who is not known yet keeps nobody waiting who is."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from archive_jobs.serving.door import Door
from archive_jobs.serving.jwt_tokens import ALGORITHMS, _key_of
from archive_jobs.serving.principals import Principal
from archive_jobs.serving.problems import ApiError

ADA = Principal("token ada", frozenset({"status"}), None)


def test_17_whoever_was_known_a_moment_ago_does_not_wait_for_strangers() -> None:
    looked_at, released = threading.Semaphore(0), threading.Event()

    def find(given: str) -> Principal | None:
        if given == "ada":
            return ADA
        looked_at.release()
        released.wait(30)
        return None

    async def ask() -> tuple[Principal | None, list[Principal | None]]:
        door = Door(find, wrong_per_minute=100)
        assert await door.let_in("ada", "here") == ADA
        strangers = [asyncio.ensure_future(door.let_in(f"x{n}", "there")) for n in range(20)]
        await asyncio.to_thread(looked_at.acquire)
        try:
            known = await asyncio.wait_for(door.let_in("ada", "here"), 20)
        finally:
            released.set()
        found = await asyncio.gather(*strangers)
        door.close()
        return known, found

    assert asyncio.run(ask()) == (ADA, [None] * 20)


def test_17_so_many_wrong_tokens_may_come_from_one_address() -> None:
    now = [0.0]
    door = Door(lambda given: ADA if given == "ada" else None, wrong_per_minute=3, clock=lambda: now[0])

    async def ask(given: str, address: str) -> bool | int:
        try:
            return await door.let_in(given, address) is not None
        except ApiError as error:
            return error.status

    async def all_of_them() -> list[bool | int]:
        found = [await ask("ada", "there")]
        found += [await ask("x", "there") for _ in range(4)]
        # Who was known is let in from the same address, and others from elsewhere are told that they are nobody.
        found += [await ask("ada", "there"), await ask("new", "there"), await ask("x", "here")]
        now[0] += 20
        return [*found, await ask("x", "there")]

    assert asyncio.run(all_of_them()) == [True, False, False, False, 429, True, 429, False, False]
    door.close()


@pytest.fixture
def issuer() -> Iterator[tuple[str, ec.EllipticCurvePrivateKey, threading.Event, threading.Event]]:
    """An issuer that gives its keys once; from then on it takes its time."""
    key, hangs, asked = ec.generate_private_key(ec.SECP256R1()), threading.Event(), threading.Event()
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())) | {"kid": "one", "alg": "ES256"}

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if asked.is_set():
                hangs.wait(30)
            asked.set()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"keys": [public]}).encode())

        def log_message(self, *_: object) -> None:
            """Not on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/keys", key, hangs, asked
    hangs.set()
    server.shutdown()
    server.server_close()


def test_17_a_token_whose_key_is_known_does_not_wait_for_an_issuer_that_hangs(
    issuer: tuple[str, ec.EllipticCurvePrivateKey, threading.Event, threading.Event],
) -> None:
    url, key, hangs, _ = issuer
    keys = jwt.PyJWKClient(url, cache_keys=True, timeout=25, cooldown_duration=0)
    good, bad = (jwt.encode({"sub": "ada"}, key, "ES256", headers={"kid": kid}) for kid in ("one", "nobody's"))
    assert _key_of(keys, good).key_id == "one"

    def ask_for_a_key_that_nobody_has() -> None:
        with pytest.raises(jwt.PyJWTError):
            _key_of(keys, bad)

    stranger = threading.Thread(target=ask_for_a_key_that_nobody_has)
    stranger.start()
    while not _is_taken(keys):
        time.sleep(0.01)
    found: list[jwt.PyJWK] = []
    known = threading.Thread(target=lambda: found.append(_key_of(keys, good)), daemon=True)
    known.start()
    known.join(10)
    has_waited = known.is_alive()
    hangs.set()
    stranger.join()
    assert not has_waited
    assert jwt.decode(good, found[0], algorithms=list(ALGORITHMS)) == {"sub": "ada"}


def _is_taken(keys: jwt.PyJWKClient) -> bool:
    """Whether somebody else is asking the issuer."""
    if keys._client_lock.acquire(blocking=False):
        keys._client_lock.release()
        return False
    return True
