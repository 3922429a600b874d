"""Make two invented years of a cloud partner's business: raw files for the marts that the shop has nothing for.

    python -m demo.business_data .local/business --last-day 2024-06-30
    for file in .local/business/*.ndjson: landing load FILE --object the file's name in capitals

One record per change, as the sources send them: a subscription that grows, an opportunity that wanders through its
stages and is sometimes sent back, a lead that becomes one. The same for one seed and day. Nothing here is broken:
defects are the shop's part (`shop_defects.py`). What the marts should make of it is for the tests to reckon.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from definitions_to_dbt.command_line import run_command_line
from demo.business_compliance import POLICIES, send_holds, send_policy, send_scor
from demo.business_dice import Dice, Record
from demo.business_marketing import send_campaign, send_lead
from demo.business_sales import send_opportunity, send_subscription
from demo.shop_defects import json_line


def make_business(last_day: date, seed: int = 1) -> dict[str, list[Record]]:
    """Object code -> its records in the order in which they were sent."""
    dice = Dice(last_day, seed)
    for number in range(60):
        send_subscription(dice, number)
    for number in range(90):
        send_opportunity(dice, number)
    for number in range(6):
        send_campaign(dice, number)
    for number in range(70):
        send_lead(dice, number)
    for policy in POLICIES:
        send_policy(dice, policy)
    send_holds(dice)
    send_scor(dice)
    return dict(dice.sent)


def write_business(folder: Path, records: dict[str, list[Record]]) -> dict[str, Path]:
    """Write one NDJSON file per object, named after its code in small letters."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {code: folder / f"{code.lower()}.ndjson" for code in records}
    for code, path in paths.items():
        path.write_bytes(b"".join(json_line(record) + b"\n" for record in records[code]))
    return paths


app = typer.Typer(add_completion=False)


@app.command()
def main(
    folder: Annotated[Path, typer.Argument(help="Where the files go.")],
    last_day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day of the two years. Default: today.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Throws the same dice again.")] = 1,
) -> None:
    """Write the files, and print the commands that land them."""
    records = make_business((last_day or datetime.now()).date(), seed)
    for code, path in write_business(folder, records).items():
        typer.echo(f"landing load {path} --object {code}    # {len(records[code]):,} records")


if __name__ == "__main__":
    run_command_line(app)
