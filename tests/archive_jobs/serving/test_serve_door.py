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
from archive_jobs.serving.jwt_tokens import ALGORITHMS, client, key_of
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


class Issuer:
    """One that publishes its keys, until it takes its time over it."""

    def __init__(self) -> None:
        self.key, self.kid = ec.generate_private_key(ec.SECP256R1()), "one"
        self.hangs, self.released = False, threading.Event()
        issuer = self

        class Keys(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if issuer.hangs:
                    issuer.released.wait(30)
                public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(issuer.key.public_key()))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps({"keys": [public | {"kid": issuer.kid, "alg": "ES256"}]}).encode())

            def log_message(self, *_: object) -> None:
                """Not on the screen."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def token(self, kid: str) -> str:
        """A token that names a key."""
        return jwt.encode({"sub": "ada"}, self.key, "ES256", headers={"kid": kid})


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer of tokens."""
    made = Issuer()
    yield made
    made.released.set()
    made.server.shutdown()
    made.server.server_close()


def test_17_a_token_whose_key_is_known_does_not_wait_for_an_issuer_that_hangs(issuer: Issuer) -> None:
    keys = client(f"http://127.0.0.1:{issuer.server.server_port}/keys")
    keys.timeout, keys.cooldown_duration = 25, 0
    assert key_of(keys, issuer.token("one")).key_id == "one"
    issuer.hangs = True

    def ask_for_a_key_that_nobody_has() -> None:
        with pytest.raises(jwt.PyJWTError):
            key_of(keys, issuer.token("nobody's"))

    stranger = threading.Thread(target=ask_for_a_key_that_nobody_has)
    stranger.start()
    while stranger.is_alive() and not _is_taken(keys):
        time.sleep(0.01)
    found: list[jwt.PyJWK] = []
    known = threading.Thread(target=lambda: found.append(key_of(keys, issuer.token("one"))), daemon=True)
    known.start()
    known.join(10)
    has_waited = known.is_alive()
    issuer.released.set()
    stranger.join()
    assert not has_waited
    assert jwt.decode(issuer.token("one"), found[0], algorithms=list(ALGORITHMS)) == {"sub": "ada"}


def test_01_a_key_that_the_issuer_has_taken_back_is_good_no_longer(issuer: Issuer) -> None:
    keys = client(f"http://127.0.0.1:{issuer.server.server_port}/keys")
    assert key_of(keys, issuer.token("one")).key_id == "one"
    issuer.kid = "two"
    assert keys.jwk_set_cache is not None
    keys.jwk_set_cache.lifespan = 0  # five minutes have gone by
    with pytest.raises(jwt.PyJWTError):
        key_of(keys, issuer.token("one"))


def _is_taken(keys: jwt.PyJWKClient) -> bool:
    """Whether somebody else is asking the issuer."""
    if keys._client_lock.acquire(blocking=False):
        keys._client_lock.release()
        return False
    return True
