"""The ledger and the paths of an explanation, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from minigrad.symbols.numerals import compact, counted, edge_lines, settled
from viz.explanation.ledger import Efficiency, Entry, Path
from viz.explanation.quantities import Namer

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


def paths_text(
    paths: Sequence[Path], own: Efficiency, of_leaves: Efficiency | None, namer: Namer
) -> list[str]:
    """A line a path, and how many there are, beside the edges that the recursion visits.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.label = "y"
    >>> paths_text([Path((x, y), (3.0,))], Efficiency(2, 2, 2), None, Namer({x: "n1", y: "n2"}))[1]
    '  x → y:  3 = 3.0000'
    """
    lines = [f"{counted(own.paths, 'path')}, each the product of its local derivatives:"]
    lines += [_path(path, namer) for path in paths]
    if own.paths > len(paths):
        lines.append(f"  … {counted(own.paths - len(paths), 'path')} more")
    lines.append(_efficiency("from here", own))
    return lines + ([_efficiency("from all leaves", of_leaves)] if of_leaves is not None else [])


def _path(path: Path, namer: Namer) -> str:
    names = " → ".join(namer.node(node).text for node in path.nodes)
    factors, result = settled(path.local_derivatives, path.product)
    written = " · ".join(f"({factor})" if factor.startswith("−") else factor for factor in factors)
    return f"  {names}:  {written} = {result}"


def _efficiency(where: str, efficiency: Efficiency) -> str:
    on_paths = f"{counted(efficiency.paths, 'path')} over {counted(efficiency.edges_on_paths, 'edge')}"
    visited = counted(efficiency.edges_visited, "edge")
    return f"{where}: {on_paths}; backward() visits {visited}, each once, for all gradients together"
