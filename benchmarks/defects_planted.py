"""The hundred defects: 66 in flights, 20 in weather, 14 in planes. `defects.py` has the words they are made of."""

# ruff: noqa: E501  # one defect a line: it is read as a table
from __future__ import annotations

import json

from benchmarks.defects import (
    Batch,
    Defect,
    as_json,
    every,
    few,
    later,
    one_as,
    only,
    plus,
    renamed,
    scaled,
    shuffled,
    swapped,
    to,
    with_more,
    without,
)  # fmt: skip


def _dated(days: int) -> object:
    """Records as if of a day so many days later, keys included."""

    def change(records: Batch, _: object) -> Batch:
        move = later(24 * days)
        return [{**r, "day": str(int(r["day"]) + days), "time_hour": move(r["time_hour"], r)} for r in records]

    return change


_F, _W, _P = "flights", "weather", "planes"
_FORM = (
    Defect(_F, "form", "one record is cut off", one_as(lambda r: as_json(r)[:60])),
    Defect(_F, "form", "one record is a list", one_as(lambda r: json.dumps(list(r.values())))),
    Defect(_F, "form", "one record is JSON inside a JSON text", one_as(lambda r: json.dumps(as_json(r)))),
    Defect(_F, "form", "the header comes as a record", with_more(lambda rs: [{name: name for name in rs[0]}])),
    Defect(_F, "form", "an empty record", with_more(lambda _: [{}])),
    Defect(_F, "form", "all records inside one", lambda rs, _: [{"flights": rs}]),
    Defect(_F, "form", "names in capitals", lambda rs, _: [{k.upper(): v for k, v in r.items()} for r in rs]),
    Defect(_F, "form", "dep_delay is called departure_delay", renamed("dep_delay", "departure_delay")),
    Defect(_F, "form", "distance is called miles", renamed("distance", "miles")),
    Defect(_F, "form", "arr_time no longer comes", without("arr_time")),
    Defect(_F, "form", "origin became an object", every("origin", lambda v, _: {"code": v})),
    Defect(_F, "form", "a new column", lambda rs, _: [{**r, "gate": "B7"} for r in rs],
           "a test that the keys of payloads are known"),
)  # fmt: skip
_VALUES = (
    Defect(_F, "missing", "one dest is missing", few("dest", to(None))),
    Defect(_F, "missing", "half of the tail numbers are missing", every("tailnum", to("NA"), 0.5)),
    Defect(_F, "missing", "a fifth of the delays are empty", every("dep_delay", to(""), 0.2)),
    Defect(_F, "missing", "no arrival delay at all", every("arr_delay", to("NA"))),
    Defect(_F, "missing", "N/A instead of NA", every("tailnum", to("N/A"), 0.05)),
    Defect(_F, "missing", "9999 for an unknown delay", every("dep_delay", to("9999"), 0.03)),
    Defect(_F, "missing", "0 minutes in the air of cancelled flights", every("air_time", lambda v, _: "0" if v == "NA" else v), "range from 1"),
    Defect(_F, "missing", "a distance of 0", every("distance", to("0"), 0.05)),
    Defect(_F, "format", "a comma in thousands", every("distance", lambda v, _: f"{int(v):,}")),
    Defect(_F, "format", "distances with a decimal point", every("distance", lambda v, _: f"{v}.0"), "none is needed: 1400.0 is read as 1400"),
    Defect(_F, "format", "times as 05:17", every("dep_time", lambda v, _: v if v == "NA" else f"{int(v) // 100:02}:{int(v) % 100:02}")),
    Defect(_F, "format", "times as month/day/year", every("time_hour", lambda v, _: f"{v[5:7]}/{v[8:10]}/{v[:4]} {v[11:16]}")),
    Defect(_F, "format", "flight numbers through a spreadsheet", every("flight", lambda v, _: f"{int(v):.0E}", 0.1)),
    Defect(_F, "format", "carriers in small letters", every("carrier", lambda v, _: v.lower())),
    Defect(_F, "format", "a blank behind each dest", every("dest", lambda v, _: f"{v} ")),
    Defect(_F, "format", "a Cyrillic letter in a carrier", every("carrier", lambda v, _: v.replace("A", "А"), 0.1)),
    Defect(_F, "format", "tail numbers without their last letter", every("tailnum", lambda v, _: v[:-1] if v != "NA" else v)),
    Defect(_F, "format", "dest as four letters", every("dest", lambda v, _: f"K{v}")),
    Defect(_F, "format", "one unknown dest", few("dest", to("XQX")), "the limit of refers_to: it warns already of airports that the list lacks"),
)  # fmt: skip
_UNITS = (
    Defect(_F, "unit", "distance in kilometres", every("distance", scaled(1.609))),
    Defect(_F, "unit", "distance in nautical miles", every("distance", scaled(0.869)), "one distance per origin and dest"),
    Defect(_F, "unit", "minutes in the air as hours", every("air_time", scaled(1 / 60))),
    Defect(_F, "unit", "delays in seconds", every("dep_delay", scaled(60))),
    Defect(_F, "unit", "delays with the other sign", every("arr_delay", scaled(-1)), "expression: arr_delay against arr_time - sched_arr_time"),
    Defect(_F, "unit", "early departures as no delay", every("dep_delay", lambda v, _: "0" if v.startswith("-") else v)),
    Defect(_F, "unit", "distances to the next hundred", every("distance", lambda v, _: str(max(100, round(int(v), -2))))),
    Defect(_F, "unit", "all delays 15 minutes longer", every("arr_delay", plus(15)), "expression: arr_delay against arr_time - sched_arr_time"),
    Defect(_F, "logic", "departure and arrival swapped", swapped("dep_time", "arr_time"), "expression over dep_time, arr_time and air_time"),
    Defect(_F, "logic", "the two delays swapped", swapped("dep_delay", "arr_delay"), "expression: arr_delay against arr_time - sched_arr_time"),
    Defect(_F, "logic", "origin and dest swapped", swapped("origin", "dest")),
    Defect(_F, "logic", "the plan overwritten by what came", lambda rs, _: [{**r, "sched_dep_time": r["dep_time"]} for r in rs],
           "expression: dep_delay against dep_time - sched_dep_time"),
    Defect(_F, "logic", "minute 75", few("minute", to("75"), 5), "range 0 to 59"),
    Defect(_F, "logic", "departed at 25:75", few("dep_time", to("2575"), 5), "range 0 to 2400"),
    Defect(_F, "logic", "three times as long in the air", few("air_time", scaled(3), 10), "expression: air_time against distance"),
    Defect(_F, "logic", "the 32nd of the month", few("day", to("32"), 3), "range 1 to 31"),
    Defect(_F, "logic", "distances of other flights", shuffled("distance"), "one distance per origin and dest"),
    Defect(_F, "logic", "delays of other flights", shuffled("dep_delay"), "expression: dep_delay against dep_time - sched_dep_time"),
    Defect(_F, "logic", "a day of delay too much", every("dep_delay", plus(1440), 0.1)),
    Defect(_F, "time", "the year in two digits", every("year", to("13"))),
    Defect(_F, "time", "everything a year later", lambda rs, _: [{**r, "year": "2014", "time_hour": r["time_hour"].replace("2013", "2014")} for r in rs]),
    Defect(_F, "time", "one flight in 2099", few("time_hour", to("2099-01-07T10:00:00Z")), "expression: time_hour within a year of its own year"),
    Defect(_F, "time", "five flights in 1970", few("time_hour", to("1970-01-01T00:00:00Z"), 5), "expression: year of time_hour = year"),
    Defect(_F, "time", "the hour lost", every("time_hour", lambda v, _: f"{v[:11]}00:00:00Z")),
    Defect(_F, "time", "local time sent as UTC", every("time_hour", later(-5))),
    Defect(_F, "time", "an hour late since the clocks changed", every("time_hour", later(1)), "expression: hour of time_hour in New York = hour"),
)  # fmt: skip
_VOLUME = (
    Defect(_F, "volume", "half of the records", only(lambda r: int(r["flight"]) % 2 == 0)),
    Defect(_F, "volume", "five records", lambda rs, _: rs[:5]),
    Defect(_F, "volume", "nothing comes", lambda _, __: [], "hours_since_last_batch, once its limit has passed"),
    Defect(_F, "volume", "no flight of UA", only(lambda r: r["carrier"] != "UA")),
    Defect(_F, "volume", "nothing after noon", only(lambda r: int(r["hour"]) < 12)),
    Defect(_F, "volume", "every record twice", with_more(list)),
    Defect(_F, "volume", "every record twice, under another number", with_more(lambda rs: [{**r, "flight": str(int(r["flight"]) + 5000)} for r in rs])),
    Defect(_F, "volume", "the same file again, dated a day earlier", _dated(-1),
           "the number of rows of a day that was complete must not change"),
    Defect(_F, "volume", "ten flights of a tester", with_more(lambda rs: [{**r, "carrier": "ZZ", "tailnum": "TEST"} for r in rs[:10]])),
)  # fmt: skip
_WEATHER = (
    Defect(_W, "unit", "degrees Celsius", every("temp", lambda v, _: v if v == "NA" else str(round((float(v) - 32) / 1.8, 2))), "range, or expression: dewp against temp and humid"),
    Defect(_W, "missing", "999 degrees for unknown", few("temp", to("999"), 5), "range -60 to 130"),
    Defect(_W, "frozen", "a thermometer that stands still", every("temp", to("38.5")), "a test that a column changes within a day"),
    Defect(_W, "logic", "more than all the humidity", few("humid", to("130"), 3), "range 0 to 100"),
    Defect(_W, "unit", "humidity from 0 to 1", every("humid", scaled(0.01, 4)), "range 5 to 100"),
    Defect(_W, "logic", "wind from 400 degrees", few("wind_dir", to("400"), 3), "range 0 to 360"),
    Defect(_W, "unit", "wind in km/h", every("wind_speed", scaled(1.609, 3)), "a test against a second source of the same measurement"),
    Defect(_W, "logic", "a negative wind", few("wind_speed", to("-4"), 3), "range from 0"),
    Defect(_W, "unit", "pressure in inches", every("pressure", scaled(0.02953, 1)), "range 870 to 1085"),
    Defect(_W, "missing", "no pressure at all", every("pressure", to("NA")), "not_null as a warning"),
    Defect(_W, "logic", "temperature and dew point swapped", swapped("temp", "dewp"), "expression: dewp <= temp"),
    Defect(_W, "unit", "rain in hundredths", every("precip", scaled(100, 2)), "range 0 to 5"),
    Defect(_W, "volume", "no weather of JFK", only(lambda r: r["origin"] != "JFK"), "one row per station and hour"),
    Defect(_W, "logic", "the names of two stations swapped", every("origin", lambda v, _: {"EWR": "JFK", "JFK": "EWR"}.get(v, v)),
           "a test against a second source of the same measurement"),
    Defect(_W, "volume", "four hours are missing", only(lambda r: int(r["hour"]) not in (3, 4, 5, 6)), "one row per station and hour"),
    Defect(_W, "format", "decimal commas", every("temp", lambda v, _: v.replace(".", ","))),
    Defect(_W, "format", "T for a trace of rain", every("precip", to("T"), 0.1)),
    Defect(_W, "format", "stations as four letters", every("origin", lambda v, _: f"K{v}")),
    Defect(_W, "format", "NaN for a temperature", few("temp", to("NaN"), 2), "range -60 to 130"),
    Defect(_W, "format", "an infinite wind", few("wind_speed", to("Infinity"), 2), "range 0 to 200"),
)  # fmt: skip
_PLANES = (
    Defect(_P, "missing", "year 0", every("year", to("0"), 0.1)),
    Defect(_P, "time", "built in 2099", few("year", to("2099"), 3), "range 1900 to this year"),
    Defect(_P, "format", "seats in words", few("seats", to("fifty"), 3)),
    Defect(_P, "format", "letters read in the wrong encoding", every("manufacturer", to("BOMBARDIER INC√©"), 0.1), "pattern of letters"),
    Defect(_P, "missing", "no model", every("model", to(""), 0.2)),
    Defect(_P, "logic", "type and manufacturer swapped", swapped("type", "manufacturer")),
    Defect(_P, "format", "tail numbers in small letters", every("tailnum", lambda v, _: v.lower()), "pattern ^N[0-9A-Z]+$"),
    Defect(_P, "format", "a word misspelt", every("engine", lambda v, _: v.replace("Turbo-fan", "Turbo-fna"), 0.3)),
    Defect(_P, "missing", "unknown instead of NA", every("speed", to("unknown"), 0.1)),
    Defect(_P, "format", "a value that is SQL", few("model", to("'; drop table planes; --")), "accepted values, or a pattern"),
    Defect(_P, "format", "names cut off after 8 letters", every("manufacturer", lambda v, _: v[:8])),
    Defect(_P, "format", "a blank before each model", every("model", lambda v, _: f" {v}"), "pattern ^[^ ].*[^ ]$"),
    Defect(_P, "logic", "year and seats swapped", swapped("year", "seats")),
    Defect(_P, "logic", "seats of other planes", shuffled("seats"), "one number of seats per model"),
)  # fmt: skip
DEFECTS = _FORM + _VALUES + _UNITS + _VOLUME + _WEATHER + _PLANES
