"""Proof that a generated project does what its definitions say, by an interpreter that shares no code with it.

    synthesise.py   definition -> payloads, by case
    interpret.py    payload -> row, or reasons to reject it
    outcomes.py     records in their order -> what becomes of each, which rows and versions stand
    build.py        the generated project on an empty PostgreSQL of its own: what really landed where
    compare.py      expected beside found

Only build.py may know the generator. All else knows definitions and nothing of columns, expressions, templates or SQL.
"""
