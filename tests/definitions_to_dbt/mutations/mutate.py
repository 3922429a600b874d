"""One random change of a definition, chosen by the JSON Schema of its kind, so that a key that is new is spoilt too."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from mutation_seeds import SEEDS

from definitions_to_dbt.json_schema import schema_of
from definitions_to_dbt.library import FOLDERS

HOSTILE = (
    "", " ", "{{ env_var('X') }}", "{% raw %}", "a;b", "'", '"', "\\", "--", "/*", "a\nb", "é", "x" * 70, "now()", "0",
    "-1", "1e9", "null", "select", "true", "../x", "%", "(", "$$", "Europe/Vienna", "90 days", "text", "uuid", "json",
    "timestamptz", "numeric(3,5)", "varchar(3)", "smallint[]", "interval", "inet", "amount", "label", "thing_id",
    "things", "shelves.shelf_id", "SHELF", "THING", "mask", "event", "reference", "p50", "2024-02-30",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 100, 2**31, 2**63, 10**30, 0.5, -0.0, 1e300)
OTHERS = (None, True, False, [], {}, [None], [[]], {"a": 1}, ["thing_id"], ["label", "label"])


class Mutant(NamedTuple):
    """A spoilt file: what was done to it where, and what stood there before."""

    file: str
    how: str
    pointer: str
    document: Any
    before: Any
    after: Any


def mutants(count: int, start: int = 0) -> Iterator[Mutant]:
    """The same mutants for the same numbers."""
    for number in range(start, start + count):
        yield mutant(number)


def mutant(number: int) -> Mutant:
    """One mutant of one seed. Half of them are of object models: that is where most of the meaning is."""
    chance = random.Random(number)
    files = sorted(SEEDS)
    objects = [file for file in files if file.startswith("object_models/")]
    file = chance.choice(objects if chance.random() < 0.75 else files)
    document = copy.deepcopy(SEEDS[file])
    how, pointer, before, after = _HOW[chance.choices(list(_HOW), weights=_WEIGHTS)[0]](chance, file, document)
    return Mutant(file, how, pointer, document, before, after)


def places(value: Any, at: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Every place below a value: what holds it, its key, its pointer."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        pointer = f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
        yield value, key, pointer
        yield from places(value[key], pointer)


def _drop(chance: random.Random, _: str, document: Any) -> tuple[str, str, Any, Any]:
    holder, key, pointer = chance.choice(list(places(document)))
    before = holder.pop(key)
    return "drop", pointer, before, None


def _rename(chance: random.Random, file: str, document: Any) -> tuple[str, str, Any, Any]:
    holder, key, pointer = chance.choice([place for place in places(document) if isinstance(place[1], str)])
    known = list(properties_at(file, pointer.rpartition("/")[0]))
    typos = [key[:-1], key + "x", key.upper(), key[1:] + key[:1], "{{ x }}", "+" + key]
    new = chance.choice([name for name in (*typos, *known, chance.choice(HOSTILE)) if name != key])
    before, lost = holder[key], holder.get(new)
    items = [(new if name == key else name, value) for name, value in holder.items() if name != new]
    holder.clear()
    holder.update(items)
    return "rename", f"{pointer.rpartition('/')[0]}/{_escaped(new)}", {key: before, new: lost}, {new: before}


def _retype(chance: random.Random, _: str, document: Any) -> tuple[str, str, Any, Any]:
    holder, key, pointer = chance.choice(list(places(document)))
    before = holder[key]
    wrapped = [[before], {"a": before}, json.dumps(before), None, str(before), *OTHERS]
    others = [value for value in wrapped if type(value) is not type(before)]
    holder[key] = copy.deepcopy(chance.choice(others))
    return "retype", pointer, before, holder[key]


def _duplicate(chance: random.Random, _: str, document: Any) -> tuple[str, str, Any, Any]:
    lists = [place for place in places(document) if isinstance(place[0], list)]
    if not lists:
        return _retype(chance, _, document)
    holder, key, pointer = chance.choice(lists)
    holder.append(copy.deepcopy(holder[key]))
    return "duplicate", f"{pointer.rpartition('/')[0]}/{len(holder) - 1}", None, holder[-1]


def _insert(chance: random.Random, file: str, document: Any) -> tuple[str, str, Any, Any]:
    """A key that the schema knows, with a value the schema would take, or nearly."""
    holders = [(document, ""), *((h[k], p) for h, k, p in places(document) if isinstance(h[k], dict))]
    for _ in range(20):
        holder, pointer = chance.choice(holders)
        known = properties_at(file, pointer)
        missing = [name for name in known if name not in holder]
        if missing:
            key = chance.choice(missing)
            holder[key] = plausible(chance, file, known[key], document)
            return "insert", f"{pointer}/{_escaped(key)}", None, holder[key]
    return _swap(chance, file, document)


def _swap(chance: random.Random, _: str, document: Any) -> tuple[str, str, Any, Any]:
    (one, a, pointer), (other, b, _) = (chance.choice(list(places(document))) for _ in range(2))
    before = one[a]
    one[a] = copy.deepcopy(other[b])
    return "swap", pointer, before, one[a]


def _nudge(chance: random.Random, _: str, document: Any) -> tuple[str, str, Any, Any]:
    numbers = [p for p in places(document) if isinstance(p[0][p[1]], int | float) and not isinstance(p[0][p[1]], bool)]
    if not numbers:
        return _replace(chance, _, document)
    holder, key, pointer = chance.choice(numbers)
    before = holder[key]
    holder[key] = chance.choice([before + 1, before - 1, before * 10, -before, before / 2, *NUMBERS])
    return "nudge", pointer, before, holder[key]


def _replace(chance: random.Random, _: str, document: Any) -> tuple[str, str, Any, Any]:
    holder, key, pointer = chance.choice(list(places(document)))
    before = holder[key]
    holder[key] = chance.choice(HOSTILE)
    return "hostile", pointer, before, holder[key]


def _nest(chance: random.Random, _: str, document: Any) -> tuple[str, str, Any, Any]:
    holder, key, pointer = chance.choice(list(places(document)))
    before = holder[key]
    for _n in range(chance.choice([5, 20, 40, 200])):
        holder[key] = [holder[key]] if chance.random() < 0.5 else {"a": holder[key]}
    return "nest", pointer, before, None


_HOW = {
    "drop": _drop, "rename": _rename, "retype": _retype, "duplicate": _duplicate, "insert": _insert, "swap": _swap,
    "nudge": _nudge, "replace": _replace, "nest": _nest,
}  # fmt: skip
_WEIGHTS = (12, 8, 8, 8, 30, 14, 8, 10, 2)


@cache
def _schema(folder: str) -> dict[str, Any]:
    return schema_of(folder, FOLDERS[folder])


def _resolved(folder: str, schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that one stands for: references followed, alternatives apart."""
    if "$ref" in schema:
        return _resolved(folder, _schema(folder)["$defs"][schema["$ref"].rpartition("/")[2]])
    inner = [one for word in ("anyOf", "oneOf", "allOf") for one in schema.get(word, ())]
    inner += [schema[word] for word in ("then", "else") if word in schema]
    return [found for one in inner for found in _resolved(folder, one)] if inner else [schema]


def properties_at(file: str, pointer: str) -> dict[str, Any]:
    """The keys that the schema knows at a place of a file, with their schemas."""
    folder = file.partition("/")[0]
    schemas = _resolved(folder, _schema(folder))
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        inner = [one["properties"][step] for one in schemas if step in one.get("properties", {})]
        inner += [one["items"] for one in schemas if step.isdigit() and isinstance(one.get("items"), dict)]
        schemas = [found for one in inner for found in _resolved(folder, one)]
    return {name: value for one in schemas for name, value in one.get("properties", {}).items()}


def plausible(chance: random.Random, file: str, schema: dict[str, Any], document: Any, depth: int = 0) -> Any:
    """A value that the schema would take. Names are mostly those that stand in the document already."""
    folder = file.partition("/")[0]
    found = chance.choice(_resolved(folder, schema))
    if "const" in found:
        return found["const"]
    if "enum" in found:
        return chance.choice(found["enum"])
    kind = found.get("type")
    if kind == "boolean":
        return chance.random() < 0.5
    if kind in ("integer", "number"):
        least, most = found.get("minimum", 0), found.get("maximum", 40)
        return chance.choice([least, min(most, 3), min(most, 40)])
    if kind == "array":
        items = found.get("items", {})
        return [plausible(chance, file, items, document, depth + 1) for _ in range(chance.choice([1, 1, 2, 0]))]
    if kind == "object" or "properties" in found:
        required = found.get("required", [])
        chosen = [n for n in found.get("properties", {}) if n in required or (depth < 3 and chance.random() < 0.3)]
        inner = found.get("properties", {})
        return {name: plausible(chance, file, inner[name], document, depth + 1) for name in chosen}
    texts = [holder[key] for holder, key, _ in places(document) if isinstance(holder[key], str)]
    return chance.choice([*texts, *HOSTILE]) if kind == "string" else chance.choice([None, *OTHERS])


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
