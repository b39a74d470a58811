"""The four equations of backpropagation in NumPy, as the documents write them, against the scalar graph.

Glossary, for layer l of n_l neurons
    W, b    weights (n_l, n_{l−1}) and biases (n_l,)
    z, a    pre-activation and activation (n_l,); a⁰ = x
    delta   the error term δˡ = ∂C/∂zˡ (n_l,)
    slope   σ′(zˡ) (n_l,)
For a batch of N examples z, a, delta and slope are (n_l, N), an example a column. The equations are the same,
but for the average over the examples, whose 1/N stands once: in (3) and (4).

(1) and (2) hold with ⊙ where σ acts on each neuron alone. A softmax couples its neurons: there σ′ is a matrix
J, and ⊙ σ′(z) reads Jᵀ · (`nn.derivatives.through_activation`).
Source: document 002, section 3; document 000, equations 1 to 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from minigrad.display import html_form
from nn.activations import SOFTMAX, activation_name
from nn.delta.comparison import compare
from nn.delta.derivatives import (
    FUNCTIONS,
    SLOPES,
    activated,
    cost_of,
    couples,
    sigmoid,
    slope_at,
    through_activation,
    times_slope,
)
from nn.delta.formulas import as_text, equations
from nn.delta.notation import NOTATIONS, AnyNotation, Notation, as_notation, parts
from nn.delta.recording import Recording, checked_recording
from nn.delta.rounding import FLOAT64, Precision, delta_rounding, gradient_rounding, shown
from nn.delta.tracing import Trace

# fmt: off
__all__ = [
    "EQUATIONS", "FUNCTIONS", "SLOPES", "Report", "Residual", "bias_gradient", "compare", "hidden_delta",
    "numeric_delta", "output_delta", "report", "shown", "sigmoid", "slope", "weight_gradient",
]
# fmt: on

Array = NDArray[np.float64]


def output_delta(cost_gradient: Array, slope: Array) -> Array:
    """(1) δᴸ = ∂C/∂aᴸ ⊙ σ′(zᴸ), all of shape (n_L,) or (n_L, N)

    >>> output_delta(np.array([2.0]), np.array([0.25]))
    array([0.5])
    """
    return times_slope(cost_gradient, slope)


def hidden_delta(next_weights: Array, next_delta: Array, slope: Array) -> Array:
    """(2) δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ), of shape (n_l,) or (n_l, N); W has (n_{l+1}, n_l)

    >>> hidden_delta(np.array([[1.0, 2.0]]), np.array([3.0]), np.array([1.0, 0.5]))
    array([3., 3.])
    """
    return times_slope(next_weights.T @ next_delta, slope)


def weight_gradient(delta: Array, previous_activation: Array) -> Array:
    """(3) ∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ, shape (n_l, n_{l−1}); over a batch 1/N Δˡ (Aˡ⁻¹)ᵀ

    >>> weight_gradient(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([[3., 4.],
           [6., 8.]])
    >>> weight_gradient(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]))  # two examples
    array([[5.5]])
    """
    if delta.ndim == 1:
        return np.outer(delta, previous_activation)
    gradient: Array = (delta @ previous_activation.T) / delta.shape[1]
    return gradient


def bias_gradient(delta: Array) -> Array:
    """(4) ∂C/∂bˡ = δˡ, shape (n_l,); over a batch 1/N Σₙ δˡ

    >>> bias_gradient(np.array([1.0, 2.0]))
    array([1., 2.])
    """
    return delta if delta.ndim == 1 else delta.sum(axis=1) / delta.shape[1]


def slope(trace: Recording, l: int) -> Array:
    """σ′(zˡ), of the shape of zˡ, from the definition of the activation. Raises ValueError for softmax.

    >>> from nn import MLP, trace
    >>> slope(trace(MLP(2, [3], output_activation="identity", seed=0), [1.0, 2.0]), 1)
    array([1., 1., 1.])
    """
    checked_recording(trace, "slope")
    return slope_at(trace.activation(l), trace.pre_activations(l))


@dataclass(frozen=True, repr=False)
class Residual:
    """The largest |difference| between the sides of an equation on a layer, and the largest |entry|.

    `roundings` is how many times what rounding can do (`nn.delta.rounding`) an entry is off from what the
    equation makes of the δ that arrived above it: at most 1 if rounding explains it.

    >>> Residual(equation=3, layer=2, difference=1e-16).quantity
    'W2'
    """

    equation: int
    layer: int
    difference: float
    scale: float = 1.0
    roundings: float = math.inf

    @property
    def quantity(self) -> str:
        """What the equation is about: "δ2", "W2" or "b2"."""
        return self.written(Notation())

    def written(self, n: Notation) -> str:
        """The quantity in a notation, its layer behind it."""
        kind = {3: "W", 4: "b"}.get(self.equation, "delta")
        return f"{parts(kind, self.layer, 0, 0, n)[0]}{n.number_of(self.layer, kind)}"

    def __repr__(self) -> str:
        size = f"|difference| {self.difference:.3g} of {self.scale:.3g}, {self.roundings:.3g} roundings"
        return f"<equation ({self.equation}), {self.quantity}: {size}>"


@dataclass(frozen=True)
class Report:
    """The four equations, held against one trace; `residuals` go from the last layer to the first.

    >>> Report((Residual(1, 1, 0.0), Residual(3, 1, 2e-16))).largest
    2e-16
    """

    residuals: tuple[Residual, ...]
    is_batch: bool = False
    couples_outputs: bool = False
    last_activation: str = SOFTMAX
    notation: Notation = NOTATIONS["002"]

    @property
    def formulas(self) -> dict[int, str]:
        """What was held against the trace: over a batch with 1/N, for a softmax with its Jacobian J."""
        n = replace(self.notation, parentheses=bool(self.notation.parentheses))
        formulas = {int(which): as_text(f, n) for which, f in equations(n).items() if which != "forward"}
        if self.is_batch:
            formulas |= {which: formulas[which].replace("= ", "= 1/N Σₙ ") for which in (3, 4)}
        if self.couples_outputs:
            delta, error = formulas[1].partition(" ⊙ ")[0].split(" = ")
            formulas[1] = f"{delta} = {n.jacobian}ᵀ {error}, {n.jacobian} of {self.last_activation}"
        return formulas

    @property
    def largest(self) -> float:
        """The largest residual of all; nan if any is."""
        return float(np.max([residual.difference for residual in self.residuals]))

    def of(self, equation: int) -> list[Residual]:
        """The residuals of one equation, from the last layer to the first."""
        return [residual for residual in self.residuals if residual.equation == equation]

    def first_wrong(self, tolerance: float | None = None) -> Residual | None:
        """The first quantity on the way back that is off by more than `tolerance` × its largest entry.

        If left out, by more than 1e-9 × its largest entry and by more than rounding can do in the precision
        of the trace: so a network in float32 or bfloat16 is held to what that can do. None if there is none.
        What comes after it may be off because of it.
        """
        for residual in self.residuals:
            allowed = (1e-9 if tolerance is None else tolerance) * max(residual.scale, 1e-300)
            is_rounding = tolerance is None and residual.roundings <= 1.0
            if not (residual.difference <= allowed or is_rounding):
                return residual
        return None

    def __repr__(self) -> str:
        what = f"{len(self.residuals)} quantities of a {'batch' if self.is_batch else 'trace'}"
        return f"<report of {what}: {'' if self.largest == 0 else 'up to '}{shown(self.largest)}>"

    _repr_html_ = html_form

    def __str__(self) -> str:
        lines = []
        for equation, formula in self.formulas.items():
            row = "   ".join(f"{r.written(self.notation)} {shown(r.difference)}" for r in self.of(equation))
            lines.append(f"({equation})  {formula:<32}{row}")
        return "\n".join(lines)


EQUATIONS = Report(()).formulas


def report(trace: Recording, cost_gradient: Array | None = None, *, notation: AnyNotation = "002") -> Report:
    """Hold the four equations, computed in NumPy, against the gradients that arrived in the scalar graph.

    The recursion runs on its own: from ∂C/∂aᴸ down to layer 1, with nothing of the graph in it but W, z, a.
    `trace` is of one example or of a batch. `cost_gradient` is ∂C/∂aᴸ, shape (n_L,) or (n_L, N); if left out,
    it comes from the definition of the trace's loss. Raises ValueError before a backward pass, TypeError for
    what is no trace; the report is printed in `notation`.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [3, 1], activation="tanh", seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> report(t).largest <= 1e-12
    True
    """
    last = checked_recording(trace, "report").depth
    if cost_gradient is None:
        cost_gradient = trace.cost_gradient()
    if couples(trace.activation(last)):
        delta = through_activation(trace.activation(last), cost_gradient, trace.pre_activations(last))
    else:
        delta = output_delta(cost_gradient, slope(trace, last))
    residuals = []
    for l in range(last, 0, -1):
        if l < last:
            delta = hidden_delta(trace.weights(l + 1), delta, slope(trace, l))
        equation, before, arrived = 1 if l == last else 2, trace.activations(l - 1), trace.delta(l)
        residuals.append(_residual(equation, l, delta, arrived, _delta_in_roundings(trace, l, cost_gradient)))
        gradients = {3: (trace.weight_gradients(l), before)}
        if trace.bias_gradients(l).size:  # (4) is (3) with an input that is always 1
            gradients[4] = (trace.bias_gradients(l)[:, np.newaxis], np.ones_like(before[:1]))
        for number, (gradient, inputs) in gradients.items():
            off = gradient_rounding(arrived, inputs, _precision(trace))
            roundings = _in_roundings(weight_gradient(arrived, inputs), gradient, off)
            residuals.append(_residual(number, l, weight_gradient(delta, inputs), gradient, roundings))
    is_batch, activation = cost_gradient.ndim == 2, trace.activation(last)
    name = activation_name(activation)
    return Report(tuple(residuals), is_batch, couples(activation), name, as_notation(notation))


def _delta_in_roundings(trace: Recording, l: int, cost_gradient: Array) -> float:
    """How many roundings δˡ is off from what (1) or (2) makes of the δˡ⁺¹ that arrived."""
    error, terms, count = cost_gradient, np.abs(cost_gradient), 0
    if l < trace.depth:
        weights, above = trace.weights(l + 1), trace.delta(l + 1)
        error, terms, count = weights.T @ above, np.abs(weights).T @ np.abs(above), len(weights)
    z = trace.pre_activations(l)
    off = delta_rounding(trace.activation(l), error, terms, z, _precision(trace), count)
    return _in_roundings(through_activation(trace.activation(l), error, z), trace.delta(l), off)


def _in_roundings(computed: Array, arrived: Array, off: Array) -> float:
    return float(np.max(np.abs(computed - arrived) / off))


def _precision(trace: Recording) -> Precision:
    """That in which the trace was computed: this engine's, or that of a network of PyTorch."""
    precision: Precision = getattr(trace, "precision", FLOAT64)
    return precision


def numeric_delta(
    trace: Trace, l: int, cost: Callable[[Array], float] | None = None, nudge: float = 1e-6
) -> Array:
    """δˡ by central differences, shape (n_l,): nudge each zˡⱼ and run the rest of the network in NumPy.

    `cost` takes aᴸ, shape (n_L,), and gives Cₙ; the trace's own loss and target if left out. Right to some
    1e-9 of what is near 1 where σ is smooth. Raises ValueError for a trace without a target, or such a layer.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(1, [1], initial=[[[2.0]]]), [3.0], y=5.0)
    >>> numeric_delta(t, 1).round(6)
    array([2.])
    """

    def cost_from(z: Array) -> float:
        for m in range(l, trace.depth + 1):
            a = activated(trace.activation(m), z)
            if m < trace.depth:
                z = trace.weights(m + 1) @ a + trace.biases(m + 1)
        if cost is not None:
            return cost(a)
        if trace.loss is None:
            raise ValueError("numeric_delta: the trace has no target; give a cost")
        return cost_of(trace.loss, a, trace.target)

    z = checked_recording(trace, "numeric_delta").pre_activations(l)
    nudges = nudge * np.eye(len(z))
    return np.array([(cost_from(z + step) - cost_from(z - step)) / (2 * nudge) for step in nudges])


def _residual(equation: int, l: int, computed: Array, arrived: Array, roundings: float) -> Residual:
    difference = float(np.max(np.abs(computed - arrived)))
    return Residual(equation, l, difference, float(np.max(np.abs(computed))), roundings)
