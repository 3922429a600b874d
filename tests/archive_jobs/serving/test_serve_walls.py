"""Whatever is sent, it stays a value: no SQL, no path, no setting, no formula, and no word of what lies below."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from served_shop import RANGE, ServedShop, problem

from definitions_to_dbt.errors import ProblemError

PATHS = [
    "../",
    "..%2f",
    "%252e%252e/",
    "..\\",
    "/etc/passwd",
    "a\0b",
    "az://x/y",
    "s3://x/y",
    "http://169.254.169.254/",
    "~",
    "~root/.ssh/id_rsa",
    "․․/․․/etc",
    "．．／etc",
    "purchases/../../x",
    "file:///etc/passwd",
    "x" * 10_000,
    "purchases.parquet",
    "*",
    "pg_catalog.pg_authid",
    '"purchases"',
    "purchases;drop table purchases",
    "$(id)",
]


# In the way of sqlmap's payloads: a way out of the quotes, what to do then, and how to end it.
_OUTS = ["", "'", "''", '"', "')", "'))", "\\'", "%27", "´", "') as t", "1'", "$$", "$v0", "?"]


_DEEDS = [
    " or 1=1",
    " and 1=2 union select null",
    " union all select version()",
    "; drop table purchases",
    " || (select secret from analytics_service.token_key)",
    " and sleep(5)",
    "; select pg_sleep(5)",
    " or exists(select 1 from read_csv('/etc/passwd'))",
    " order by 99",
    "; attach '/tmp/x.db'",
    "; copy (select 1) to '/tmp/x'",
    " and (select count(*) from range(100000000000))>0",
    "; set memory_limit='100GB'",
]


_ENDS = ["", " --", " #", "/*"]


PAYLOADS = ["".join(parts) for parts in itertools.product(_OUTS, _DEEDS, _ENDS)]


_opened: list[str] = []
_is_watching = False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _is_watching and event in ("open", "os.listdir", "os.scandir", "subprocess.Popen", "socket.connect"):
        _opened.append(f"{event} {arguments[0]}")


@contextmanager
def watched_opens() -> Iterator[list[str]]:
    """What Python opens meanwhile. A hook can never be taken away again, so there is one."""
    global _is_watching
    if not getattr(sys, "_archive_jobs_watched", False):
        sys.addaudithook(_audit)
        sys._archive_jobs_watched = True  # type: ignore[attr-defined]  # once for each process
    _opened.clear()
    _is_watching = True
    try:
        yield _opened
    finally:
        _is_watching = False


def test_16_17_20_a_name_is_looked_up_and_never_becomes_a_path_an_address_or_sql(served: ServedShop) -> None:
    served.rows("acme")
    with watched_opens() as opened:
        for value in PATHS:
            for word in ("table_name", "data_type", "columns", "order", "format", "start_time", "cursor", "limit"):
                answer = served.retrieve(None, **{word: value})
                assert 400 <= answer.status_code < 500, (word, value[:20], answer.status_code)
                problem(answer)
            for path in (f"/api/v1/{value[:200]}", f"/{value[:200]}"):
                if "\0" not in path and "?" not in path:
                    served.client.get(path.replace("%", "%25"), headers={"Authorization": f"Bearer {served.token()}"})
    lake = str(served.shop.lake)
    outside = [one for one in opened if lake not in one and "site-packages" not in one and not one.endswith("]")]
    assert not [one for one in outside if any(word in one for word in ("/etc", "ssh", "169.254", "passwd"))], outside


def test_18_five_hundred_payloads_are_values_and_nothing_else(served: ServedShop) -> None:
    assert len(PAYLOADS) >= 500
    for chunk in (PAYLOADS[n : n + 100] for n in range(0, len(PAYLOADS), 100)):
        listed = json.dumps([{"col": "note", "op": "in", "value": chunk}])
        assert served.rows("acme", filter=listed) == []
    for number, payload in enumerate(PAYLOADS[::36]):
        column, op = (
            ("purchase_id", "note", "amount", "bought_at")[number % 4],
            ("=", "starts with", ">", "<=")[number // 4 % 4],
        )
        answer = served.retrieve("acme", filter=json.dumps([{"col": column, "op": op, "value": payload}]))
        assert answer.status_code in (200, 422), answer.text
        for word in ("col", "op"):
            one = {"col": "note", "op": "=", "value": "x"} | {word: payload}
            assert problem(served.retrieve("acme", filter=json.dumps([one])))["status"] in (422,)
    served.shop.execute(
        "insert into analytics_service.purchases (purchase_id, tenant_id, bought_at, note, _raw_seq, _source_order)"
        " values ('odd', 'acme', '2024-05-06', %s, 1, 1)",
        PAYLOADS[-1],
    )
    try:
        one = json.dumps([{"col": "note", "op": "=", "value": PAYLOADS[-1]}])
        assert [row["purchase_id"] for row in served.rows("acme", filter=one)] == ["odd"]
    finally:
        served.shop.execute("delete from analytics_service.purchases where purchase_id = 'odd'")


LOCKED = [
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from glob('/etc/*')",
    "select * from read_parquet('{lake}/../../../../../../etc/passwd')",
    "select * from '{lake}/_commits/purchases/1.json'",
    "copy (select 1) to '/tmp/serve-out.csv'",
    "attach '/tmp/serve-out.db'",
    "attach 'dbname=postgres' as other (type postgres)",
    "install httpfs",
    "load httpfs",
    "select * from read_parquet('http://169.254.169.254/x')",
    "select getenv('HOME')",
    "set memory_limit = '64GB'",
    "set lock_configuration = false",
    "reset enable_external_access",
    "pragma memory_limit='1GB'",
    "export database '/tmp/serve-out'",
    "create secret s (type s3)",
    "set allowed_directories = ['/']",
]


@pytest.mark.parametrize("statement", LOCKED)
def test_19_the_engine_reaches_nothing_but_the_lake_and_changes_no_setting(served: ServedShop, statement: str) -> None:
    lake = f"{served.shop.lake}/analytics_service/analytics"
    with served.backend.engines.reader("purchases", "acme") as running, pytest.raises((duckdb.Error, ProblemError)):
        running.reader.engine.execute(statement.replace("{lake}", lake)).fetchall()
    assert not list(Path("/tmp").glob("serve-out*"))


def test_19_only_one_select_is_ever_run(served: ServedShop) -> None:
    lake = f"{served.shop.lake}/analytics_service/analytics"
    for text in ("select 1; select 2", f"copy (select 1) to '{lake}/x.parquet'", "create table t (a int)"):
        with (
            served.backend.engines.reader("purchases", None) as running,
            pytest.raises(ProblemError, match="one SELECT"),
        ):
            list(running.batches(text, {}))
    with served.backend.engines.reader("purchases", None) as running, pytest.raises(duckdb.Error, match="read-only"):
        running.reader.engine.execute("call postgres_execute('pg', 'delete from analytics_service.purchases')")


def test_21_a_cell_that_a_spreadsheet_would_run_is_text_in_csv_and_itself_elsewhere(served: ServedShop) -> None:
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "plain", "a=b"]
    served.shop.execute(
        "insert into analytics_service.purchases"
        " (purchase_id, tenant_id, bought_at, note, amount, _raw_seq, _source_order)"
        " select 'cell' || n, 'acme', '2024-05-07', t, -1.5, n, n from unnest(%s::text[]) with ordinality as u (t, n)",
        cells,
    )
    try:
        day = {"start_time": "2024-05-07", "end_time": "2024-05-07"}
        lines = served.retrieve("acme", **day, columns="note,amount", format="csv").text
        exact = served.retrieve("acme", **day, columns="note", format="ndjson").text
    finally:
        served.shop.execute("delete from analytics_service.purchases where purchase_id like 'cell%%'")
    for cell in cells[:6]:
        assert f'"\'{cell}"' in lines
    assert '"-1.500000"' in lines.replace("-1.500000", '"-1.500000"')
    assert sorted(json.loads(line)["note"] for line in exact.splitlines()) == sorted(cells)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x\udfff\U0010ffff"])
def test_18_what_is_no_text_is_refused(served: ServedShop, text: str) -> None:
    asked = json.dumps({"table_name": "purchases", "reason": f"because {text}"})
    headers = {"Content-Type": "application/json"}
    assert problem(served.ask("POST", "/api/v1/holds", content=asked, headers=headers))["status"] == 422
    value = json.dumps([{"col": "note", "op": "=", "value": text}])
    assert problem(served.retrieve("acme", filter=value))["status"] == 422


def test_34_35_every_answer_has_its_headers_and_no_fault_says_what_lies_below(served: ServedShop) -> None:
    origin = {"Origin": "https://evil.example"}
    answers = [
        served.retrieve("acme"),
        served.retrieve("acme", table_name="x"),
        served.client.get("/api/v1/status", headers=origin),
        served.ask("OPTIONS", "/api/v1/status", headers=origin | {"Access-Control-Request-Method": "GET"}),
        served.get("/nothing"),
        served.ask("DELETE", "/api/v1/retrieve"),
        served.get("/docs"),
        served.get("/redoc"),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert len(answer.headers["x-request-id"]) == 32
        assert not {"access-control-allow-origin", "server"} & answer.headers.keys()
    assert [a.status_code for a in answers[1:]] == [404, 401, 405, 404, 405, 404, 404]


def test_34_a_damaged_file_and_a_lost_server_are_503_and_say_nothing_of_it(
    served: ServedShop, capsys: pytest.CaptureFixture[str]
) -> None:
    file = next((served.shop.lake / "analytics_service/analytics/purchases").rglob("*.parquet"))
    content = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(content[:-20] + b"x" * 20)
    try:
        answer = served.retrieve(None)
        assert (answer.status_code, problem(answer)["type"]) == (503, "urn:archive-jobs:unavailable")
        reasons = [line for line in capsys.readouterr().out.splitlines() if "retrieval failed" in line]
        assert len(reasons) == 1 and answer.headers["x-request-id"] in reasons[0]
    finally:
        file.write_bytes(content)
        file.chmod(0o444)
    served.shop.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid()"
    )
    assert len(served.rows("acme", limit=3)) == 3
    assert "bought_at" not in capsys.readouterr().out


def test_15_the_log_holds_no_values_and_no_tokens(served: ServedShop, capsys: pytest.CaptureFixture[str]) -> None:
    served.retrieve("acme", filter='[{"col": "note", "op": "=", "value": "s3cret-value"}]')
    served.retrieve("acme", table_name="s3cret-table")
    served.client.get("/api/v1/status?sig=s3cret-sas", headers={"Authorization": "Bearer s3cret-token"})
    said = "".join(capsys.readouterr())
    assert "/api/v1/retrieve" in said
    assert "s3cret" not in said
    assert served.token("acme").split("_", 2)[2] not in said  # a secret may hold, and begin with, the sign itself
    assert RANGE["start_time"] not in said
