"""The status page in a browser: signed in, drawn without a script, and saying no more than it may."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from served_shop import ServedShop, over_http
from small_shop import SCHEMA

from archive_jobs.serving.samples import Point, history_of, sample
from archive_jobs.serving.status_chart import BYTES, ROWS, chart
from benchmarks.docs_site import browser

_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--remote-debugging-port=0", "--window-size=1200,1400", "--hide-scrollbars")  # fmt: skip


class Tab:
    """One tab, asked by the protocol of Chromium's own tools; what the browser complained of is kept."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket, self._number = socket, 0
        self.complaints: list[str] = []

    async def ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = json.loads((await self._socket.receive()).data)
            if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.complaints.append(json.dumps(message["params"]))
            if message.get("id") == self._number:
                return message["result"]

    async def value(self, expression: str) -> Any:
        return (await self.ask("Runtime.evaluate", expression=expression, returnByValue=True))["result"].get("value")

    async def until(self, expression: str) -> None:
        for _ in range(1500):
            if await self.value(expression):
                return
            await asyncio.sleep(0.02)
        raise TimeoutError(await self.value("document.body.innerText"))


@asynccontextmanager
async def tab_of(program: str, profile: Path) -> AsyncIterator[Tab]:
    """A fresh browser with an empty tab."""
    words = [program, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = profile / "DevToolsActivePort"
        while not (port.exists() and port.read_text()):
            await asyncio.sleep(0.05)
        async with ClientSession() as session:
            tabs = await (await session.get(f"http://127.0.0.1:{port.read_text().splitlines()[0]}/json")).json()
            address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as socket:
                tab = Tab(socket)
                for method in ("Page.enable", "Runtime.enable", "Log.enable"):
                    await tab.ask(method)
                yield tab
    finally:
        process.terminate()
        process.wait()


def add_samples(served: ServedShop) -> None:
    """A month of samples in which rows turn cold."""
    served.shop.execute("delete from archive_catalog.table_samples")
    served.shop.execute(
        "insert into archive_catalog.table_samples (schema_name, table_name, kind, sampled_at, hot_rows, hot_bytes,"
        " cold_rows, cold_bytes) select %s, t, 'analytics', now() - (30 - n) * interval '1 day',"
        " 900000 + (n * 7919 %% 13) * 20000 - n * 8000, 90000000 - n * 900000, n * n * 1500, n * n * 60000"
        " from generate_series(1, 30) n, unnest(array['purchases', 'ticks']) t", SCHEMA,
    )  # fmt: skip


async def look(url: str, token: str, program: str, profile: Path) -> tuple[dict[str, Any], bytes, list[str]]:
    async with tab_of(program, profile) as tab:
        await tab.ask("Page.navigate", url=url)
        await tab.until("document.querySelector('input[name=token]') !== null && document.readyState === 'complete'")
        refused = await tab.value("document.body.innerText")
        tab.complaints.clear()  # the browser's own line on the 401
        await tab.value(f"document.querySelector('input').value = {json.dumps(token)}")
        await tab.value("document.querySelector('form').submit()")
        await tab.until("document.querySelector('section svg') !== null && document.readyState === 'complete'")
        seen = await tab.value("""({
            refused: null, title: document.title, text: document.body.innerText, scripts: document.scripts.length,
            cookie: document.cookie, colour: getComputedStyle(document.querySelector('svg .hot')).fill,
            areas: [...document.querySelectorAll('svg path')].map(p => p.getBoundingClientRect().height),
            wide: document.documentElement.scrollWidth - window.innerWidth,
        })""")
        await tab.ask("Emulation.setDeviceMetricsOverride", width=380, height=900, deviceScaleFactor=1, mobile=True)
        narrow = await tab.value("document.documentElement.scrollWidth")
        await tab.ask("Emulation.clearDeviceMetricsOverride")
        picture = (await tab.ask("Page.captureScreenshot", captureBeyondViewport=True))["data"]
        return {**seen, "refused": refused, "narrow": narrow}, base64.b64decode(picture), tab.complaints


def test_the_page_is_drawn_in_a_browser_after_signing_in(served: ServedShop, tmp_path: Path) -> None:
    program = browser()
    if program is None:
        pytest.skip("Chromium is missing: apt-get install chromium")
    add_samples(served)
    with over_http(served) as url:
        seen, picture, complaints = asyncio.run(
            look(url, served.token(None, ["status"]), program, tmp_path / "profile")
        )
    Path(os.environ.get("STATUS_PICTURE", tmp_path / "status.png")).write_bytes(picture)

    assert "Token with the scope" in seen["refused"]
    assert (seen["title"], seen["scripts"], seen["cookie"]) == (f"Archive of {SCHEMA}", 0, "")
    for word in ("purchases", "ticks", "cold rows", "120", "lag", "last verification"):
        assert word in seen["text"]
    assert len(seen["areas"]) == 8  # two tables, rows and bytes, hot and cold
    assert all(height > 20 for height in seen["areas"])
    assert seen["colour"] == "rgb(201, 72, 14)"
    assert (seen["wide"], seen["narrow"]) == (0, 380)
    assert complaints == []


def test_the_page_says_no_reason_and_a_tenant_sees_its_own_rows(served: ServedShop) -> None:
    served.shop.execute(
        "insert into archive_catalog.events (event, schema_name, table_name, kind, details)"
        " values ('failed', %s, 'purchases', 'analytics', %s)", SCHEMA, '{"reason": "/srv/lake: ada <b>"}',
    )  # fmt: skip
    whole = served.get("/", None, ["status"])
    mine = served.get("/", "acme")
    assert (whole.status_code, "failed" in whole.text, "/srv" in whole.text) == (200, True, False)
    assert ("<dd>40</dd>" in mine.text, "ticks" in mine.text, "svg" in mine.text.partition("</style>")[2]) == (
        True,
        False,
        False,
    )
    ElementTree.fromstring(whole.text.partition("<main>")[2].join(["<main>", ""]).partition("</main>")[0] + "</main>")


def test_a_cookie_opens_the_page_and_nothing_else(served: ServedShop) -> None:
    cookie = {"Cookie": f"archive_jobs_token={served.token(None, ['status'])}"}
    assert served.client.get("/", headers=cookie).status_code == 200
    assert served.client.get("/api/v1/status", headers=cookie).status_code == 401
    wrong = served.client.post("/sign-in", content="token=x")
    right = served.client.post("/sign-in", content=f"token={served.token(None, ['status'])}", follow_redirects=False)
    assert (wrong.status_code, right.status_code, right.headers["location"]) == (401, 303, "/")
    assert {"HttpOnly", "SameSite=strict", "Secure"} <= {
        word.strip() for word in right.headers["set-cookie"].split(";")
    }
    assert "script" not in served.client.get("/", headers=cookie).headers["content-security-policy"]


def test_what_there_is_is_sampled_once_in_a_while(served: ServedShop) -> None:
    served.shop.execute("delete from archive_catalog.table_samples")
    assert sample(served.backend) == 4
    assert sample(served.backend) == 0  # another process just has
    with served.backend.connection() as connection:
        points = history_of(connection, SCHEMA, "purchases", "analytics")
    assert points[-1].hot_rows == served.shop.value("select count(*) from analytics_service.purchases")
    assert (points[-1].cold_rows, points[-1].hot_bytes or 0) > (119, 0)
    assert points[0].hot_rows is None  # before anybody looked
    assert [p.cold_rows for p in points] == sorted(p.cold_rows for p in points)


def test_rows_that_are_hot_and_cold_are_counted_in_both_and_drawn_once(served: ServedShop) -> None:
    shop = served.shop
    shop.execute(
        f"insert into {SCHEMA}.source_purchases (raw_id, raw_data) select 'r' || n, '{{}}' from generate_series(1, 9) n"
    )
    shop.run("source")
    shop.execute("delete from archive_catalog.table_samples")
    sample(served.backend)
    with served.backend.connection() as connection:
        point = history_of(connection, SCHEMA, "purchases", "source")[-1]
    page = served.get("/", None, ["status"]).text
    shop.execute(f"delete from {SCHEMA}.source_purchases")

    assert (point.hot_rows, point.cold_rows, point.both_rows) == (9, 9, 9)
    drawn = ElementTree.fromstring(chart([point], ROWS, "rows"))
    tops = {path.get("class"): path.get("d") for path in drawn.iter("path")}
    # All nine lie between the ground and nine tenths of an axis that ends at ten; of cold and hot alone there is none.
    assert tops["both"] == "M64.0,28.0H64.0V28.0H624.0V28.0V172.0V172.0H64.0V172.0H64.0Z"
    assert "28.0" not in (tops["cold"] or "") and "172.0" not in (tops["hot"] or "")
    assert "9 hot, 9 cold, 9 of them both" in page and "of these hot too</dt><dd>9</dd>" in page


def test_a_chart_of_nothing_of_one_and_of_zeros_is_well_formed() -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    empty = [Point(at, None, None, 0, 0)]
    one = [Point(at, 5, 10**9, 7, 2048)]
    many = [Point(at + timedelta(days=n), None if n < 3 else 4, None if n < 3 else 5, n, n) for n in range(6)]
    assert "sampled yet" in chart([], ROWS, "rows")
    for points in (empty, one, many):
        for quantity in (ROWS, BYTES):
            drawn = ElementTree.fromstring(chart(points, quantity, 'rows of "a" & b'))
            numbers = [path.get("d") or "" for path in drawn.iter("path")]
            assert not any(word in "".join(numbers) for word in ("nan", "inf", "None"))
    assert "M64.0" in chart(one, ROWS, "rows")
    # A service that has just begun knows one moment of what is hot, and shows it.
    begun = [Point(at, None, None, 7, 7), Point(at + timedelta(days=9), 5, 5, 7, 7)]
    hot = next(p for p in ElementTree.fromstring(chart(begun, ROWS, "rows")).iter("path") if p.get("class") == "hot")
    assert (hot.get("d") or "").startswith("M600.0,") and "H624.0" in (hot.get("d") or "")
