"""Groups nodes into blocks.

Two neurons belong to one layer if they have the same level and the same role, and apply the same operation to
rows of the same blocks.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import partial
from itertools import chain, groupby, repeat
from typing import Any

from minigrad import rules
from minigrad.compiler.reading.axes import Box
from minigrad.compiler.reading.blocks import HOLE, Block, Blocks, home, word_of
from minigrad.compiler.reading.boxes import in_box, operation_box
from minigrad.compiler.reading.grids import parts_of, sum_blocks
from minigrad.compiler.reading.sums import Fused
from minigrad.compiler.reading.tables import look_up_box


def find_blocks(fused: Fused) -> Blocks:
    """Group the nodes level by level: first the inputs, then nodes that no input affects, then the rest."""
    levels = _levels(fused)
    found = Blocks(fused, levels)
    for nodes in _inputs(fused):
        found.add(Block(nodes, is_batch=True, is_trained=False, is_leaf=True))
    found.uses = _uses(fused, levels)
    for is_batch in (False, True):
        by_level: dict[int, list[int]] = {}
        for node in fused.order:
            if fused.graph.is_batch[node] == is_batch:
                by_level.setdefault(levels[node], []).append(node)
        for level in sorted(by_level):
            _add_level(found, by_level[level])
    return found


def _inputs(fused: Fused) -> Iterable[list[int]]:
    """The inputs, split where their names change: x1, x2, x3 | y."""
    graph = fused.graph
    inputs = groupby((*graph.fixed, *graph.columns), lambda node: word_of(graph.labels[node]))
    return [list(nodes) for _, nodes in inputs]


def _levels(fused: Fused) -> list[int]:
    """The length of the longest path to each kept node; those that no input affects count by themselves."""
    is_batch = fused.graph.is_batch
    levels = [0] * len(is_batch)
    for node in fused.order:
        each = fused.sums.get(node)
        if each is not None:  # weights and offsets are what no input affects
            below = each.sources + each.terms
        else:
            below = fused.graph.operands[node]
            if is_batch[node]:
                below = tuple([operand for operand in below if is_batch[operand]])
        levels[node] = 1 + max(map(levels.__getitem__, below), default=0)
    return levels


def _uses(fused: Fused, levels: list[int]) -> dict[int, set[Hashable]]:
    """The kinds of the nodes that use each result."""
    read: dict[Hashable, set[int]] = {}
    for node in fused.order:
        kind: Hashable = None if node in fused.sums else fused.graph.operations[node], levels[node]
        read.setdefault(kind, set()).update(filter(levels.__getitem__, fused.operands(node)))
    uses: dict[int, set[Hashable]] = {}
    for kind, operands in read.items():
        for operand in operands:
            uses.setdefault(operand, set()).add(kind)
    return uses


def _split_by_use(found: Blocks, nodes: list[int]) -> list[list[int]]:
    """Separate nodes that no kind of node uses together: two heads on one layer are two blocks."""
    parts: list[tuple[set[Hashable], list[int]]] = []
    for node in nodes:
        uses = found.uses.get(node, set())
        if uses and parts and uses <= parts[-1][0]:  # as mostly
            parts[-1][1].append(node)
            continue
        touched = [part for part in parts if not part[0].isdisjoint(uses)]
        all_uses, members = touched[0] if touched else (set(), [])
        for more_uses, more in touched[1:]:
            all_uses |= more_uses
            members[:0] = more
        all_uses |= uses
        members.append(node)
        parts = [*(part for part in parts if part[0].isdisjoint(uses)), (all_uses, members)]
    return [members for _, members in parts]


def _add_level(found: Blocks, nodes: list[int]) -> None:
    groups: dict[Hashable, list[int]] = {}
    graph, sums = found.graph, found.fused.sums
    parts = {node: parts_of(found, node) for node in nodes if node in sums}
    for node in nodes:
        if node in sums:
            offsets = [home(found, offset) for offset in sums[node].offsets]
            key: Hashable = parts[node].key, *offsets, sums[node].number != 0.0
        else:
            key = graph.operations[node], *[home(found, operand) for operand in graph.operands[node]]
        groups.setdefault((key, graph.role(node), graph.is_trained[node]), []).append(node)
    for group in groups.values():
        for part in [group] if graph.role(group[0]) is not None else _split_by_word(found, group):
            neurons = {node: getattr(graph.labels[node], "neuron", 0) for node in part}
            if len(set(neurons.values())) == len(part):  # which decide
                part.sort(key=neurons.__getitem__)
            else:
                part.sort(key=partial(_rank, found))
            is_sum = part[0] in sums
            for block in (
                sum_blocks(found, part, parts) if is_sum else _operation_blocks(found, _as_read(found, part))
            ):
                found.add(block)


def _split_by_word(found: Blocks, nodes: list[int]) -> list[list[int]]:
    """Separate by use, and sums by the names of their matrices, such as query and key, if these have rows."""
    parts, sums = _split_by_use(found, nodes), found.fused.sums
    if nodes[0] not in sums or not sums[nodes[0]].weights:
        return parts
    result: list[list[int]] = []
    for part in parts:
        words: dict[str, list[int]] = {}
        for node in part:
            words.setdefault(word_of(found.graph.labels[sums[node].weights[0]]), []).append(node)
        is_named = "" not in words and all(
            len({sums[node].weights[0] for node in rows}) > 1 for rows in words.values()
        )
        result += list(words.values()) if is_named else [part]
    return result


def _rank(found: Blocks, node: int) -> Any:
    """Rows are in the order of their neurons, else of their parameters, else of their operands."""
    positions, label = found.graph.parameters, found.graph.labels[node]
    first, operands, each = -1, found.graph.operands[node][:4], found.fused.sums.get(node)
    if each is not None:
        first = min(map(positions.get, each.weights, repeat(0)), default=-1)
        products = chain.from_iterable(zip(each.weights[:2], each.sources))
        operands = (*products, *each.terms[:4], *each.offsets)[:4]
    elif node in found.fused.look_ups:
        first, operands = node, ()  # in the order of their use
    rows = [found.place.get(operand) or (0, positions.get(operand, 0)) for operand in operands]
    return getattr(label, "neuron", 0) if label else 0, first, rows


def _as_read(found: Blocks, nodes: list[int]) -> list[int]:
    """The nodes in the order of the first block of which each reads one row, and no two the same."""
    for operands in zip(*[found.graph.operands[node] for node in nodes]):
        places = [found.place.get(operand, (-1, 0)) for operand in operands]
        number = places[0][0]
        is_all = number >= 0 and len(set(places)) == len(nodes) == len(found.blocks[number].nodes)
        if is_all and all(place[0] == number for place in places):
            return [node for _, node in sorted(zip(places, nodes))]
    return nodes


def _operation_blocks(found: Blocks, nodes: list[int]) -> list[Block]:
    if nodes[0] in found.fused.look_ups:
        return [_operation_block(found, nodes, look_up_box(found, nodes))]
    groups = _split_by_numbers(found, nodes)
    return [_operation_block(found, group, operation_box(found, group)) for group in groups]


def _operation_block(found: Blocks, nodes: list[int], box: Box | None) -> Block:
    graph, first = found.graph, nodes[0]
    operands = [graph.operands[node] for node in nodes]
    block = Block(nodes, graph.is_batch[first], graph.is_trained[first], graph.operations[first], box=box)
    if box is not None:
        block.dims, block.nodes = box.dims, in_box(nodes, box)
        operands = in_box(operands, box, (HOLE,) * len(operands[0]))
    block.operands = [list(each) for each in zip(*operands)]
    return block


def _split_by_numbers(found: Blocks, nodes: list[int]) -> list[list[int]]:
    """Separate rows by their constants if there are few different ones, such as the exponents 2 and 3."""
    if found.graph.operations[nodes[0]] in (rules.add, rules.subtract):
        return [nodes]
    groups: dict[Hashable, list[int]] = {}
    for node in nodes:
        key = tuple([o for o in found.graph.operands[node] if o in found.graph.numbers])
        groups.setdefault(key, []).append(node)
    if len(groups) <= 2 or len(groups) * 8 <= len(nodes):
        return list(groups.values())
    return [nodes]
