"""How lineage looks to people."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from archive_jobs.command_line.show import print_table, table
from archive_jobs.tracing.bundle import Bundle
from archive_jobs.tracing.comparison import Comparison
from archive_jobs.tracing.trace import Trace

_MOST_OF_A_PAYLOAD = 160


def comparison(report: Comparison) -> None:
    """Counts, then the columns that differ, then samples."""
    by = f" by {'event' if report.by == 'event' else 'arrival'}" if report.by else ""
    print(f"{report.expected} against {report.found}, {report.interval}{by}")
    shown = table("what", ">count")
    for name, number in report.counts.items():
        shown.add_row(name, f"{number:,}")
    print_table(shown)
    for name, number in report.columns.items():
        print(f"differs in {name}: {number:,}")
    for sample in report.samples:
        named = ", ".join(f"{key}={value}" for key, value in sample.items() if key not in ("problem", "columns"))
        print(f"{sample['problem']}: {named}")
        for name, values in sample.get("columns", {}).items():
            print(f"    {name}: expected {values['expected']!r}, found {values['found']!r}")
    if report.counts.get("accepted now"):
        print(
            "Records that were rejected then and are accepted now:"
            f" `archive-jobs replay {report.table} --rejected` transforms them again."
        )
    if not any(report.counts.values()):
        print("Neither side has a row there: nothing was compared.")
    else:
        print("They differ." if report.differs else "They agree.")


def trace(found: Trace) -> None:
    """A tree: the records in the order of their arrival; under each what became of it, where it lies, who made it."""
    asked = ", ".join(f"{name}={value}" for name, value in (found.key or {}).items())
    named = f"raw record {found.asked_raw_seq}" if found.asked_raw_seq is not None else ""
    root = Tree(escape(f"{found.table}: {', '.join(part for part in (named, asked) if part)}"))
    truth = [row for row in found.rows if row["current"]]
    said = "; ".join(f"record {row['raw_seq']}, {row['place']}" for row in truth) or "none: no row that is not deleted"
    root.add(escape(f"current truth: {said}"))
    told_of: set[str] = set()
    for record in found.records:
        node = root.add(escape(f"raw record {record['raw_seq']}: {_fate_of(found, record)}"))
        for line in _lines_of(record, found):
            node.add(escape(line))
        for row in found.rows:
            if row["raw_seq"] == record["raw_seq"]:
                _add_row(node, row)
        if record["batch"] is not None:
            _add_batch(node, found, str(record["batch"]), told_of)
    known = {record["raw_seq"] for record in found.records}
    for row in found.rows:
        if row["raw_seq"] not in known:
            _add_row(root, row)
    if not found.searched["records"]:
        why = f": {found.searched['sealed']}" if found.searched["sealed"] else ""
        root.add(escape(f"not searched: records of the key that no row and no ledger names{why}"))
    # Wide enough for a path: a cut path is no path.
    Console(width=None if sys.stdout.isatty() else 400, highlight=False, soft_wrap=True).print(root)


def _fate_of(found: Trace, record: Mapping[str, Any]) -> str:
    outcome, by = record["outcome"] or "nobody knows what became of it", record["said_by"]
    said = outcome if by in ("Layer 3", "its row", "nobody") else f"{outcome} (says {by})"
    if record["beaten_by"]:
        said += f" {'of' if record['outcome'] == 'duplicate' else 'by'} record {record['beaten_by']}"
    if record["reasons"]:
        said += f": {'; '.join(record['reasons'])}"
    has_row = any(row["raw_seq"] == record["raw_seq"] for row in found.rows)
    truth = [row["raw_seq"] for row in found.rows if row["current"]]
    if record["outcome"] == "loaded" and not has_row and truth:
        said += f"; its row was written over since, now by record {truth[0]}"
    if record["outcome"] == "rejected" and not record["refused_today"] and record["said_by"] != "today's definition":
        said += "; today's definition accepts it"
    return said


def _lines_of(record: Mapping[str, Any], found: Trace) -> Iterator[str]:
    yield f"{record['place']}{_in_file(record['file'])}"
    if record.get("ingested_at"):
        brought = [record["ingested_at"], record.get("source_system"), record.get("source_file")]
        load = found.loads.get(record.get("run_id") or "")
        status = f", load {record['run_id']}: {load['status']}" if load else ""
        yield f"arrived {', '.join(part for part in brought if part)}{status}"
    if record.get("raw_sha256"):
        yield f"SHA-256 of the record {record['raw_sha256']}"
    payload = record.get("raw_data") or record.get("raw_bytes")
    if payload:
        more = f"… ({len(payload):,} characters)" if len(payload) > _MOST_OF_A_PAYLOAD else ""
        yield f"{payload[:_MOST_OF_A_PAYLOAD]}{more}"
    if record.get("sealed"):
        yield f"sealed under key {record['sealed_key']}: {record['sealed']}"
    if record["version"]:
        until = record["version"]["valid_to"] or "now"
        yield f"version from {record['version']['valid_from']} until {until}"


def _add_row(node: Tree, row: Mapping[str, Any]) -> None:
    state = "current truth" if row["current"] else "not current"
    if row["deleted"]:
        state = "marks a deletion, or a place it has left"
    places = "".join(_in_file(file) for file in row["files"])
    made = node.add(escape(f"row, {state}: {row['place']}{places}"))
    values = {name: value for name, value in row["values"].items() if not name.startswith("_") and value is not None}
    made.add(escape(", ".join(f"{name}={value}" for name, value in values.items())))


def _in_file(file: Mapping[str, Any] | None) -> str:
    if file is None:
        return ""
    return (
        f" in {file['path']}, row {file['row_in_file']}, SHA-256 {file['sha256']}, generation {file['generation']},"
        f" commit record {file['commit_seq']}"
    )


def _add_batch(node: Tree, found: Trace, batch: str, told_of: set[str]) -> None:
    told = found.batches.get(batch)
    if told is None or batch in told_of:
        node.add(f"batch {batch}, {'as above' if told else 'which is not in the ledger of this database'}")
        return
    told_of.add(batch)
    closed, invocation = told.get("closed_at") or "", told.get("invocation_id")
    made = node.add(f"batch {batch}, {told['state']} {closed}, dbt {told.get('dbt_version') or ''} run {invocation}")
    todays = "today's" if told["definition_is_todays"] else f"today's is {found.definition['hash'][:16]}"
    made.add(f"definition {(told.get('definition_hash') or '')[:16]} ({todays})")
    for model, sha256 in (told.get("code") or {}).items():
        made.add(f"model {model}, SQL with SHA-256 {sha256}")


def bundle(made: Bundle) -> None:
    """What was written, what it holds, and what a stranger has to take our word for."""
    for head in made.heads:
        print(f"head {head}")
    for line in made.holds:
        print(f"holds: {line}")
    for line in made.only_said:
        print(f"only said: {line}")
    print(f"{made.folder}: {made.files:,} files, {made.bytes:,} bytes; {made.proven:,} records and rows are proven")
    print(f"digest {made.digest}: tell it by another way; docs/check_bundle.py {made.folder} checks the bundle")
