"""Groups nodes into blocks.

Two neurons belong to one layer if they have the same level and the same role, and apply the same operation to
rows of the same blocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from itertools import chain
from typing import Any

from minigrad import rules
from minigrad.compiler.reading.axes import Box
from minigrad.compiler.reading.blocks import HOLE, LEAF, Block, Blocks, home, word_of
from minigrad.compiler.reading.boxes import in_box, operation_box
from minigrad.compiler.reading.fuse import Fused, Sum
from minigrad.compiler.reading.grids import sum_blocks
from minigrad.compiler.reading.tables import look_up_box


def find_blocks(fused: Fused) -> Blocks:
    """Group the nodes level by level: first the inputs, then nodes that no input affects, then the rest."""
    found = Blocks(fused)
    for nodes in _inputs(fused):
        found.add(Block(nodes, is_batch=True, is_trained=False, is_leaf=True))
    levels = _levels(fused)
    found.owner = _owners(fused, levels)
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
    groups: list[list[int]] = []
    last = None
    for node in (*graph.fixed, *graph.columns):
        stem = word_of(graph.labels[node])
        if not groups or stem != last:
            groups.append([])
        groups[-1].append(node)
        last = stem
    return groups


def _levels(fused: Fused) -> dict[int, int]:
    """The length of the longest path to each kept node; those that no input affects count by themselves."""
    levels: dict[int, int] = {}
    for node in fused.order:
        if fused.graph.is_batch[node]:
            operands: Iterable[int] = fused.batch_operands(node)
        else:
            operands = fused.operands(node)
        levels[node] = 1 + max([levels.get(operand, 0) for operand in operands], default=0)
    return levels


def _owners(fused: Fused, levels: dict[int, int]) -> dict[int, Hashable]:
    """The owner of each parameter, which decides the array that it belongs to."""
    graph = fused.graph
    owners: dict[int, Hashable] = {}
    for node in fused.order:
        if not graph.is_batch[node]:
            continue
        if node in fused.sums:
            uses = [("w", [weight for weight, _ in fused.sums[node].products])]
            uses += [("b", fused.sums[node].offsets)]
        elif node in fused.look_ups:
            uses = [(fused.look_ups[node], [*graph.operands[node]])]
        else:
            uses = [(str(k), [operand]) for k, operand in enumerate(graph.operands[node])]
        for kind, operands in uses:
            for operand in operands:
                if operand in graph.parameters and operand not in owners:
                    owners[operand] = graph.role(operand) or (kind, levels[node])
    for node in graph.parameters:
        if node not in owners:
            owners[node] = graph.role(node)
    return owners


def _uses(fused: Fused, levels: dict[int, int]) -> dict[int, set[Hashable]]:
    """The kinds of the nodes that use each result."""
    uses: dict[int, set[Hashable]] = {}
    for node in fused.order:
        kind = None if node in fused.sums else fused.graph.operations[node], levels[node]
        for operand in fused.operands(node):
            if operand in levels:
                uses.setdefault(operand, set()).add(kind)
    return uses


def _split_by_use(found: Blocks, nodes: list[int]) -> list[list[int]]:
    """Separate nodes that no kind of node uses together: two heads on one layer are two blocks."""
    parts: list[tuple[set[Hashable], list[int]]] = []
    for node in nodes:
        uses = found.uses.get(node, set())
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
    groups: dict[tuple[Hashable, tuple[str, int] | None, bool], list[int]] = {}
    for node in nodes:
        is_sum = node in found.fused.sums
        key = _key_of_sum(found, node) if is_sum else _key_of_operation(found, node)
        role = found.graph.role(node)
        groups.setdefault((key, role, found.graph.is_trained[node]), []).append(node)
    for (_, role, _), group in groups.items():
        for part in [group] if role is not None else _split_by_word(found, group):
            part.sort(key=lambda node: _rank(found, node))
            is_sum = part[0] in found.fused.sums
            part = part if is_sum else _as_read(found, part)
            for block in sum_blocks(found, part) if is_sum else _operation_blocks(found, part):
                found.add(block)


def _split_by_word(found: Blocks, nodes: list[int]) -> list[list[int]]:
    """Separate by use, and sums by the names of their matrices, such as query and key, if these have rows."""
    parts = _split_by_use(found, nodes)
    result: list[list[int]] = []
    for part in parts:
        words: dict[str, list[int]] = {}
        matrices: dict[str, set[int]] = {}
        for node in part:
            each = found.fused.sums.get(node)
            first = each.products[0][0] if each is not None and each.products else None
            word = "" if first is None else word_of(found.graph.labels[first])
            words.setdefault(word, []).append(node)
            matrices.setdefault(word, set()).add(-1 if first is None else first)
        is_named = "" not in words and all(len(rows) > 1 for rows in matrices.values())
        result += list(words.values()) if is_named else [part]
    return result


def _key_of_operation(found: Blocks, node: int) -> Hashable:
    homes = tuple([home(found, operand) for operand in found.graph.operands[node]])
    return (found.graph.operations[node], homes)


def _key_of_sum(found: Blocks, node: int) -> Hashable:
    parts: Sum = found.fused.sums[node]
    place = found.place
    products = Counter([(place[source][0], place.get(w, LEAF)[0]) for w, source in parts.products])
    terms: dict[Hashable, int] = {}
    for term in parts.terms:
        where = home(found, term)
        terms[where] = terms.get(where, 0) + 1 if products else 1  # sums of 1, 2, 3 … terms may be one box
    offset = None if parts.offset is None else home(found, parts.offset)
    return ("sum", frozenset(products.items()), frozenset(terms.items()), offset, parts.number != 0.0)


def _rank(found: Blocks, node: int) -> Any:
    """Rows are in the order of their neurons, else of their parameters, else of their operands."""
    label = found.graph.labels[node]
    neuron = getattr(label, "neuron", 0)
    if node in found.fused.sums:
        each = found.fused.sums[node]
        first = min([found.graph.parameters.get(w, 0) for w, _ in each.products], default=-1)
        operands = [*chain(*each.products[:2]), *each.terms[:4], *each.offsets][:4]
    elif node in found.fused.look_ups:
        first, operands = node, []  # in the order of their use
    else:
        first, operands = -1, found.graph.operands[node][:4]  # type: ignore[assignment]
    rows = [found.place.get(o, (0, found.graph.parameters.get(o, 0))) for o in operands]
    return (neuron, first, rows)


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
