"""Random programs against PyTorch: value, gradient and Hessian, at ordinary, kinked and hostile operands.

    python tests/random_torch.py 20000

prints how many programs agreed, and the reason of each that did not. Needs PyTorch (2.13.0 was used).

A difference has a reason if PyTorch decides otherwise on one step of the program alone, given the same
operands, and the table of edges says why; or if the engine raises where PyTorch goes on with inf or nan.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from edge_table import PYTORCH_NAMES, REASONS, same
from random_graphs import JUMPING, KINDS, ROWS, Program, draw, is_near_kink, sums_of_absolute_paths
from symbolic import expected

from minigrad import Value, grad, hessian
from minigrad.hooks import after_recording
from minigrad.operations import Operation

Numbers = list[float]


def torch_function(row: Operation) -> Callable[..., Any] | None:
    """PyTorch's function of the same name, of tensors; None where there is none."""
    import torch
    from torch.nn import functional

    def dot(*operands: Any) -> Any:
        count = len(operands) // 2
        return sum(map(torch.mul, operands[:count], operands[count:])) + sum(operands[2 * count :])

    functions = {
        "dot": dot,
        "total": lambda *terms: sum(terms),
        "norm": lambda *terms: torch.linalg.vector_norm(torch.stack(terms)),
        "logsumexp": lambda *terms: torch.logsumexp(torch.stack(terms), 0),
        "rint": torch.round,
        "floor_divide": lambda a, b: torch.floor_divide(a.detach(), b.detach()),  # has no derivative there
        "select": lambda condition, yes, no: torch.where(condition != 0, yes, no),
    }
    name = PYTORCH_NAMES.get(row.name, row.name)
    return functions.get(row.name) or getattr(torch, name, None) or getattr(functional, name, None)


def ours(program: Program, second: bool) -> tuple[float, Numbers, Numbers | None]:
    """Value, gradient, and the Hessian row by row; None where it is not asked for or leaves a domain."""
    leaves = [Value(leaf) for leaf in program.leaves]
    y = program.run(leaves)
    y.backward()
    gradient = [leaf.grad for leaf in leaves]
    assert all(map(same, gradient, [each.data for each in grad(y, leaves)]))
    try:
        rows = hessian(y, leaves) if second else None
    except RAISED:
        rows = None
    return y.data, gradient, None if rows is None else [entry for row in rows for entry in row]


def theirs(program: Program, second: bool) -> tuple[float, Numbers, Numbers]:
    """The same of PyTorch, in float64."""
    import torch

    leaves = [torch.tensor(leaf, dtype=torch.float64, requires_grad=True) for leaf in program.leaves]
    nodes = list(leaves)
    for operation, operands in program.steps:
        nodes.append(torch_function(operation)(*[nodes[i] for i in operands]))
    y = nodes[-1]

    def gradient(of: Any, create_graph: bool) -> list[Any]:
        if not of.requires_grad:
            return [torch.zeros((), dtype=torch.float64) for _ in leaves]
        found = torch.autograd.grad(
            of, leaves, create_graph=create_graph, retain_graph=True, allow_unused=True
        )
        return [torch.zeros((), dtype=torch.float64) if each is None else each for each in found]

    first = gradient(y, second)
    rows = [each.item() for slope in first for each in gradient(slope, False)] if second else []
    return y.item(), [each.item() for each in first], rows


def blurred(program: Program, generator: random.Random, second: bool) -> list[Numbers]:
    """Value, gradient and Hessian after a change of 1e-13 in each result, some 500 times its rounding."""

    def blur(node: Value) -> None:
        node.data *= 1.0 + generator.choice((-1e-13, 1e-13))

    try:
        with after_recording(blur):
            value, gradient, rows = ours(program, second)
    except RAISED:
        value, gradient, rows = math.nan, [math.nan] * len(program.leaves), None
    return [[value], gradient, rows or [math.nan] * len(program.leaves) ** 2]


def agree(mine: Numbers, other: Numbers, blurs: list[Numbers], sizes: Sequence[float], slack: float) -> bool:
    """Whether numbers are the same but for rounding; `sizes` are what their last bits are of."""
    for k, (a, b, size) in enumerate(zip(mine, other, sizes, strict=True)):
        if math.isnan(a) or math.isnan(b) or a == b:
            if math.isnan(a) != math.isnan(b):
                return False
            continue
        shaken = max((abs(a - blur[k]) for blur in blurs), key=lambda d: math.inf if math.isnan(d) else d)
        largest = max(size, abs(a)) if math.isfinite(size) else abs(a)
        if abs(a - b) > slack * largest + 30 * shaken + 1e-290:  # False if it was shaken to nan
            return False
    return True


# --- reasons ---------------------------------------------------------------------------------------------

RAISED = (ValueError, ZeroDivisionError, OverflowError)
SIGN_OF_0 = "a 0 has another sign, or −0 counts as 0"
JUMP = "the last digit decides to which side of a jump an operand lies"
BOTH_LOSE_DIGITS = "a difference from 1 has lost digits in both"
INEXACT = (
    "PyTorch loses digits or overflows on the way, or shares a tie otherwise; mpmath agrees with minigrad"
)
WRONG_HESSIAN = "PyTorch's second derivative is wrong, mpmath agrees with minigrad"
AT_LENGTH_0 = "at the length 0 derivatives are taken as 0; nan in PyTorch"
SECOND = {
    "elu": (0, "at 0 the second derivative is that of the branch that 0 takes, scale · eˣ; 0 in PyTorch"),
    "power": (0, "of a base ≤ 0 the exponent's derivatives are as the table states them; nan in PyTorch"),
    "norm": (0, AT_LENGTH_0),
    "hypot": (0, AT_LENGTH_0),
    "atan2": (0, AT_LENGTH_0),
}  # by row: up to which first operand, and the reason
OVERFLOW = "a derivative overflowed on the way; the order of sums and products decides between inf and nan"
AT_INFINITY = {
    "asinh": "PyTorch's x² overflows, so that ∞ meets a 0",
    "remainder": "a number smaller than the divisor is its own remainder: nothing passes to the divisor",
    "power": "at the exponent 0 PyTorch passes nothing on to the base; x⁰ is no selection, and 0 · ∞ nan",
}


def reason_of(program: Program) -> str | None:
    """Why PyTorch may differ: the first step that it decides otherwise on, alone; None if there is none."""
    numbers: Numbers = list(program.leaves)
    digits, is_known = None, True
    for operation, operands in program.steps:
        given = [numbers[i] for i in operands]
        other, _ = step_of_torch(operation, given)
        leaves = [Value(x) for x in given]
        try:
            node = operation(*leaves)
        except RAISED as error:
            is_finite = all(map(math.isfinite, other))
            return None if is_finite else f"{type(error).__name__}: {REASONS[type(error).__name__]}"
        mine = [node.data, *node.local_derivatives[: len(given)]]
        numbers.append(node.data)
        if all(map(close, mine, other)):
            if mine[0] == 0 and math.copysign(1.0, mine[0]) != math.copysign(1.0, other[0]):
                digits = digits or f"{operation.name}: {SIGN_OF_0}"
            continue
        if all(map(math.isfinite, mine)) and is_exact(operation, given, mine):
            digits = digits or f"{operation.name}: {INEXACT}"
        elif all(map(same, mine, other)):
            digits = digits or f"{operation.name}: {BOTH_LOSE_DIGITS}"
        elif operation.name in REASONS:
            return f"{operation.name}: {REASONS[operation.name]}"
        elif any(x == 0 and math.copysign(1.0, x) < 0 for x in given):
            digits = digits or f"{operation.name}: {SIGN_OF_0}"
        else:
            is_known = False  # unless a step raises
    return digits if is_known else None


def jump_of(program: Program) -> str | None:
    """The first step at a jump, where the last digit of an operand decides; None if there is none."""
    numbers: Numbers = list(program.leaves)
    for operation, operands in program.steps:
        given = [numbers[i] for i in operands]
        if operation.name in JUMPING and is_near_kink(operation, given, 1e-14):
            return f"{operation.name}: {JUMP}"
        numbers.append(operation(*given))
    return None


def infinite_reason_of(program: Program) -> str | None:
    """Why PyTorch may differ where ∞ arrives: the first step that makes something else of it."""
    import torch

    leaves = [Value(leaf) for leaf in program.leaves]
    nodes = list(leaves)
    for operation, operands in program.steps:
        nodes.append(operation(*[nodes[i] for i in operands]))
    nodes[-1].backward()
    for (operation, operands), node in zip(program.steps, nodes[len(leaves) :], strict=True):
        given = [torch.tensor(nodes[i].data, dtype=torch.float64, requires_grad=True) for i in operands]
        y = torch_function(operation)(*given)
        upstream = torch.full_like(y, node.grad)
        passed = torch.autograd.grad(y, given, upstream, allow_unused=True) if y.requires_grad else []
        mine = [node.grad * slope for slope in node.local_derivatives]
        for a, b in zip(mine, passed):
            if b is None or same(a, b.item()) or (math.isfinite(a) and math.isfinite(b.item())):
                continue
            if math.isfinite(node.grad):
                return OVERFLOW
            return f"{operation.name}: {AT_INFINITY.get(operation.name, f'UNEXPLAINED {mine} {passed}')}"
    passed_on = [node.grad * slope for node in nodes[len(leaves) :] for slope in node.local_derivatives]
    return None if all(map(math.isfinite, passed_on)) else OVERFLOW


def step_of_torch(operation: Operation, given: Numbers) -> tuple[Numbers, Numbers]:
    """[y, ∂y/∂x1, …] of one operation, and its Hessian."""
    program = Program(given, [(operation, tuple(range(len(given))))])
    y, gradient, rows = theirs(program, True)
    return [y, *gradient], rows


def close(a: float, b: float) -> bool:
    return same(a, b) and (math.isnan(a) or a == b or abs(a - b) <= 1e-12 * max(abs(a), abs(b)) + 1e-319)


def is_exact(operation: Operation, given: Numbers, mine: Numbers) -> bool:
    """Whether these are the value and the local derivatives to 12 digits, by SymPy and mpmath."""
    try:
        wanted = expected(operation, [*operation.complete(tuple(given))])
    except (ArithmeticError, ValueError, TypeError):  # where mpmath has no number, as at a pole
        return False
    return all(map(close, mine, wanted))


def second_reason_of(program: Program) -> str | None:
    """Why PyTorch's Hessian may differ: because it is wrong, or by the first step that has another alone."""
    numbers: Numbers = list(program.leaves)
    for operation, operands in program.steps:
        given = [numbers[i] for i in operands]
        leaves = [Value(x) for x in given]
        node = operation(*leaves)
        try:
            mine = [entry for row in hessian(node, leaves) for entry in row]
        except RAISED:
            return f"{operation.name}: no second derivative where the first is unbounded: raised"
        if not all(map(same, mine, step_of_torch(operation, given)[1])):
            wanted = expected_hessian(operation, given)
            if wanted is not None and operation.name != "elu" and all(map(same, mine, wanted)):
                return f"{operation.name}: {WRONG_HESSIAN}"
            if operation.name in SECOND and given[0] <= SECOND[operation.name][0]:
                return f"{operation.name}: {SECOND[operation.name][1]}"
            return f"UNEXPLAINED second derivative of {operation.name} at {given}: {mine}, not {wanted}"
        numbers.append(node.data)
    return None


def expected_hessian(operation: Operation, given: Numbers) -> Numbers | None:
    """The second derivatives of one operation by SymPy and mpmath; None where they do not exist."""
    full = operation.complete(tuple(given))
    try:
        found = expected(operation, full)[1 + len(full) :]
    except (ZeroDivisionError, ValueError, TypeError, OverflowError):
        return None
    return [found[i * len(full) + j] for i in range(len(given)) for j in range(len(given))]


def verdict(program: Program, generator: random.Random) -> str:
    """ "agrees", or the reason why not, or "UNEXPLAINED …"."""
    second = program.kind != "hostile"
    try:
        value, gradient, rows = ours(program, second)
    except RAISED:
        return reason_of(program) or f"UNEXPLAINED error: {program}"
    other_value, other_gradient, other_rows = theirs(program, second)
    runs = 0 if program.kind == "kinked" else 3  # a blurred tie is none
    blurs = [blurred(program, generator, second) for _ in range(runs)] or [[[value], gradient, rows or []]]
    of_value, of_gradient, of_rows = ([blur[k] for blur in blurs] for k in range(3))
    leaves = [Value(leaf) for leaf in program.leaves]
    root = program.run(leaves)
    sums = sums_of_absolute_paths(root)
    paths = [sums.get(leaf, 0.0) for leaf in leaves]
    biggest = max(abs(each.data) for each in root.operands)
    if not agree([value], [other_value], of_value, [biggest], 1e-12):
        why = reason_of(program) or jump_of(program)
        return why or f"UNEXPLAINED value: {value} {other_value} {program}"
    if not agree(gradient, other_gradient, of_gradient, paths, 1e-12):
        why = reason_of(program) or infinite_reason_of(program) or jump_of(program)
        return why or f"UNEXPLAINED gradient: {gradient} {other_gradient} {program}"
    if not second:
        return "agrees"
    sizes = [max(map(abs, rows or []), default=0.0) + 1e-3] * len(other_rows)
    if rows is None or not agree(rows, other_rows, of_rows, sizes, 1e-9):
        return (
            reason_of(program)
            or second_reason_of(program)
            or f"UNEXPLAINED Hessian: {rows} {other_rows} {program}"
        )
    return "agrees"


def run(count: int, seed: int = 0) -> dict[str, Counter[str]]:
    """How many programs of each kind came to each verdict; the kinds take turns."""
    generator = random.Random(seed)
    known = [row for row in ROWS if torch_function(row) is not None]
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        program = draw(generator, step_count=8, kind=kind, rows=known, with_parameters=False)
        counts[kind][verdict(program, generator)] += 1
    return counts


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for kind, verdicts in run(wanted, int(sys.argv[2]) if len(sys.argv) > 2 else 0).items():
        print(f"{kind}: {sum(verdicts.values())} programs")
        for words, count in verdicts.most_common():
            print(f"  {count:6}  {words}")
