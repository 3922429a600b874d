"""What the interpreter expects beside what stands in the database: every difference, with its payload."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from definitions_to_dbt.column import Column
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.selftest.build import Found
from definitions_to_dbt.selftest.outcomes import Arrived, Ledger
from definitions_to_dbt.selftest.synthesise import Record
from definitions_to_dbt.selftest.values import Json, json_text, read, read_json
from definitions_to_dbt.selftest.verdicts import DoesNotFitError, UnjudgedError


@dataclass(frozen=True)
class Mismatch:
    """One difference."""

    object: str
    case: str
    what: str
    payload: str
    place: str
    expected: str
    found: str

    def __str__(self) -> str:
        return (
            f"{self.object}, {self.case}: {self.what}\n  payload   {self.payload}\n  {self.place}\n"
            f"  expected  {self.expected}\n  found     {self.found}"
        )


def compare(
    model: ObjectModel, batches: Sequence[Sequence[Record]], seqs: Sequence[Sequence[int]], found: Found
) -> list[Mismatch]:
    """Every difference of one object, in the order of arrival."""
    ledger = Ledger(model)
    records: dict[int, Record] = {}
    for batch, numbers in zip(batches, seqs, strict=True):
        arrived = [Arrived(n, r.verdict, found.ingested[n]) for n, r in zip(numbers, batch, strict=True)]
        records |= dict(zip(numbers, batch, strict=True))
        ledger.take_in(arrived)
    return [
        Mismatch(model.code, *_told(records.get(seq)), place, str(expected), str(value))
        for seq, place, expected, value in _differences(model, ledger, records, found)
    ]


def _told(record: Record | None) -> tuple[str, str, str]:
    if record is None:
        return "", "a row that no record stands behind", ""
    text = record.text if isinstance(record.text, str) else repr(record.text)
    return record.case, record.what, text if len(text) <= 400 else text[:397] + "..."


def _differences(
    model: ObjectModel, ledger: Ledger, records: Mapping[int, Record], found: Found
) -> Iterator[tuple[int, str, Any, Any]]:
    for seq, record in records.items():
        if found.raw.get(seq) != ledger.outcomes[seq]:
            yield seq, "outcome and the record that beat it", ledger.outcomes[seq], found.raw.get(seq)
        expected = sorted(record.verdict.reasons)
        reasons = sorted(reason.partition(": ")[0] for reason in found.reasons.get(seq, []))
        if expected != reasons:
            yield seq, "columns that the reasons of the reject name", expected, found.reasons.get(seq, [])
    yield from _rows(model, ledger, found)
    yield from _versions(model, ledger, records, found)
    yield from _read_model(model, ledger, found)


def _rows(model: ObjectModel, ledger: Ledger, found: Found) -> Iterator[tuple[int, str, Any, Any]]:
    left = list(found.rows)
    for row in ledger.rows.values():
        there = [r for r in left if (r["_raw_seq"], r["_deleted"]) == (row.seq, row.is_gone)]
        # One record may leave several marks beside its own row; each holds the row that stood there.
        if row.is_mark or (row.is_delete and len(there) > 1):
            there = [stands for stands in there if not list(_unlike(model, row.values, stands))]
        if not there:
            what = "the mark of an event that moved" if row.is_mark else "the row in the table"
            yield row.seq, what, {name: str(value) for name, value in row.values.items()}, "no such row"
            continue
        left.remove(there[0])
        if not row.is_mark:
            yield from ((row.seq, *one) for one in _unlike(model, row.values, there[0]))
            yield from ((row.seq, *one) for one in _judgement(row.verdict, there[0]))
    for stands in left:
        yield stands["_raw_seq"], "a row in the table", "none", stands


def _judgement(verdict: Any, row: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    issues = sorted(issue.partition(": ")[0] for issue in row["_quality_issues"])
    if sorted(verdict.issues) != issues:
        yield "columns that the warnings name", sorted(verdict.issues), row["_quality_issues"]
    if row["_quality_score"] != verdict.score:
        yield "quality score", verdict.score, row["_quality_score"]


def _unlike(model: ObjectModel, values: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for column in model.columns:
        if column.name in row and not is_same(column, values[column.name], row[column.name]):
            yield f"column {column.name} ({column.pg_type.sql})", values[column.name], row[column.name]


def is_same(column: Column, value: Any, found: Any) -> bool:
    """True where the text of PostgreSQL means the value."""
    if value is None or found is None:
        return value is found
    pg_type = column.pg_type
    if pg_type.element is not None:
        is_as_long = isinstance(found, list) and len(found) == len(value)
        return is_as_long and all(
            _is_same_text(one, text, pg_type.element) for one, text in zip(value, found, strict=True)
        )
    return _is_same_text(value, found, pg_type)


def _is_same_text(value: Any, text: Any, pg_type: Any) -> bool:
    if value is None or text is None:
        return value is text
    if isinstance(value, Json):
        return Json(read_json(text)) == value
    if isinstance(value, float) and value != value:
        return bool(text == "NaN")
    try:
        return bool(read(text, pg_type) == value)
    except (DoesNotFitError, UnjudgedError):
        return False


def _versions(
    model: ObjectModel, ledger: Ledger, records: Mapping[int, Record], found: Found
) -> Iterator[tuple[int, str, Any, Any]]:
    if not model.has_versions:
        return
    expected = ledger.versions()
    rows = {row["_raw_seq"]: row for row in found.versions}
    for seq in sorted(expected.keys() ^ rows.keys()):
        yield seq, "a version of the object", "one" if seq in expected else "none", "one" if seq in rows else "none"
    for seq in expected.keys() & rows.keys():
        version, row = expected[seq], rows[seq]
        interval = (version.valid_from, version.valid_to, version.valid_to is None)
        if interval != (row["valid_from"], row["valid_to"], row["is_current"]):
            shown = (row["valid_from"], row["valid_to"], row["is_current"])
            yield seq, "valid_from, valid_to, is_current", tuple(map(str, interval)), tuple(map(str, shown))
        if row["_deleted"] != version.row.is_delete:
            yield seq, "_deleted of the version", version.row.is_delete, row["_deleted"]
        yield from ((seq, *one) for one in _unlike(model, version.row.values, row))
        yield from ((seq, *one) for one in _judgement(records[seq].verdict, row))


def _read_model(model: ObjectModel, ledger: Ledger, found: Found) -> Iterator[tuple[int, str, Any, Any]]:
    """What readers see: the same rows less the marks, and of personal data nothing in the clear."""
    standing = [row for row in ledger.rows.values() if not row.is_gone]
    if len(standing) != len(found.read):
        yield 0, "rows of the read model", len(standing), len(found.read)
    clear = [column for column in model.columns if column.pii == "none"]
    written = {row["_raw_seq"]: row for row in found.rows if not row["_deleted"]}
    expected = Counter(tuple(str(written[row.seq][c.name]) for c in clear) for row in standing if row.seq in written)
    seen = Counter(tuple(str(row[c.name]) for c in clear) for row in found.read)
    for texts in expected - seen:
        yield 0, "a row of the read model", dict(zip([c.name for c in clear], texts, strict=True)), "not there"
    for column in model.columns:
        if column.pii in ("tokenize", "mask"):
            shown = {row[column.name] for row in found.read} - {None, ""}
            for row in standing:
                if (value := row.values[column.name]) is not None and _clear_text(value) in shown:
                    yield row.seq, f"column {column.name} of the read model", column.pii, value


def _clear_text(value: Any) -> str:
    return json_text(value.value) if isinstance(value, Json) else str(value)
