"""The lineage of all columns as one graph: up to the payload, down to figures and marts, and personal data along it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from definitions_to_dbt import names
from definitions_to_dbt.column_lineage import Lineage, payload_node
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import Library
from definitions_to_dbt.mart_lineage import Mart


@dataclass
class Graph:
    """Every column as model.column, what it is made of and what is made of it."""

    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    targets: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, lineages: Sequence[Lineage]) -> Graph:
        """The graph of these models."""
        graph = cls()
        for lineage in lineages:
            for name, origin in lineage.columns.items():
                node = f"{lineage.model}.{name}"
                graph.sources[node], graph.how[node] = origin.columns, origin.how
                for source in origin.columns:
                    graph.targets.setdefault(source, []).append(node)
        return graph

    def named(self, written: str) -> str:
        """The node that is meant. Raises ProblemError with the nearest."""
        known = dict.fromkeys([*self.sources, *self.targets])
        if written in known:
            return written
        close = difflib.get_close_matches(written, known, n=1, cutoff=0.5)
        meant = f"; did you mean {close[0]!r}?" if close else "; write TABLE.COLUMN, as in orders_read.customer_name"
        raise ProblemError(f"no column is called {written!r}{meant}")

    def tree(self, node: str, *, up: bool) -> Iterator[str]:
        """The columns above or below, indented; one that was shown already ends with an ellipsis."""
        yield from self._tree(node, up, "", set())

    def _tree(self, node: str, up: bool, indent: str, seen: set[str]) -> Iterator[str]:
        following = self.sources.get(node, ()) if up else sorted(self.targets.get(node, ()))
        for place, other in enumerate(following):
            is_last = place == len(following) - 1
            how = self.how.get(node if up else other, "")
            again = " …" if other in seen else ""
            yield f"{indent}{'└── ' if is_last else '├── '}{other}{f'  ({how})' if how else ''}{again}"
            if not again:
                seen.add(other)
                yield from self._tree(other, up, indent + ("    " if is_last else "│   "), seen)

    def reached(self, node: str, *, up: bool) -> list[str]:
        """Every column above or below, sorted."""
        seen: set[str] = set()
        waiting = [node]
        while waiting:
            current = waiting.pop()
            following = self.sources.get(current, ()) if up else self.targets.get(current, ())
            waiting += [other for other in following if other not in seen]
            seen.update(following)
        return sorted(seen)


def personal_in_the_clear(library: Library) -> dict[str, str]:
    """Every column that holds personal data as it came, with the declared column it is: nobody else may show it."""
    found: dict[str, str] = {}
    for model in library.objects:
        for column in model.columns:
            if column.pii == "none":
                continue
            said = f"{model.table_name}.{column.name} ({column.pii})"
            tables = [names.staging(model), model.table_name]
            tables += [names.versions(model)] if model.has_versions else []
            found |= {f"{table}.{column.name}": said for table in tables}
            found[payload_node(model, column)] = said
            for raw in ("raw_data", "raw_bytes"):
                for table in (names.source_table(model), names.lake_view(names.source_table(model))):
                    found[f"{table}.{raw}"] = said
    return found


def leaks(library: Library, marts: Sequence[Mart]) -> list[str]:
    """Columns of hand-written models that show personal data, in words. What only counts or compares it is none."""
    clear = personal_in_the_clear(library)
    found: list[str] = []
    for mart in _in_order(marts):
        for name, shown in mart.shown.items():
            for node in sorted(shown & set(clear)):
                clear[f"{mart.lineage.model}.{name}"] = clear[node]
                found.append(
                    f"{mart.path}: E_PII: the column {name} shows {clear[node]} in the clear, from {node}; "
                    "take it from the read model or history, or say pii_allowed_in_clear in the definition"
                )
    return found


def _in_order(marts: Sequence[Mart]) -> list[Mart]:
    """Each after those it stands on, so that what one shows is known where another shows it on."""
    waiting, done = {mart.lineage.model: mart for mart in marts}, list[Mart]()
    while waiting:
        ready = [
            mart
            for mart in waiting.values()
            if not any(
                node.partition(".")[0] in waiting and node.partition(".")[0] != mart.lineage.model
                for shown in mart.shown.values()
                for node in shown
            )
        ] or list(waiting.values())
        for mart in ready:
            done.append(waiting.pop(mart.lineage.model))
    return done
