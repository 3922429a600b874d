"""Payloads labelled by hand, asked of the interpreter and of a real build alike; and a build that was tampered with.

One build serves all: the labelled objects as they are generated, and one object per sabotage.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from quiet_dbt import no_unheard_messages
from sabotage import BUILT, CHANGES, SABOTAGES, definition, definition_of, rendered_and_broken

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import render
from definitions_to_dbt.selftest.build import Built, Found, build
from definitions_to_dbt.selftest.compare import compare, is_same
from definitions_to_dbt.selftest.expression import evaluate
from definitions_to_dbt.selftest.interpret import interpret
from definitions_to_dbt.selftest.outcomes import Arrived, Ledger
from definitions_to_dbt.selftest.synthesise import Record, synthesise

FILES = sorted((Path(__file__).parent / "labelled").glob("*.json"))
KINDS = [file.stem for file in FILES]
NOW = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass
class Labelled:
    """One object, its labelled records in their order, and what the interpreter makes of each."""

    model: ObjectModel
    labels: list[dict[str, Any]]
    batches: tuple[list[Record], list[Record]]

    def ledger(self) -> Ledger:
        ledger, seq = Ledger(self.model), 0
        for batch in self.batches:
            ledger.take_in([Arrived(seq + n, record.verdict, NOW) for n, record in enumerate(batch, 1)])
            seq += len(batch)
        return ledger


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    contents = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in FILES}
    root = tmp_path_factory.mktemp("labelled") / "definitions"
    for folder in ("modules", "object_models"):
        (root / folder).mkdir(parents=True)
    (root / "modules" / "HOTEL.json").write_text(
        json.dumps({"code": "HOTEL", "name": "Hotel", "readers": ["night_auditor"]})
    )
    for kind, content in contents.items():
        (root / "object_models" / f"{kind}.json").write_text(json.dumps(content["definition"]))
    _write_broken(root, BUILT)
    for told in CHANGES:
        (root / "object_models" / f"{told}.json").write_text(json.dumps(definition_of(told.upper(), told)))
    library = load_library(root)
    found: dict[str, Any] = {}
    for kind, content in contents.items():
        model = library.object(content["definition"]["code"])
        batches = tuple([_record(model, label) for label in batch] for batch in content["batches"])
        found[kind] = Labelled(model, [label for batch in content["batches"] for label in batch], batches)
    found["library"] = library
    found["changes"] = [synthesise(library.object(told.upper())) for told in CHANGES]
    found["broken"] = {number: synthesise(library.object(f"BROKEN_{number}")) for number in BUILT}
    return found


def _write_broken(root: Path, numbers: Iterable[int]) -> None:
    for number in numbers:
        (root / "object_models" / f"broken_{number}.json").write_text(json.dumps(definition(number)))


def _record(model: ObjectModel, label: Mapping[str, Any]) -> Record:
    text = label["text"] if "text" in label else json.dumps(label["sent"], ensure_ascii=False)
    sent: str | bytes = text if _is_json(text) else text.encode()
    return Record("labelled", "by hand", sent, interpret(model, sent))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.fixture(scope="module")
def built(labelled: dict[str, Any]) -> Built:
    batches = {labelled[kind].model.code: labelled[kind].batches for kind in KINDS}
    batches |= {one.model.code: one.batches for one in [*labelled["broken"].values(), *labelled["changes"]]}
    with pytest.MonkeyPatch.context() as patch, no_unheard_messages():
        patch.setattr("definitions_to_dbt.selftest.build.render", rendered_and_broken)
        return build(labelled["library"], batches, lambda line: None)


@pytest.mark.parametrize("kind", KINDS)
def test_the_interpreter_says_what_the_labels_say(labelled: dict[str, Any], kind: str) -> None:
    one: Labelled = labelled[kind]
    ledger = one.ledger()
    records = [record for batch in one.batches for record in batch]

    for seq, (label, record) in enumerate(zip(one.labels, records, strict=True), 1):
        assert ledger.outcomes[seq] == (_outcome(one, seq), label.get("by")), label
        assert sorted(record.verdict.reasons) == label.get("reasons", []), label
        assert list(record.verdict.issues) == label.get("issues", [])
        if "row" in label:
            assert str(record.verdict.score) == label["score"]
            assert _unlike(one.model, record.verdict.values, label["row"]) == []
        if "version" in label:
            version = ledger.versions()[seq]
            assert [version.valid_from, version.valid_to] == [_time(text) for text in label["version"]]


@pytest.mark.xdist_group("labelled")
@pytest.mark.parametrize("kind", KINDS)
def test_what_lands_where_is_what_the_labels_say(labelled: dict[str, Any], built: Built, kind: str) -> None:
    one: Labelled = labelled[kind]
    found = built.objects[one.model.code]

    for seq, label in enumerate(one.labels, 1):
        assert found.raw[seq] == (_outcome(one, seq), label.get("by")), label
        reasons = [reason.partition(": ")[0] for reason in found.reasons.get(seq, [])]
        assert sorted(reasons) == label.get("reasons", []), label
        if "version" in label:
            version = next(row for row in found.versions if row["_raw_seq"] == seq)
            assert [version["valid_from"], version["valid_to"]] == [_time(text) for text in label["version"]]
    assert [name for name in built.broken if "broken_" not in name] == []


@pytest.mark.xdist_group("labelled")
@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_that_stand_are_those_of_the_labels(labelled: dict[str, Any], built: Built, kind: str) -> None:
    one: Labelled = labelled[kind]
    found = built.objects[one.model.code]
    standing = {seq: label for seq, label in enumerate(one.labels, 1) if "row" in label}

    assert sorted(row["_raw_seq"] for row in found.rows if not row["_deleted"]) == sorted(standing)
    for row in found.rows:
        label = standing[row["_raw_seq"]]
        if row["_deleted"]:
            assert row[one.model.time_column] == label["leaves"]
        else:
            assert {name: row[name] for name in label["row"]} == {**label["row"], **_padded(one, label["row"])}
            assert [issue.partition(": ")[0] for issue in row["_quality_issues"]] == label.get("issues", [])
            assert str(row["_quality_score"]) == label["score"]
    assert len(found.read) == len(standing)


@pytest.mark.xdist_group("labelled")
@pytest.mark.parametrize("kind", KINDS)
def test_interpreter_and_build_agree_on_every_labelled_record(
    labelled: dict[str, Any], built: Built, kind: str
) -> None:
    one: Labelled = labelled[kind]
    found: Found = built.objects[one.model.code]

    assert compare(one.model, one.batches, built.seqs[one.model.code], found) == []


@pytest.mark.xdist_group("labelled")
@pytest.mark.parametrize("number", range(len(CHANGES)), ids=CHANGES)
def test_what_is_told_as_changes_lands_as_expected(labelled: dict[str, Any], built: Built, number: int) -> None:
    one = labelled["changes"][number]
    found = built.objects[one.model.code]

    assert compare(one.model, one.batches, built.seqs[one.model.code], found) == []
    assert {outcome for outcome, _ in found.raw.values()} == {"loaded", "superseded", "duplicate", "rejected"}
    assert {row["_deleted"] for row in found.rows} == {row["_deleted"] for row in found.versions} == {False, True}
    assert one.unjudged == {}


def _outcome(one: Labelled, seq: int) -> str:
    return str(one.labels[seq - 1]["outcome"])


def _padded(one: Labelled, row: Mapping[str, Any]) -> dict[str, Any]:
    """PostgreSQL writes a char without the blanks behind it."""
    return {c.name: row[c.name].rstrip() for c in one.model.columns if c.pg_type.base == "char"}


def _unlike(model: ObjectModel, values: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    assert set(values) == set(row)
    return [column.name for column in model.columns if not is_same(column, values[column.name], row[column.name])]


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def test_the_length_of_a_text_is_compared_with_numbers() -> None:
    assert evaluate("length(title) > 3", {"title": "four"}) is True
    assert evaluate("length(title) = stars", {"title": "four", "stars": 5}) is False


def test_what_the_server_cannot_read_is_not_sent_and_that_is_said() -> None:
    xml: dict[str, Any] = {"name": "page", "type": "xml"}
    columns = [{"name": "id", "type": "integer", "primary_key": True}, xml]
    model = ObjectModel.model_validate_json(
        json.dumps({
            "code": "PAGE", "name": "Page", "module": "HOTEL",
            "table_schema": {"table_name": "pages", "columns": columns},
        })
    )  # fmt: skip

    made = synthesise(model)

    assert "page: the server of the self-test reads no xml" in made.unjudged
    assert {record.verdict.values["page"] for batch in made.batches for record in batch} == {None}


def test_every_kind_of_object_has_labels(labelled: dict[str, Any]) -> None:
    models = [labelled[kind].model for kind in KINDS]

    kinds = {(model.kind, bool(model.primary_key)) for model in models}

    assert kinds == {("event", True), ("event", False), ("entity", True), ("reference", True)}


@pytest.mark.xdist_group("labelled")
@pytest.mark.parametrize("number", BUILT, ids=[SABOTAGES[number].what for number in BUILT])
def test_a_project_that_was_tampered_with_is_noticed(labelled: dict[str, Any], built: Built, number: int) -> None:
    one = labelled["broken"][number]

    differences = compare(one.model, one.batches, built.seqs[one.model.code], built.objects[one.model.code])

    assert [str(found) for found in differences if SABOTAGES[number].noticed in found.place]


def test_every_sabotage_still_finds_what_it_breaks(tmp_path: Path) -> None:
    """Also those that `make test` does not build."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "object_models").mkdir()
    (tmp_path / "modules" / "HOTEL.json").write_text(json.dumps({"code": "HOTEL", "name": "Hotel"}))
    _write_broken(tmp_path, range(len(SABOTAGES)))
    library = load_library(tmp_path)
    whole = render(library)

    broken = rendered_and_broken(library)

    changed = [path for path in whole if path.endswith(".sql") and broken[path].text != whole[path].text]
    assert len(changed) == len(SABOTAGES)
