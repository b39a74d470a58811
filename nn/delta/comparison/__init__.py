"""Compare with your own: what is wrong with a backward pass, in words, by trying the known mistakes.

The rooms, from the bottom: `passes`, the forward pass and the wrong ones that people make; `digits`, what may
stand behind rounded numbers, and `carried`, behind rounded steps; `rows`, what a mistake is, and the table of
them in `forward_rows`, `delta_rows` and `gradient_rows`; `variants`, which composes them; `fitting`, a
variant against your numbers; `search`, the walk through the layers, with its `paths`; `forward`, the way
there; `kept`, gradients that were not set to zero; `given` and `models`, numbers as people have them;
`verdicts`, the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.delta.comparison.carried import NEAR, WORDS, roundings
from nn.delta.comparison.digits import Bounds, Quantity, Reading, Written, readings
from nn.delta.comparison.forward import both_ways
from nn.delta.comparison.given import given_by
from nn.delta.comparison.kept import kept
from nn.delta.comparison.models import is_model
from nn.delta.comparison.naming import FORWARD, KINDS, named
from nn.delta.comparison.passes import Pass, pass_of, wrong_passes
from nn.delta.comparison.paths import NOTHING, PRICE, Finding, Path
from nn.delta.comparison.rows import Place
from nn.delta.comparison.variants import Mark, variants
from nn.delta.comparison.verdicts import Comparison, Mistake, Verdict, mistake_of, verdict_of
from nn.delta.notation import AnyNotation
from nn.delta.recording import Recording, checked_recording
from nn.delta.rounding import FLOAT64, Precision

__all__ = ["Comparison", "Mistake", "Verdict", "compare"]

Array = NDArray[np.float64]

ZERO = "as far as a 0 can tell"
CLOSE = 0.02  # relative: near enough to be no mistake in a formula
SEVERAL = 13.0  # bits of two kinds of mistake: beyond them a wrong forward pass may be the shorter story
AS_WELL = 4.0  # bits by which another story may be longer and still be told
MOST_TOLD = 2
LIKELIEST = 3  # wrong forward passes after which a mistake more is looked for


def compare(
    trace: Recording, mine: Any, tolerance: float = 1e-6, notation: AnyNotation = "002"
) -> Comparison:
    """Say what is wrong with a backward pass, by trying the known mistakes on the trace's forward pass.

    `mine` has any of zˡ, aˡ and δˡ (of one example (n_l,); over a batch (n_l, N), or an example a row), C,
    ∂C/∂Wˡ (n_l, n_{l−1}) and ∂C/∂bˡ (n_l,), means over the examples:
        a mapping   "z2", "a2", "C", "delta2", "dW2", "db2" and so on, or "delta", "dW", "db" with a list of
                    an array a layer; numbers, or texts such as "0.120"
        a list      of ∂C/∂W, of δ, or of ∂C/∂W and ∂C/∂b in turn: which, is seen from the shapes
        a function  that returns such a thing: mine(W, b, x, y) gets the lists of weights and biases, x of
                    shape (n_0,) or (n_0, N), and y (n_L,) or (n_L, N), where a label is one-hot
        a model     of PyTorch or `nn`, after its backward pass; or another trace
    None, nan or "" is a blank. Numbers agree if they are the right ones as computed, to `tolerance` × the
    largest, or rounded or cut off to the digits that they have, also where the steps before were rounded.
    `notation` is whose letters and indices name them; arrays have the shapes above in every notation.

    The trace needs a target; it needs no backward pass. Raises ValueError for names or shapes that do not
    belong to the network, or if nothing is given; TypeError for no trace. Source: the four equations of
    document 002, section 3.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(1, [1], output_activation="sigmoid", initial=[[[2.0]]]), [0.3], y=1.0)
    >>> z = 2.0 * 0.3
    >>> a = 1 / (1 + np.exp(-z))
    >>> print(compare(t, {"delta1": 2 * (a - 1)}))
    σ′ is missing in δ¹: that is ∂C/∂a; multiply by σ′(z) = a (1 − a).
    <BLANKLINE>
              yours     right
      δ¹₁  −0.70869  −0.16214  off
    >>> compare(t, {"delta1": [-0.162]}).right
    True
    """
    checked_recording(trace, "compare")
    answer, remarks = given_by(trace, mine)
    right = pass_of(trace)
    precision: Precision = getattr(trace, "precision", FLOAT64)
    truths = {name: right.quantity(name) for name in answer}
    takes = [_of_cancelling(take, truths) for take in readings(answer, max(tolerance, 16 * precision.unit))]
    quantities = _quantities(right, answer, truths, takes, NEAR, notation)
    for quantity in quantities.values():
        _check_shape(quantity, right)
    best = _best(right, quantities, takes)
    if best[0].marks and is_model(mine):
        of_passes = kept(right, quantities)
        best = [of_passes] if of_passes else best
    if best[0].has_unknown:  # then it may be rounding after all, and more of it
        loosely = _best(right, _quantities(right, answer, truths, takes, np.inf, notation), takes)
        best = loosely if not loosely[0].marks else best
    if any(finding.how == ZERO for finding in best[0].findings):  # or it was left at 0
        strictly = {name: replace(q, takes=_without_zero(q)) for name, q in quantities.items()}
        best = [*best, *(path for path in _best(right, strictly, takes) if not path.has_unknown)]
    return _conclusion(best, quantities, right, remarks, notation)


def _quantities(
    right: Pass,
    answer: dict[str, Written],
    truths: dict[str, Array],
    takes: list[Reading],
    near: float,
    notation: AnyNotation,
) -> dict[str, Quantity]:
    ways = {
        name: [
            (take.words if not n or w.numbers.any() else ZERO, take.bounds[name])
            for n, take in enumerate(takes)
        ]
        for name, w in answer.items()
    }
    for name, w in answer.items():
        if (
            not w.numbers.any()
            and truths[name].any()
            and all(not other.numbers.any() for other in answer.values())
        ):
            ways[name][0] = ZERO, ways[name][0][1]
    if not all(any(bounds.hold(truths[name]) for _, bounds in these) for name, these in ways.items()):
        near_ones = {name: w for name, w in answer.items() if _is_near(w.numbers, truths[name])}
        for name, more in (roundings(right, near_ones, takes, truths, near) if near_ones else {}).items():
            ways[name] += more
    return {
        name: Quantity(name, w, truths[name], tuple(ways[name]), takes[0].bounds[name], notation)
        for name, w in answer.items()
    }


def _is_near(numbers: Array, truth: Array) -> bool:
    """Whether rounding on the way may explain the difference, at the most."""
    if numbers.shape != truth.shape:
        return False
    off = np.nanmax(np.abs(numbers - truth), initial=0.0)
    return bool(off <= 0.5 * np.max(np.abs(truth), initial=0.0) or off < 0.02)


def _of_cancelling(take: Reading, truths: dict[str, Array]) -> Reading:
    """With room for what is left where terms cancel, a few roundings of them."""
    rooms = {name: 1e-13 * float(np.max(np.abs(truth), initial=0.0)) for name, truth in truths.items()}
    return Reading(take.words, {name: b.moved(-rooms[name], rooms[name]) for name, b in take.bounds.items()})


def _without_zero(quantity: Quantity) -> tuple[tuple[str, Bounds], ...]:
    return tuple(take for take in quantity.takes if take[0] not in (ZERO, WORDS))


def _best(right: Pass, quantities: dict[str, Quantity], takes: list[Reading]) -> list[Path]:
    """The shortest explanations, in the first reading of the digits that leaves nothing unknown."""
    hows = {name: quantity.how_right(quantity.truth) for name, quantity in quantities.items()}
    if None not in hows.values():
        return [Path(findings=tuple(Finding(name, "right", how=how or "") for name, how in hows.items()))]
    results = []
    for reading in _different(takes):
        these = {name: _read(quantity, reading) for name, quantity in quantities.items()}
        paths = both_ways(right, these, 2)
        results.append(paths)
        if not paths[0].has_unknown:
            break
    best = results[-1] if not results[-1][0].has_unknown else results[0]
    some_right = any(name.startswith("delta") and how is not None for name, how in hows.items())
    if not some_right and (best[0].has_unknown or best[0].bits > SEVERAL):  # no right δ of a wrong pass
        first = {name: _read(quantity, takes[0]) for name, quantity in quantities.items()}
        best = min([best, *_after_wrong_passes(right, first)], key=lambda paths: paths[0].bits)
    return best


def _after_wrong_passes(right: Pass, quantities: dict[str, Quantity]) -> Iterator[list[Path]]:
    """The explanations by a wrong forward pass: by it alone, and for the likeliest by a mistake after it,
    too."""
    tried = []
    for kind, where, other in wrong_passes(right):
        mark = Mark(kind, str(other.sigmas[int(where[1:])]) if kind == "another σ" else where)
        start = Path(findings=(Finding(where, "hidden", (mark,)),), bits=PRICE, is_elsewhere=True)
        tried.append((both_ways(other, quantities, 0, start), other, start))
        yield tried[-1][0]
    if all(paths[0].has_unknown for paths, _, _ in tried):
        tried.sort(key=lambda one: one[0][0].bits)
        for _, other, start in tried[:LIKELIEST]:
            yield both_ways(other, quantities, 1, start)


def _different(takes: list[Reading]) -> Iterator[Reading]:
    """The readings but for those that are another's."""
    seen: list[Reading] = []
    for take in takes:
        same = (
            all(np.array_equal(take.bounds[name].low, other.bounds[name].low) for name in take.bounds)
            for other in seen
        )
        if not any(same):
            seen.append(take)
            yield take


def _read(quantity: Quantity, reading: Reading) -> Quantity:
    return replace(quantity, bounds=reading.bounds[quantity.name])


def _relative(quantity: Quantity) -> Array:
    """How far the numbers are off, relative to the largest of them."""
    if quantity.written.numbers.shape != quantity.truth.shape:
        return np.ones(1)
    off: Array = np.abs(quantity.filled(quantity.truth) - quantity.truth) / max(
        float(np.max(np.abs(quantity.truth))), 1e-300
    )
    return off


def _check_shape(quantity: Quantity, right: Pass) -> None:
    """Raises ValueError for a shape that is not the network's, and that no known mistake has."""
    given, wanted, l = quantity.written.numbers.shape, quantity.truth.shape, quantity.layer
    if given != wanted:
        place = Place(right, l, right.delta.get(l + 1, NOTHING), right.delta[l])
        if all(way.array.shape != given for way in variants(quantity.kind, place, 1)):
            raise ValueError(f"compare: {quantity.name} has shape {given}; the network's is {wanted}")


def _conclusion(
    best: list[Path],
    quantities: dict[str, Quantity],
    right: Pass,
    remarks: tuple[str, ...],
    notation: AnyNotation,
) -> Comparison:
    first = _mistakes(best[0], right, notation)
    stories = {frozenset(mistake.kind for mistake in first): first}  # of one kind in other places one is told
    for path in best:
        if path.bits <= best[0].bits + (AS_WELL if len(next(iter(stories))) < 2 else 1.5) or not first:
            story = _mistakes(path, right, notation)
            kinds = frozenset(mistake.kind for mistake in story)
            if not any(other and other <= kinds for other in stories):
                stories[kinds] = story
    others = list(stories.values())[1 : MOST_TOLD + 1]
    states = {finding.name: finding for finding in best[0].findings if finding.state != "hidden"}
    verdicts = tuple(
        verdict_of(quantity, states[name].state, states[name].how) for name, quantity in _in_order(quantities)
    )
    found = {mistake.kind for mistake in first}
    gradients = {v.state for v in verdicts if v.quantity.startswith("∂")}
    if found == {"1/N in δ"} and gradients <= {"right"}:
        note = "All is right; your δ carries the 1/N that stands in (3) and (4) here."
        return Comparison((), (), (*remarks, note), ())
    return Comparison(first, tuple(others), (*_remarks(first, quantities, right), *remarks), verdicts)


def _in_order(quantities: dict[str, Quantity]) -> list[tuple[str, Quantity]]:
    """The way there, z before a; and the way back: the last layer first, δ before ∂C/∂W and ∂C/∂b."""

    def place(item: tuple[str, Quantity]) -> tuple[bool, int, int]:
        kind, l = item[1].kind, item[1].layer
        return kind not in FORWARD, l if kind in ("z", "a") else -l, KINDS.index(kind)

    return sorted(quantities.items(), key=place)


def _mistakes(path: Path, right: Pass, notation: AnyNotation) -> tuple[Mistake, ...]:
    return tuple(
        mistake_of(mark, finding.name, _shown(finding.name, notation), right)
        for finding in path.findings
        for mark in finding.marks
    )


def _shown(name: str, notation: AnyNotation) -> str:
    kind = name.rstrip("0123456789")
    return named(kind, int(name.removeprefix(kind) or 0), notation) if kind in KINDS else name or "z"


def _remarks(mistakes: tuple[Mistake, ...], quantities: dict[str, Quantity], right: Pass) -> Iterator[str]:
    kinds = {mistake.kind for mistake in mistakes}
    if "unknown" in kinds:
        start = next(mistake.quantity for mistake in mistakes if mistake.kind == "unknown")
        yield f"It starts at {start}: there may be several mistakes in it, or one that is not known here."
        off = max(float(np.max(_relative(quantity))) for quantity in quantities.values())
        if off < CLOSE:
            yield f"All is within {off:.1%} of right: rounding on the way, or a derivative by differences?"
    if "W for Wᵀ" in kinds:
        yield "W is square there, so the shapes fit and nothing fails: only the numbers tell."
    given = {quantity.kind for quantity in quantities.values()}
    if right.biased and "dW" in given and "db" not in given and any(right.b[l].any() for l in right.biased):
        yield "No ∂C/∂b was given."
