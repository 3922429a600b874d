"""How long the docs site takes to open in headless Chromium: `make bench-docs`, after `make docs` or `make demo`.

A page is open when its heading stands in it and the next frame was drawn, counted from the start of the navigation.
Chromium itself is started before; each time is taken in a fresh profile. Reads target/docs, changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

SITE = Path("target/docs/index.html")
ROUNDS = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAGES = {
    "first page": "index.html#!/overview",
    "module": "index.html#!/overview/module_commerce",
    "model": "index.html#!/model/model.platform.orders_read",
    "lineage of a column": "lineage.html#orders.order_total",
}
# Kept before any script of the page runs: when there is something to read, and two frames later.
_WATCH = """
new MutationObserver((_, watch) => {
  const found = document.querySelector('[marked] h1, [marked] p, .column.asked');
  if (found && found.textContent.trim() && found.textContent !== '(loading)') {
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => { window.openedAfter = performance.now(); }));
  }
}).observe(document, {childList: true, subtree: true, characterData: true});
"""


def browser() -> str | None:
    """The Chromium of this machine."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


async def opened_after(url: str, program: str) -> tuple[float, float]:
    """Seconds from navigation to the page being open, in a fresh browser, and CPU seconds of its main thread."""
    with tempfile.TemporaryDirectory(prefix="bench-docs-", ignore_cleanup_errors=True) as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        process = subprocess.Popen(
            [program, *options, "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            port = await _port(Path(profile) / "DevToolsActivePort")
            async with ClientSession() as session:
                tabs = await (await session.get(f"http://127.0.0.1:{port}/json")).json()
                address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
                async with session.ws_connect(address, max_msg_size=0) as page:
                    return await _navigate(page, url)
        finally:
            process.terminate()
            process.wait()


async def _port(file: Path) -> str:
    for _ in range(2400):
        if file.exists() and (text := file.read_text()):
            return text.splitlines()[0]
        await asyncio.sleep(0.05)
    raise TimeoutError("Chromium did not say where it listens within two minutes")


async def _navigate(page: ClientWebSocketResponse, url: str) -> tuple[float, float]:
    for method, parameters in (
        ("Page.enable", {}),
        ("Performance.enable", {"timeDomain": "threadTicks"}),
        ("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH}),
        ("Page.navigate", {"url": url}),
    ):
        await _ask(page, method, parameters)
    for _ in range(1200):
        found = await _ask(page, "Runtime.evaluate", {"expression": "window.openedAfter"})
        if "value" in found["result"]:
            metrics = (await _ask(page, "Performance.getMetrics", {}))["metrics"]
            cpu = next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
            return float(found["result"]["value"]) / 1000, float(cpu)
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{url} showed nothing within 60 seconds")


async def _ask(page: ClientWebSocketResponse, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    await page.send_json({"id": 1, "method": method, "params": parameters})
    while True:
        message = json.loads((await page.receive()).data)
        if message.get("id") == 1:
            return dict(message["result"])


def main() -> None:
    """Print a table for docs/50_measurements.md. Exit status 2: nothing to open, or nothing to open it with."""
    program = browser()
    if program is None or not SITE.exists():
        print(f"error: expected {SITE} (`make docs` writes it) and one of {', '.join(BROWSERS)}", file=sys.stderr)
        sys.exit(2)
    size = SITE.stat().st_size / 1e6
    print(f"{SITE}: {size:.1f} MB; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| page | seconds to open, median | fastest | slowest | CPU seconds, median |\n|---|---|---|---|---|")
    for name, page in PAGES.items():
        url = f"file://{SITE.parent.resolve()}/{page}"
        found = [asyncio.run(opened_after(url, program)) for _ in range(ROUNDS)]
        seconds, cpu = zip(*found, strict=True)
        times = (statistics.median(seconds), min(seconds), max(seconds), statistics.median(cpu))
        print(f"| {name} | {' | '.join(f'{one:.2f}' for one in times)} |", flush=True)


if __name__ == "__main__":
    main()
