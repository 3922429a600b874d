"""Who is meant by a subject that a person wrote, and in which tables rows of theirs may be. Reads; changes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from archive_jobs.database import Connection, one_row
from archive_jobs.privacy.keys import KeyRing
from archive_jobs.times import Interval
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library
from definitions_to_dbt.sql import quote_identifier
from definitions_to_dbt.subject import subject_kind, subject_of_text


@dataclass(frozen=True)
class Subject:
    """One person. Only digests are ever written down; value and token are never printed."""

    kind: str
    digest: str
    token_digest: str
    # None where only digests are known and nothing was found that has them.
    value: str | None = field(repr=False)
    token: str | None = field(repr=False)
    models: tuple[ObjectModel, ...] = field(repr=False, default=())


def subject_kinds(library: Library) -> dict[str, list[ObjectModel]]:
    """The objects that hold personal data of the same people, by whose these are."""
    found: defaultdict[str, list[ObjectModel]] = defaultdict(list)
    for model in library.objects:
        if model.subject_column is not None:
            found[subject_kind(model, library.tables)].append(model)
    return dict(found)


def find_subject(
    connection: Connection, ring: KeyRing, library: Library, schema: str, value: str, named: str | None
) -> Subject:
    """The subject of this name. Raises ProblemError where it is not clear whose name it is, or it can be nobody's."""
    kinds = subject_kinds(library)
    kind = _kind(kinds, library, named)
    model = kinds[kind][0]
    quoted = quote_identifier(schema)
    query = f"select {subject_of_text(model, quoted)} from (select %s::text as value) as given".replace("%", "%%")
    found = one_row(connection, query.replace("%%s::text", "%s::text"), (value,))[0]
    if found is None:
        column = model.column(str(model.subject_column))
        # What was given may be a person's name, and messages are logged.
        raise ProblemError(
            f"the subject given is no {column.pg_type.sql}, which {kind} is", hint="Nothing was changed."
        )
    # A schema that dbt has never built has no tokens.
    can = one_row(connection, "select to_regprocedure(%s)", (f"{quoted}.tokenize(text)",))[0]
    token = one_row(connection, f"select {quoted}.tokenize(%s)", (found,))[0] if can else found
    digests = ring.digest(kind, found), ring.digest(f"token of {kind}", token)
    return Subject(kind, *digests, found, token, tuple(kinds[kind]))


def unknown_subjects(connection: Connection, schema: str, model: ObjectModel, interval: Interval) -> list[Subject]:
    """What stands for records whose subject cannot be told: one key for each unit that has some."""
    # By the unit at the end of the scope: the table may have another name by now.
    found = connection.execute(
        "select k.subject_digest from archive_catalog.subject_keys as k"
        " inner join archive_catalog.units as u on right(k.scope, 36) = u.unit_id::text"
        " where k.schema_name = %s and k.purpose = 'unknown' and (k.wrapped_key is not null or exists ("
        " select from archive_catalog.erasures as e where (e.schema_name, e.subject_digest, e.state)"
        " = (k.schema_name, k.subject_digest, 'erasing')))"
        " and (u.table_name, u.kind) = (%s, 'source')"
        " and (%s::timestamptz is null or u.lo < %s) and (%s::timestamptz is null or u.hi > %s) order by u.lo",
        (schema, model.table_name, interval.end, interval.end, interval.start, interval.start),
    )
    kind = f"nobody of {model.table_name}"
    return [Subject(kind, digest, digest, None, None, (model,)) for (digest,) in found]


def _kind(kinds: dict[str, list[ObjectModel]], library: Library, named: str | None) -> str:
    if not kinds:
        raise ProblemError(
            "no object states a subject_column, so nobody's rows can be told",
            hint="Nothing was changed. State in the definition which column says whose personal data a row is.",
        )
    if named is not None:
        model = library.object(named)
        found = next((kind for kind, models in kinds.items() if model in models), None)
        if found is None:
            raise ProblemError(f"{model.table_name} states no subject_column", hint="Nothing was changed.")
        return found
    if len(kinds) > 1:
        # 42 may be a customer and a supplier, who are two people.
        listed = "; ".join(f"{kind} ({', '.join(m.code for m in models)})" for kind, models in sorted(kinds.items()))
        raise ProblemError(
            f"it is not clear whose name this is: {listed}",
            hint="Nothing was changed. Name one of the objects with --object; it stands for all of the same people.",
        )
    return next(iter(kinds))
