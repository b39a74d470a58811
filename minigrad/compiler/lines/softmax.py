"""Finds softmaxes whose largest number was recorded as a constant, to compute it anew for each example.

    highest = max(z_j.data for z_j in z)             a constant in the recording
    powers = [(z_j - highest).exp() for z_j in z]
    p = [power / sum(powers) for power in powers]    does not depend on it, whatever the constant is

So the program may subtract the largest number of the example at hand, whose powers cannot overflow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from minigrad import rules
from minigrad.compiler.lines.plan import Plan
from minigrad.compiler.reading.blocks import HOLE, Block, Blocks
from minigrad.symbols.formulas import Formula

Changed = Callable[[Formula], Formula]


@dataclass(frozen=True)
class Softmax:
    """A softmax.

    Attributes:
        dims: the sizes of the axes of the powers.
        axes: those along which they are added up.
        shifted: the number of the block z − constant.
        quotient: that of the block of quotients.
        is_whole: whether these are of all powers, in their order.
    """

    dims: tuple[int, ...]
    axes: tuple[int, ...]
    shifted: int
    quotient: int
    is_whole: bool


def softmaxes(plan: Plan) -> dict[int, Softmax]:
    """The softmax of each block z − constant, by its number."""
    found = plan.found
    seen = {found.place[node][0] for node in found.graph.outputs if node in found.place}
    result = {}
    for number, block in enumerate(found.blocks):
        if block.operation is rules.subtract and block.is_batch:
            each = _softmax(plan, number, plan.users, seen)
            if each is not None:
                result[number] = each
    return result


def _softmax(plan: Plan, number: int, users: dict[int, list[int]], seen: set[int]) -> Softmax | None:
    found = plan.found
    block = found.blocks[number]
    if any(node not in found.graph.numbers for node in block.operands[1] if node != HOLE):
        return None
    readers = users.get(number, [])
    if len(readers) != 1 or found.blocks[readers[0]].operation is not rules.exp:
        return None
    (powers,) = readers
    if len(users.get(powers, [])) != 2 or {number, powers} & seen:
        return None
    total, quotient = sorted(users[powers])
    divide = found.blocks[quotient]
    if found.blocks[total].operation is not None or divide.operation is not rules.divide or total in seen:
        return None
    homes = [found.place[operands[0]][0] for operands in divide.operands if operands[0] in found.place]
    if users[total] != [quotient] or homes != [powers, total] or not _is_sum_of(found.blocks[total]):
        return None
    axes, power = _added_up(plan, total, powers), found.blocks[powers]
    if axes is None or power.operands[0] != block.nodes:
        return None
    if not _are_equal_along(block.operands[1], power.dims, axes) or not _divides_its_own(
        found, divide, total
    ):
        return None
    return Softmax(power.dims, axes, number, quotient, divide.operands[0] == power.nodes)


def _divides_its_own(found: Blocks, divide: Block, total: int) -> bool:
    """Whether each power is divided by the sum in which it is: others would not be free of the constant."""
    rows = found.blocks[total].terms[0]
    row_of = {node: row for row, nodes in enumerate(rows) for node in nodes}
    pairs = [pair for pair in zip(*divide.operands) if HOLE not in pair]
    return len(row_of) == sum(map(len, rows)) and all(row_of[a] == found.place[b][1] for a, b in pairs)


def _is_sum_of(block: Block) -> bool:
    """Whether a block adds up terms of one other, and nothing else."""
    return len(block.terms) == 1 and not (block.products or block.offsets or block.numbers)


def _added_up(plan: Plan, total: int, powers: int) -> tuple[int, ...] | None:
    block, source = plan.found.blocks[total], plan.found.blocks[powers]
    if plan.has_axes(total):
        view = plan.views[total, 0]
        if view is None or view.source != source.dims or not view.free:
            return None
        return tuple(axis for axis, each in enumerate(view.maps) if each.is_free)
    is_all = len(block.nodes) == 1 and sorted(block.terms[0][0]) == sorted(source.nodes)
    return (0,) if is_all and len(source.dims) == 1 else None


def _are_equal_along(nodes: list[int], dims: tuple[int, ...], axes: tuple[int, ...]) -> bool:
    """Whether there is one constant for all that is added up."""
    constants: dict[tuple[int, ...], int] = {}
    for cell, node in enumerate(nodes):
        if node != HOLE:
            place, rest = [], cell
            for axis in range(len(dims) - 1, -1, -1):
                rest, coordinate = divmod(rest, dims[axis])
                place.append(0 if axis in axes else coordinate)
            if constants.setdefault(tuple(place), node) != node:
                return False
    return True


def picked(p: Formula, gradient: Formula, reused: Changed, added_up: Changed) -> Formula | None:
    """y p / Σ y p, which is y for one 1 among zeros, if the gradient of p is c / Σ y p · y."""
    if gradient.kind != "*" or gradient.first.kind != "/":
        return None
    likely, y = gradient.first.second, gradient.second
    products = map(reused, (y * p, p * y))
    return next((each / likely for each in products if reused(added_up(each)).same(likely)), None)
