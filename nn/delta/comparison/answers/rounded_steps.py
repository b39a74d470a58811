"""Numbers that were rounded before the last step: what a right pass gives with rounded z, a, σ′, ∂C/∂a or δ.

Either the very rounding is found, such as "a to 2 decimals", or the numbers are about as far off as such
rounding makes them, and at most `NEAR` of the largest: half of a right number is never right.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from nn.activations import SOFTMAX
from nn.delta.comparison.answers.digits import Bounds, Reading, Written, rounded_of
from nn.delta.comparison.passes import SLOPES_BY_A, Array, Pass, through_softmax
from nn.losses import binary_cross_entropy, cross_entropy

Step = Callable[[str, Array], Array]

ROUNDED_STEPS = "within the rounding of your steps"
NEAR = 0.05  # of an array's largest entry
EVERYTHING = ("z", "a", "slope", "error", "delta")
ROUNDED = (EVERYTHING, ("z", "a", "error", "delta"), ("a", "slope", "error", "delta"),
           ("a", "error", "delta"), ("a", "slope"), ("a", "delta"), ("a",), ("delta",))  # fmt: skip
ROUNDED_FORWARD = (("a",), ("z", "a"))  # in one way, and the backward pass in another:
ROUNDED_BACKWARD = (("delta",), ("error", "delta"), ("slope", "error", "delta"), ("slope",))
TRIES = 12


def worked(right: Pass, step: Step, is_short: bool = False, has_cost: bool = False) -> dict[str, Array]:
    """The right quantities by name, if step(what, numbers) is gone on with; what: "z", "a", "slope", …

    Their shapes are those of a `Pass`, an example a column.

    `is_short` has δᴸ = a − y at once, as of a cross-entropy; `has_cost` asks for C, too.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.32], y=1.0))
    >>> worked(right, lambda what, numbers: np.round(numbers, 1))["delta1"].item()  # 2 (0.6 − 1)
    -0.8
    """
    z, a = {}, {0: right.a[0]}
    for l in range(1, right.depth + 1):
        z[l] = step("z", right.W[l] @ a[l - 1] + right.b[l])
        a[l] = step("a", right.activated(l, z[l]))
    error = right.gradient_at(a[right.depth])
    error = right.gradient if error is None else error
    found = {f"z{l}": z[l] for l in z} | {f"a{l}": a[l] for l in a}
    if has_cost:
        found["C"] = right.cost(a[right.depth])
    for l in range(right.depth, 0, -1):
        error, sigma = step("error", error), right.sigmas[l]
        if is_short and l == right.depth and right.y is not None:
            delta = a[l] - right.y
        elif sigma == SOFTMAX:
            delta = through_softmax(a[l], error)
        elif right.couples(l):
            delta = right.through(l, error)
        else:
            by_a = SLOPES_BY_A.get(sigma) if isinstance(sigma, str) else None
            delta = error * step("slope", by_a(a[l]) if by_a else right.slope(l, z[l]))
        found[f"delta{l}"] = delta = step("delta", delta)
        found[f"dW{l}"] = delta @ a[l - 1].T / right.examples
        found[f"db{l}"] = delta.mean(axis=1)
        error = right.W[l].T @ delta
    return found


def roundings(
    right: Pass, answer: Mapping[str, Written], takes: list[Reading], truths: Mapping[str, Array], near: float
) -> dict[str, list[tuple[str, Bounds]]]:
    """More bounds of quantities, by name, in which the right numbers lie if steps before were rounded.

    `near` is how far numbers may be off, relative to the largest, where no rounding gives them exactly.
    Everything rounded in one way may explain each quantity alone; a way for a and another for δ is believed
    only if it explains all that was given. Bounds have the shape of their quantity.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.answers.digits import readings
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.32], y=1.0))  # δ = −0.72
    >>> mine = {"delta1": Written.of(np.array([[-0.8]]))}
    >>> more = roundings(right, mine, list(readings(mine, 1e-6)), {"delta1": right.delta[1]}, NEAR)
    >>> words, bounds = more["delta1"][0]
    >>> words, bounds.hold(right.delta[1])
    ('within the rounding of your steps', True)
    """
    found: dict[str, list[tuple[str, Bounds]]] = {name: [] for name in answer}
    rounded = rounded_of(answer)
    words = ROUNDED_STEPS if rounded else ""
    shorts = [False] + [True] * (right.loss in (binary_cross_entropy, cross_entropy))
    fine = takes[0]
    alike = ((step, False, short) for step in _steps(rounded) for short in shorts)
    mixed = ((step, True, short) for step in _mixed_steps(rounded) for short in shorts)
    is_all = len(answer) == len(fine.bounds)
    with np.errstate(all="ignore"):
        for step, is_mixed, is_short in itertools.chain(alike, mixed if is_all else ()) if rounded else ():
            missing = [name for name in rounded if not found[name]]
            if not missing:
                break
            numbers = worked(right, step, is_short, "C" in rounded)
            readings = takes[:3] if is_mixed else takes[:1]
            holding = {name: _moved(readings, name, numbers[name], truths[name]) for name in rounded}
            if all(holding.values()) or not is_mixed:
                found |= {name: [(words, bounds) for bounds in holding[name]] for name in missing}
        spread = _spread(right, answer, shorts)
    for name in answer:
        take = takes[-1].bounds[name]
        if spread[name].shape == take.low.shape:
            room = np.minimum(spread[name], near * float(np.max(np.abs(truths[name]), initial=0.0)))
            found[name].append((words, fine.bounds[name].moved(-room, room)))
    return found


def _moved(takes: list[Reading], name: str, numbers: Array, truth: Array) -> list[Bounds]:
    """The first bounds that hold the right numbers after these were moved back by what rounding did."""
    off = numbers - truth
    moved = (t.bounds[name].moved(-off, -off) for t in takes if t.bounds[name].low.shape == off.shape)
    return [bounds for bounds in moved if bounds.hold(truth)][:1]


def _steps(rounded: Mapping[str, Written]) -> Iterator[Step]:
    """Every way to round everything alike on the way, up to the digits that the answer has."""
    for way, these in itertools.product(_ways(rounded), ROUNDED):
        yield partial(_rounded, ways=dict.fromkeys(these, way))


def _mixed_steps(rounded: Mapping[str, Written]) -> Iterator[Step]:
    """a in one way, and δ in that in which it was given; in any, if it was not."""
    deltas = [w for name, w in rounded.items() if name.startswith("delta")]
    decimals, digits = max((w.most for w in deltas), default=0), max((w.digits for w in deltas), default=0)
    back: list[Callable[[Array], Array]] = [partial(_to_decimals, count=min(decimals, 6))]
    back.append(partial(_to_digits, count=min(digits, 6)))
    for way, other in itertools.product(_ways(rounded), back if deltas else _ways(rounded)):
        for these, those in itertools.product(ROUNDED_FORWARD, ROUNDED_BACKWARD):
            yield partial(_rounded, ways=dict.fromkeys(these, way) | dict.fromkeys(those, other))
    for way, those in itertools.product(_ways(rounded), ROUNDED_BACKWARD):
        yield partial(_rounded, ways=dict.fromkeys(those, way))


def _ways(rounded: Mapping[str, Written]) -> list[Callable[[Array], Array]]:
    decimals = min(max(w.most for w in rounded.values()), 6)
    digits = min(max(w.digits for w in rounded.values()), 6)
    ways: list[Callable[[Array], Array]] = [
        partial(_to_decimals, count=count) for count in range(decimals, 0, -1)
    ]
    return ways + [partial(_to_digits, count=count) for count in range(digits, 0, -1)]


def _rounded(what: str, numbers: Array, ways: Mapping[str, Callable[[Array], Array]]) -> Array:
    return ways[what](numbers) if what in ways else numbers


def _to_decimals(numbers: Array, count: int) -> Array:
    return np.round(numbers, count)


def _to_digits(numbers: Array, count: int) -> Array:
    unit = 10.0 ** (np.floor(np.log10(np.maximum(np.abs(numbers), 1e-300))) - count + 1)
    return np.round(numbers / unit) * unit


def _spread(right: Pass, answer: Mapping[str, Written], shorts: list[bool]) -> dict[str, Array]:
    """About the most by which numbers are off after roundings on the way, of which one draws some."""
    rounded = list(rounded_of(answer).values())
    if rounded:
        most, digits = max(w.most for w in rounded), max(w.digits for w in rounded)
        sizes = [(0.5 * 10.0**-most, 0.0)] + [(0.0, 5.0 * 10.0**-digits)] * (digits < most)
    else:
        sizes = [(0.0, 8 * max(w.unit for w in answer.values()))]
    rng = np.random.default_rng(0)
    exact = worked(right, lambda what, numbers: numbers, has_cost="C" in answer)
    off = {name: np.zeros_like(array) for name, array in exact.items()}
    for (half, relative), is_short in itertools.product(sizes * TRIES, shorts):
        noisy = worked(right, partial(_noisy, half=half, relative=relative, rng=rng), is_short, "C" in answer)
        off = {name: np.fmax(off[name], np.abs(noisy[name] - exact[name])) for name in off}
    return {name: 1.5 * array for name, array in off.items()}


def _noisy(what: str, numbers: Array, half: float, relative: float, rng: np.random.Generator) -> Array:
    signs = rng.choice([-1.0, 1.0], numbers.shape)
    moved: Array = numbers + (half + relative * np.abs(numbers)) * signs
    return moved
