"""A bundle of proof: what a stranger needs to check a trace with a small script and no access to us.

A folder that mirrors the lake where it can, with the list of its files' hashes. docs/check_bundle.py reads it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from archive_jobs.lake.commit_records import record_folder, record_path
from archive_jobs.moving.attempt import TOOL_VERSION
from archive_jobs.planning.tables import KINDS
from archive_jobs.privacy.ledger import is_erasing
from archive_jobs.privacy.sealed_columns import SEALED
from archive_jobs.reading.read_back import Reader
from archive_jobs.tracing.trace import Trace
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError

SUMS = "SHA256SUMS"
_COMMITS = """
select commit_seq, record from archive_catalog.commits
where (schema_name, table_name, kind) = (%s, %s, %s) order by commit_seq
"""


@dataclass
class Bundle:
    """What was written. `digest` is to be told by another way than the bundle itself."""

    folder: Path
    digest: str = ""
    heads: list[str] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    proven: int = 0
    holds: list[str] = field(default_factory=list)
    only_said: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The bundle as plain values."""
        return {
            "bundle": str(self.folder), "digest": self.digest, "heads": self.heads, "files": self.files,
            "bytes": self.bytes, "proven": self.proven, "holds": self.holds, "only_said": self.only_said,
        }  # fmt: skip


class BundleWriter:
    """Writes one bundle. `keys` are the data keys of sealed records, by their ids; None leaves out what is sealed."""

    def __init__(
        self, reader: Reader, model: ObjectModel, trace: Trace, keys: Mapping[str, bytes] | None, target: Path
    ) -> None:
        self._reader, self._store, self._model = reader, reader.store, model
        self._trace, self._keys, self._target = trace, keys or {}, target
        self._withholds = keys is None and model.subject_column is not None
        self._made = Bundle(target)
        self._claims: dict[str, Any] = {"bundle": 1, "tool": TOOL_VERSION, "made_at": datetime.now(UTC).isoformat()}

    def write(self) -> Bundle:
        """Write the bundle whole, or nothing. Raises ProblemError where it may not be written."""
        if self._target.exists():
            raise ProblemError(f"{self._target} is there already", hint="Nothing was written. Name a new folder.")
        if is_erasing(self._reader.control, self._reader.schema):
            raise ProblemError(
                "an erasure was begun and is not finished: what it has not come to yet may not be given away",
                hint="Nothing was written. Run `archive-jobs erase --again --yes` first.",
            )
        try:
            with tempfile.TemporaryDirectory(prefix=".archive-jobs-bundle-", dir=self._target.parent) as name:
                folder = Path(name) / "bundle"
                folder.mkdir()
                self._fill(folder)
                folder.rename(self._target)
        except OSError as error:
            raise ProblemError(
                f"{self._target} cannot be written: {error.strerror}", hint="Nothing was written."
            ) from None
        return self._made

    def _fill(self, folder: Path) -> None:
        self._withhold()
        self._add_chains(folder)
        self._add_files(folder)
        self._add_records(folder)
        self._add_rows()
        self._add_transformation(folder)
        trace = self._trace.as_json() | {"sql": {sha256: text["model"] for sha256, text in self._trace.sql.items()}}
        self._claims |= {"asked": {name: trace[name] for name in ("table", "key", "raw_seq")}}
        self._claims |= {"holds": self._made.holds, "only_said": self._made.only_said}
        _put(folder / "trace.json", json.dumps(trace, indent=1, default=str, ensure_ascii=False))
        _put(folder / "claims.json", json.dumps(self._claims, indent=1, ensure_ascii=False))
        self._add_sums(folder)

    def _withhold(self) -> None:
        """Take out what says something of a person, unless the keys were asked for."""
        if not self._withholds:
            return
        for record in self._trace.records:
            for name in SEALED:
                record.pop(name, None)
            record["withheld"] = "sealed, or to be sealed; --open puts it into the bundle"
        for row in self._trace.rows:
            row["values"] = row["values"] if row["place"] == "archived" else {}

    def _add_chains(self, folder: Path) -> None:
        """Both chains of the table, from the first record to the head, as they stand in the lake."""
        for kind in KINDS:
            key = (self._reader.schema, self._model.table_name, kind)
            found = self._reader.control.execute(_COMMITS.encode(), key).fetchall() if self._trace_has_files() else []
            for commit_seq, text in found:
                name = record_folder(text, kind, self._model.table_name)
                path = record_path(self._reader.schema, name, commit_seq)
                try:
                    content = self._store.read(path)
                except FileNotFoundError:
                    raise ProblemError(
                        f"{path} is not in the lake yet",
                        hint="Nothing was written. Run `archive-jobs reconcile`, which writes it, then this again.",
                    ) from None
                if content != text.encode():
                    raise ProblemError(
                        f"{path} is not what the catalogue says it is", hint="Run `archive-jobs prove` and `verify`."
                    )
                _put(folder / "lake" / path, content)
            if found:
                self._made.heads.append(f"{name}:{commit_seq}:{hashlib.sha256(content).hexdigest()}")
        self._claims["heads"] = self._made.heads

    def _trace_has_files(self) -> bool:
        return any(True for _ in self._files())

    def _files(self) -> Iterable[dict[str, Any]]:
        """The files that records and rows of the trace lie in, each once. What was erased is not looked for."""
        records = [record["file"] for record in self._trace.records if record["file"] and record["place"] != "erased"]
        found = {file["path"]: file for file in [*records, *(f for row in self._trace.rows for f in row["files"])]}
        return found.values()

    def _add_files(self, folder: Path) -> None:
        asked = {record["raw_seq"] for record in self._trace.records} | {row["raw_seq"] for row in self._trace.rows}
        others = sealed = 0
        for file in self._files():
            for path, sha256 in ((file["path"], file["sha256"]), (file["manifest"], file["manifest_sha256"])):
                place = folder / "lake" / path
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._store.local(path, sha256), place)
            read = pq.ParquetFile(folder / "lake" / file["path"])
            column = next((name for name in ("raw_seq", "_raw_seq") if name in read.schema_arrow.names), None)
            if column is not None:
                beside = sum(number not in asked for number in read.read(columns=[column])[column].to_pylist())
            else:
                mine = [f for row in self._trace.rows for f in row["files"] if f["path"] == file["path"]]
                beside = read.metadata.num_rows - len(mine)
            if "sealed_key" in read.schema_arrow.names:
                sealed += beside
            else:
                others += beside
        self._claims["files"] = [
            {name: file[name] for name in ("path", "sha256", "unit", "manifest", "manifest_sha256", "commit_seq")}
            for file in self._files()
        ]
        if others:
            self._made.holds.append(f"{others:,} other rows in the clear, because a file is proven whole")
        if sealed:
            self._made.holds.append(f"{sealed:,} other records, sealed")

    def _add_records(self, folder: Path) -> None:
        claims = []
        for record in self._trace.records:
            number, file = record["raw_seq"], record["file"] if record["place"] != "erased" else None
            content = _bytes_of(record)
            if content is not None:
                _put(folder / "records" / str(number), content)
            claim = {"raw_seq": number, "file": None, "row": None, "sha256": record.get("raw_sha256"), "as_stored": {}}
            if file:
                left_out = ("sealed", *(SEALED if self._withholds else ("raw_data", "raw_bytes")))
                stored = {name: value for name, value in self._stored(file).items() if name not in left_out}
                claim |= {"file": file["path"], "row": file["row_in_file"], "as_stored": stored}
            else:
                self._made.only_said.append(f"raw record {number}: {record['place']}")
            claims.append(claim)
        in_clear = [claim["raw_seq"] for claim in claims if (folder / "records" / str(claim["raw_seq"])).exists()]
        if in_clear:
            self._made.holds.append(f"{len(in_clear):,} raw records as they were received, in the clear")
        for key_id, key in self._keys.items():
            _put(folder / "keys" / f"{key_id}.key", key.hex())
            self._made.holds.append(f"key {key_id}: whoever has it reads every record sealed under it, for ever")
        self._claims["records"] = claims
        self._made.proven += sum(claim["file"] is not None for claim in claims)

    def _add_rows(self) -> None:
        claims = []
        for row in self._trace.rows:
            for file in row["files"]:
                claims.append({
                    "raw_seq": row["raw_seq"], "file": file["path"], "row": file["row_in_file"],
                    "as_stored": self._stored(file),
                })  # fmt: skip
            if not row["files"]:
                self._made.only_said.append(f"row of raw record {row['raw_seq']}: it stands in PostgreSQL")
        self._claims["rows"] = claims
        self._made.proven += len(claims)

    def _stored(self, file: Mapping[str, Any]) -> dict[str, str | None]:
        return stored_row(self._store.local(file["path"], file["sha256"]), file["row_in_file"])

    def _add_transformation(self, folder: Path) -> None:
        for sha256, text in self._trace.sql.items():
            _put(folder / "sql" / f"{sha256}.sql", text["sql"])
        _put(folder / "definitions" / f"{self._model.definition_hash}.json", self._model.canonical_text)
        for batch, told in self._trace.batches.items():
            missing = [model for model, sha256 in (told.get("code") or {}).items() if sha256 not in self._trace.sql]
            if missing or not told.get("code"):
                self._made.only_said.append(f"batch {batch}: the SQL it ran was not kept")
            if not told["definition_is_todays"]:
                what = f"the definition {told.get('definition_hash')}, which is not today's"
                self._made.only_said.append(f"batch {batch}: {what}; the bundle has today's")
        if self._trace.batches:
            said = "which batch a record or row went through, and which dbt run that was: PostgreSQL says so"
            self._made.only_said.append(said)

    def _add_sums(self, folder: Path) -> None:
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        sums = "".join(f"{_sha256(folder / name)}  {name}\n" for name in names).encode()
        (folder / SUMS).write_bytes(sums)
        self._made.digest, self._made.files = hashlib.sha256(sums).hexdigest(), len(names) + 1
        self._made.bytes = sum((folder / name).stat().st_size for name in names) + len(sums)


def stored_row(path: Path, number: int) -> dict[str, str | None]:
    """A row of a Parquet file as texts, as docs/check_bundle.py reads it."""
    file = pq.ParquetFile(path)
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if number < rows:
            row = file.read_row_group(group).slice(number, 1).to_pylist()[0]
            return {name: _as_text(value) for name, value in row.items()}
        number -= rows
    raise LookupError(f"{path} has no row {number}")


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.hex()
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _bytes_of(record: Mapping[str, Any]) -> bytes | None:
    """The record as it was received. Its bytes come as PostgreSQL writes them."""
    if record.get("raw_bytes") is not None:
        return bytes.fromhex(str(record["raw_bytes"]).removeprefix("\\x"))
    return None if record.get("raw_data") is None else str(record["raw_data"]).encode()


def _put(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
