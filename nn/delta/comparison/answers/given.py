"""A learner's numbers by name, as they were written, in the shapes of the network."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.delta.comparison.answers.digits import Written, array_of
from nn.delta.comparison.answers.forms import Shapes, by_name, is_flat
from nn.delta.comparison.naming import kind_and_layer, named
from nn.delta.comparison.passes import Pass
from nn.delta.recording import Recording


def given_by(trace: Recording, mine: Any, right: Pass) -> tuple[dict[str, Written], tuple[str, ...]]:
    """The learner's numbers by name, an example a column, and remarks on how they were read.

    `right` is the pass in the trace. Raises ValueError for unknown names, numbers that are not finite, no
    array or nothing at all; TypeError for what is none of the things that `compare` takes.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> t = trace(MLP(1, [1], seed=0), [0.3], y=1.0)
    >>> given, remarks = given_by(t, {"W¹": [[0.5]], "δ": [["−0,25"]]}, pass_of(t))
    >>> {name: w.numbers.item() for name, w in given.items()}
    {'dW1': 0.5, 'delta1': -0.25}
    """
    shapes = _shapes(right)
    found = by_name(trace, mine, shapes)
    if not found:
        raise ValueError(f"compare: nothing was given; give any of {', '.join(shapes)}")
    given = {name: _fitted(name, Written.of(array_of(name, e)), shapes[name]) for name, e in found.items()}
    given = {name: w for name, w in given.items() if not np.isnan(w.numbers).all()}
    if not given:
        raise ValueError("compare: nothing was given but blanks")
    turned, remarks = _turned(given, shapes)
    if is_flat(mine) and len(found) > 1:
        remarks += (f"Your one vector is read as {', '.join(map(named, found))}, in turn.",)
    return turned, remarks


def _shapes(right: Pass) -> Shapes:
    """Of every quantity: z, a and δ (n_l, N), with N = 1 for one example; C if the loss is known."""
    shapes: Shapes = {f"{kind}{l}": z.shape for l, z in right.z.items() for kind in ("z", "a")}
    shapes |= {"C": (1,)} if right.loss is not None else {}
    for l, z in right.z.items():
        shapes |= {f"delta{l}": z.shape, f"dW{l}": right.W[l].shape, f"db{l}": right.b[l].shape[:1]}
    return shapes


def _fitted(name: str, numbers: Written, shape: tuple[int, ...]) -> Written:
    """Numbers in the network's shape; in their own, if they are no mere column or row of it."""
    own = numbers.numbers.shape
    squeezed = [tuple(length for length in lengths if length != 1) for lengths in (own, shape)]
    if squeezed[0] == squeezed[1]:
        return numbers.shaped(shape) if own == shape or 1 in shape or len(shape) == 1 else numbers
    is_of_examples = kind_and_layer(name)[0] in ("z", "a", "delta")
    return numbers.T if is_of_examples and own[::-1] == shape else numbers  # an example a row


def _turned(given: dict[str, Written], shapes: Shapes) -> tuple[dict[str, Written], tuple[str, ...]]:
    """Where every ∂C/∂W is (n_in, n_out), as of networks with an example a row, that is a convention."""
    matrices = {
        name: w.numbers.shape for name, w in given.items() if name[:2] == "dW" and 1 not in shapes[name]
    }
    uneven = [name for name, shape in matrices.items() if shapes[name][0] != shapes[name][1]]
    if len(uneven) < 2 or any(matrices[name] != shapes[name][::-1] for name in uneven):
        return given, ()
    turned = {name: w.T if name in matrices else w for name, w in given.items()}
    return turned, ("Your ∂C/∂W are transposed, (from, to); they are read as (to, from) here.",)
