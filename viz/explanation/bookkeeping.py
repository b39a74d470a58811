"""The ledger and the paths of an explanation, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minigrad.symbols.numerals import compact, counted, edge_lines, settled
from viz.explanation.ledger import Efficiency, Entry, Path
from viz.explanation.quantities import Namer

if TYPE_CHECKING:
    from viz.explanation.explanation import Explanation

_MOST = 12


def ledger_text(entries: Sequence[Entry], namer: Namer) -> list[str]:
    """A line a contribution: who sent it, upstream × local derivative, and the sum so far.

    >>> from viz.explanation.ledger import consumers_of, ledger
    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> order = [x, y]
    >>> ledger_text(ledger(x, consumers_of(order)), Namer({x: "n1", y: "n2"}))[0]
    'contributions, in the order of the backward pass (2):'
    """
    names = [namer.node(entry.consumer).text for entry in entries[:_MOST]]
    longest = max(map(len, names))
    lines = [f"contributions, in the order of the backward pass ({len(entries)}):"]
    for entry, name in zip(entries[:_MOST], names):
        factors, result = edge_lines(entry.upstream, entry.local_derivative)
        lines.append(f"  from {name:<{longest}}  {factors:>24} {result:<12} sum {compact(entry.running)}")
    if len(entries) > _MOST:
        rest = entries[-1].running - entries[_MOST - 1].running
        lines.append(f"  … {len(entries) - _MOST} more: {compact(rest)}, sum {compact(entries[-1].running)}")
    return lines


def paths_text(explanation: Explanation) -> list[str]:
    """A line a path, and how many there are, beside the edges that the recursion visits.

    >>> from minigrad import Value
    >>> from viz.explanation.explanation import explain
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.label = "y"
    >>> y.backward()
    >>> paths_text(explain(x, y, with_paths=True))[1]
    '  x → y:  3 = 3.0000'
    """
    namer, own = explanation.namer, explanation.efficiency
    lines = [_path(path, namer) for path in explanation.paths]
    if own is None or explanation.efficiency_of_leaves is None:
        return lines
    left_out = own.paths - len(explanation.paths)
    if left_out:
        lines.append(f"  … {counted(left_out, 'path')} more")
    return [
        f"{counted(own.paths, 'path')}, each the product of its local derivatives:",
        *lines,
        _efficiency("from here", own),
        _efficiency("from all leaves", explanation.efficiency_of_leaves),
    ]


def _path(path: Path, namer: Namer) -> str:
    names = " → ".join(namer.node(node).text for node in path.nodes)
    factors, result = settled(path.local_derivatives, path.product)
    written = " · ".join(f"({factor})" if factor.startswith("−") else factor for factor in factors)
    return f"  {names}:  {written} = {result}"


def _efficiency(where: str, efficiency: Efficiency) -> str:
    on_paths = f"{counted(efficiency.paths, 'path')} over {counted(efficiency.edges_on_paths, 'edge')}"
    visited = counted(efficiency.edges_visited, "edge")
    return f"{where}: {on_paths}; backward() visits {visited}, each once, for all gradients together"
