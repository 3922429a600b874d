"""The files that are linted for all: nothing that the linter could mind is left out."""

from __future__ import annotations

from demo.lint_sample import kinds_of_lines, sample

ORDERS = "select\n    order_id,\n    status\nfrom orders\nwhere status = 'placed'\n"
STORES = "select\n    store_id,\n    tax_rate\nfrom stores\nwhere store_name = 'Brooklyn'\n"


def test_files_that_differ_in_names_and_values_alone_are_one_kind() -> None:
    assert kinds_of_lines(ORDERS) == kinds_of_lines(STORES)
    assert sample({"stores.sql": STORES, "orders.sql": ORDERS}) == ["orders.sql"]


def test_a_file_with_a_line_of_its_own_is_taken() -> None:
    files = {"customers.sql": ORDERS, "orders.sql": ORDERS, "stores.sql": STORES + "order by store_id\n"}

    assert sample(files) == ["customers.sql", "stores.sql"]


def test_a_blank_line_a_comma_and_an_indent_are_seen() -> None:
    spoilt = ("select\n\n    order_id", "select\n    order_id ,", "select\n  order_id", "SELECT\n    order_id",
              "select\n    order_id ", "select\norder_id")  # fmt: skip

    assert all(not kinds_of_lines(text) <= kinds_of_lines("select\n    order_id,\n    status") for text in spoilt)


def test_every_kind_of_line_is_in_the_sample() -> None:
    files = {f"{n}.sql": "\n".join(f"{' ' * place}from t" for place in range(n, n + 3)) for n in range(9)}

    shown = set().union(*(kinds_of_lines(files[name]) for name in sample(files)))

    assert shown == set().union(*(kinds_of_lines(text) for text in files.values()))


def test_what_stands_inside_an_expression_makes_no_kind_of_its_own() -> None:
    one, other = (f"select\n    case\n        when not ({inner}) then 'x'\n    end as a" for inner in
                  ("a is null or a > (b + 1)", "length(a) between 1 and 3"))  # fmt: skip

    assert kinds_of_lines(one) == kinds_of_lines(other)
    assert kinds_of_lines(one) != kinds_of_lines(one.replace("when not (", "when not  ("))
