"""Finds what the whole numbers of inputs pick: a column of a matrix of parameters, Σₖ where(x − k, 0, 1) cₖ.

A token that is known while recording, such as the one that begins a text, is mostly not an input: its cₖ is
used as it is. Then nothing of its position would depend on an input, and all that is computed there would be
a case of its own. So it is picked as well, by an input that each example has alike.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from minigrad import rules
from minigrad.compiler.reading.blocks import HOLE, Product
from minigrad.compiler.reading.graph import Graph
from minigrad.compiler.reading.look_ups import PRODUCTS, data_of, looked_up, pairs_of


def one_hot(graph: Graph, node: int) -> tuple[int, float] | None:
    """The x and the k of where(x − k, 0, 1), for an input x; None for any other node."""
    if graph.operations[node] is not rules.select:
        return None
    condition, yes, no = graph.operands[node]
    if graph.operations[condition] is not rules.subtract:
        return None
    (x, place), numbers = graph.operands[condition], graph.numbers
    is_place = place in numbers and numbers.get(yes) == 0.0 and numbers.get(no) == 1.0
    return (x, numbers[place]) if is_place and (x in graph.columns or x in graph.fixed) else None


def picking_inputs(graph: Graph, product: Product) -> list[int]:
    """The inputs whose numbers 0, 1, … tell which of its weights a product is, one for each tuple of sources.

    So it is if the sources are where(x − k, 0, 1) for k = 0, 1, …; else none.
    """
    found = [_picking(graph, sources) for sources in product.sources]
    return [] if HOLE in found else found


def _picking(graph: Graph, sources: Sequence[int]) -> int:
    found = [one_hot(graph, source) for source in sources]
    inputs = {each[0] for each in found if each is not None}
    is_all = [each and each[1] for each in found] == list(range(len(found)))
    return inputs.pop() if is_all and len(inputs) == 1 else HOLE


def add_constant_picks(graph: Graph) -> None:
    """Have parameters picked that are used as they are, beside others that inputs pick."""
    columns = _picked_columns(graph) if rules.select in graph.operations else {}
    if not columns:
        return
    picked: dict[int, int] = {}
    data = {node for node in data_of(graph) if not graph.is_batch[node]}
    for node in range(graph.recorded):
        leaves = _picked_leaves(graph, node, columns, node in data)
        for leaf in graph.operands[node] if leaves else ():
            if leaf in leaves and leaf not in picked:  # in the order of use, as windows read them
                picked[leaf] = _pick(graph, *columns[leaf])
        if leaves:
            graph.operands[node] = tuple([picked[o] if o in leaves else o for o in graph.operands[node]])
    graph.update_batch()


def _picked_leaves(graph: Graph, node: int, columns: Container[int], is_data: bool) -> set[int]:
    """The leaves that a node reads as data: as a node of data does, or because others multiply them."""
    if is_data:
        return {leaf for leaf in looked_up(graph, node, columns) if leaf in columns}
    if graph.operations[node] not in PRODUCTS:
        return set()
    pairs = [pair for pair in pairs_of(graph, node) if graph.parameters.keys() >= set(pair)]
    either = [[leaf for leaf in pair if leaf in columns] for pair in pairs]
    return {leaves[0] for leaves in either if len(leaves) == 1}


def _picked_columns(graph: Graph) -> Mapping[int, tuple[int, list[int]]]:
    """Of each parameter that an input can pick: for which number, and all those of the same sum."""
    places: dict[int, tuple[int, float]] = {}
    rows: dict[int, dict[float, list[int]]] = {}
    for node, operation in enumerate(graph.operations):
        if operation is rules.select and (place := one_hot(graph, node)):
            places[node] = place
        elif operation in PRODUCTS and places:
            for left, right in pairs_of(graph, node):
                source, weight = (left, right) if left in places else (right, left)
                if source in places and weight in graph.parameters:
                    x, k = places[source]
                    rows.setdefault(x, {}).setdefault(k, []).append(weight)
    columns: dict[int, tuple[int, list[int]]] = {}
    for by_number in rows.values():
        table = [by_number.get(k, []) for k in range(len(by_number))]
        if len({len(row) for row in table}) == 1:
            for column in zip(*table):
                columns |= {weight: (k, list(column)) for k, weight in enumerate(column)}
    return columns


def _pick(graph: Graph, k: int, column: list[int]) -> int:
    """A new node that picks a number of a column, as an input with the number k would."""
    known = [x for x, number in graph.fixed.items() if number == k]
    x = known[0] if known else graph.leaf(graph.labels[next(iter(graph.columns))], is_batch=True)
    graph.fixed[x] = float(k)
    ends = graph.number(0.0), graph.number(1.0)
    places = [graph.apply(rules.subtract, (x, graph.number(float(place)))) for place in range(len(column))]
    sources = [graph.apply(rules.select, (place, *ends)) for place in places]
    products = [graph.apply(rules.multiply, pair) for pair in zip(sources, column)]
    node = graph.apply(rules.total, tuple(products))
    graph.rows.add(node)
    return node
