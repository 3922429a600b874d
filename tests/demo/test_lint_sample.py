"""The files that are linted for all: nothing that the linter could mind is left out."""

from __future__ import annotations

from demo.lint_sample import pairs_of_lines, sample

ORDERS = "select\n    order_id,\n    status\nfrom orders\nwhere status = 'placed'\n"
STORES = "select\n    store_id,\n    tax_rate\nfrom stores\nwhere store_name = 'Brooklyn'\n"


def test_files_that_differ_in_names_and_values_alone_are_one_kind() -> None:
    assert pairs_of_lines(ORDERS) == pairs_of_lines(STORES)
    assert sample({"stores.sql": STORES, "orders.sql": ORDERS}) == ["orders.sql"]


def test_a_file_with_a_line_of_its_own_is_taken() -> None:
    files = {"customers.sql": ORDERS, "orders.sql": ORDERS, "stores.sql": STORES + "order by store_id\n"}

    assert sample(files) == ["customers.sql", "stores.sql"]


def test_a_blank_line_a_comma_and_an_indent_are_seen() -> None:
    spoilt = ("select\n\n    order_id", "select\n    order_id ,", "select\n  order_id", "SELECT\n    order_id")

    assert all(not pairs_of_lines(text) <= pairs_of_lines("select\n    order_id,\n    status") for text in spoilt)


def test_every_pair_of_lines_is_in_the_sample() -> None:
    files = {f"{n}.sql": "\n".join(f"{' ' * place}from t" for place in range(n, n + 3)) for n in range(9)}

    shown = set().union(*(pairs_of_lines(files[name]) for name in sample(files)))

    assert shown == set().union(*(pairs_of_lines(text) for text in files.values()))
