"""No tenant learns anything of another one, and nobody of a column that is hidden from him."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served_shop import CANARIES, RANGE, TENANTS, ServedShop, problem

from archive_jobs import failpoints

VISIBLE = ("purchase_id", "tenant_id", "bought_at", "amount", "quantity", "note")
HIDDEN = ("email", "phone", "_raw_seq", "_source_order", "_batch_id", "_loaded_at")
VALUES = st.one_of(
    st.sampled_from([*TENANTS, *CANARIES.values(), "", "canary", "' or 1=1 --", "2024-01-02", "%", "null"]),
    st.integers(-5, 100), st.booleans(), st.text(max_size=8),
)  # fmt: skip
FILTERS = st.builds(
    lambda col, op, value: {"col": col, "op": op} | ({} if value is None else {"value": value}),
    st.sampled_from([*VISIBLE, *HIDDEN]),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "in", "not in", "is null", "is not null", "starts with"]),
    st.one_of(st.none(), VALUES, st.lists(VALUES, max_size=3)),
)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "columns": st.lists(st.sampled_from([*VISIBLE, *HIDDEN]), min_size=1, unique=True).map(",".join),
        "filter": st.lists(FILTERS, max_size=2).map(json.dumps),
        "order": st.lists(st.sampled_from([*VISIBLE, *(f"-{n}" for n in VISIBLE), *HIDDEN]), min_size=1, max_size=2)
        .map(",".join),
        "limit": st.integers(1, 50),
        "format": st.sampled_from(["json", "ndjson", "csv", "parquet", "arrow"]),
        "table_name": st.sampled_from(["purchases", "PURCHASE", "ticks", "source_purchases"]),
        "data_type": st.sampled_from(["analytics", "source"]),
    },
)  # fmt: skip


def foreign_canaries(tenant: str) -> list[str]:
    return [canary for other, canary in CANARIES.items() if other != tenant]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(tenant=st.sampled_from(TENANTS), query=QUERIES)
def test_07_no_answer_of_any_kind_holds_a_row_of_another_tenant(served: ServedShop, tenant: str, query: Any) -> None:
    echoed = json.dumps(query)
    answer = served.retrieve(tenant, **query)

    assert answer.status_code in (200, 403, 404, 422), answer.text
    if answer.status_code != 200:
        problem(answer)
    if answer.status_code == 200 and query.get("format", "json") == "json":
        for row in answer.json()["rows"]:
            assert row.get("tenant_id", tenant) == tenant
    said = answer.content + json.dumps(dict(answer.headers)).encode()
    for canary in foreign_canaries(tenant):
        assert canary.encode() not in said or canary in echoed
        assert answer.status_code != 200 or canary.encode() not in said


def test_07_each_wall_between_tenants_stands_by_itself(served: ServedShop) -> None:
    def closed() -> tuple[bool, bool, bool, bool]:
        rows = served.rows("acme", limit=1000)
        own = all(row["tenant_id"] == "acme" for row in rows)
        other = served.retrieve("acme", table_name="ticks", start_time="2024-01-01", end_time="2024-12-31").status_code
        sent = served.ask("GET", "/api/v1/status", "acme", headers={"X-Tenant-Id": "globex"}).status_code
        hidden = served.retrieve("acme", order="email").status_code
        return own, other == 404, sent == 400, hidden == 403

    assert closed() == (True, True, True, True)
    failpoints.disabled_guards.add("tenant rows")
    # Rows that the query does not leave out are seen once more outside of the engine, before a byte is sent.
    assert problem(served.retrieve("acme", limit=1000))["status"] == 503
    for format in ("csv", "ndjson", "parquet", "arrow"):
        sent = served.retrieve("acme", format=format).content
        assert not any(canary.encode() in sent for canary in CANARIES.values()), format
    failpoints.disabled_guards.add("owner")
    assert closed() == (False, True, True, True)
    failpoints.disabled_guards.add("tenant objects")
    assert closed() == (False, False, True, True)
    failpoints.disabled_guards.add("tenant headers")
    assert closed() == (False, False, False, True)
    failpoints.disabled_guards.add("hidden columns")
    assert closed() == (False, False, False, False)


def test_07_counts_and_sizes_are_of_the_own_rows_alone(served: ServedShop) -> None:
    (mine,) = served.get("/api/v1/status", "acme").json()["tables"]
    assert (mine["table"], mine["rows"]) == ("purchases", 40)
    assert len(served.rows("acme", limit=10_000)) == len(served.rows("globex", limit=10_000)) == 80
    assert len(served.rows(limit=10_000)) == 80 * len(TENANTS)


def test_05_a_tenant_that_is_sent_is_refused_and_not_ignored(served: ServedShop) -> None:
    for name in ("X-Tenant", "X-Tenant-Id", "Tenant", "X-Scope-OrgID"):
        for value in ("acme", "globex", ""):
            answer = served.ask("GET", "/api/v1/status", "acme", headers={name: value})
            assert (answer.status_code, problem(answer)["type"]) == (400, "urn:archive-jobs:tenant-given")
    for name in ("tenant", "tenant_id", "Tenant", "org", "as"):
        asked = {"table_name": "purchases", **RANGE, name: "globex"}
        headers = {"Authorization": f"Bearer {served.token('acme')}"}
        for path, query in (("retrieve", asked), *((path, {name: "globex"}) for path in ("status", "health", "jobs"))):
            answer = served.client.get(f"/api/v1/{path}", params=query, headers=headers)
            assert (answer.status_code, problem(answer)["type"]) == (422, "urn:archive-jobs:invalid"), (name, path)
    assert served.rows("acme", filter='[{"col": "tenant_id", "op": "=", "value": "globex"}]') == []
    assert served.rows("acme", filter='[{"col": "tenant_id", "op": "!=", "value": "acme"}]') == []


def test_07_a_table_without_tenants_is_as_unknown_to_a_tenant_as_one_that_is_not_there(
    served: ServedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by what is said nor by how long it takes: the same few statements are sent for both."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(cursor: Any, query: Any, *arguments: Any, **words: Any) -> Any:
        sent.append(str(query))
        return execute(cursor, query, *arguments, **words)

    served.retrieve("acme", table_name="nothing_here")  # so that neither is the first to be asked for
    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    found = {}
    for table in ("nothing_here", "ticks", "purchases"):
        answer = served.retrieve("acme", table_name=table)
        body = problem(answer) | {"request_id": ""} if table != "purchases" else {}
        found[table], sent = (answer.status_code, body, sent), []
    assert found["nothing_here"] == found["ticks"]
    assert found["ticks"][0] == 404
    assert len(found["purchases"][2]) > len(found["ticks"][2]), "a snapshot is asked for where there is a table alone"


@pytest.mark.parametrize("word", ["columns", "order", "filter"])
@pytest.mark.parametrize("name", HIDDEN)
def test_11_a_hidden_column_is_refused_wherever_it_stands(served: ServedShop, word: str, name: str) -> None:
    value = json.dumps([{"col": name, "op": "is not null"}]) if word == "filter" else name
    answer = served.retrieve("acme", **{word: value})
    assert (answer.status_code, problem(answer)["type"]) == (403, "urn:archive-jobs:forbidden")


def test_11_without_the_scope_nobody_sees_personal_data_and_with_it_a_token_of_it(served: ServedShop) -> None:
    without = served.rows(scopes=["retrieve"], limit=1)[0]
    having = served.rows(scopes=["retrieve", "pii"], limit=1)[0]

    assert not {"email", "phone"} & without.keys()
    assert having["email"].startswith("tok_")
    assert having["phone"] == "+***"
    assert served.retrieve(scopes=["retrieve"], columns="email").status_code == 403


def test_12_the_same_value_has_another_token_for_another_tenant(served: ServedShop) -> None:
    served.shop.execute(
        "insert into analytics_service.purchases (purchase_id, tenant_id, bought_at, email, _raw_seq, _source_order)"
        " select 'shared' || t, t, '2024-05-05', 'ada@example.com', 1, 1 from unnest(%s::text[]) as t",
        list(TENANTS),
    )
    seen = {}
    try:
        for tenant in TENANTS:
            pages = [
                served.rows(
                    tenant, ["retrieve", "pii"], columns="email", start_time="2024-05-05", end_time="2024-05-05"
                )
                for _ in range(2)
            ]
            assert pages[0] == pages[1]
            seen[tenant] = {row["email"] for row in pages[0] if row["email"]}
            (token,) = list(seen[tenant])[:1]
            one = json.dumps([{"col": "email", "op": "=", "value": token}])
            assert served.rows(tenant, ["retrieve", "pii"], filter=one)
    finally:
        served.shop.execute("delete from analytics_service.purchases where purchase_id like 'shared%%'")
    assert not seen["acme"] & seen["globex"]


def test_08_raw_records_have_no_tenant_and_are_for_tokens_of_none(served: ServedShop) -> None:
    assert served.retrieve("acme", data_type="source", **RANGE).status_code == 404
    assert served.retrieve(data_type="source").status_code == 200
    assert served.retrieve(scopes=["retrieve"], data_type="source", columns="raw_data").status_code == 403
