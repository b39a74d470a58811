"""A trace of many examples: δ of each, and what each of them contributes to the gradient of a weight.

Glossary: N examples, n = 1 … N; in arrays an example is a column. A *contribution* here is ∂Cₙ/∂w = δˡⱼ
aˡ⁻¹ₖ, what example n alone would have as gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from minigrad.display import html_form, listed
from minigrad.settled import Settled
from nn.activations import Activation
from nn.delta.notation import Name
from nn.delta.tracing import Trace, trace
from nn.loss_rows import LossFunction, Targets
from nn.losses import mean, squared_error
from nn.mlp import MLP
from nn.module import check_model

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ledger:
    """What each example contributes to one gradient: `contributions`, shape (N,), and their `average`.

    >>> print(Ledger(Name("w", 1, 1, 1), np.array([1.0, -3.0])))
    ∂C/∂w¹₁₁ = 1/2 Σ (its examples' δ¹₁ x₁)
      example 1   +1.00000
      example 2   −3.00000
      average     −1.00000
    """

    name: Name
    contributions: Array

    @property
    def average(self) -> float:
        """1/N Σₙ ∂Cₙ/∂w."""
        return float(np.mean(self.contributions))

    def __repr__(self) -> str:
        contributions = f"{len(self.contributions)} contributions to {self.name}"
        return f"<ledger of {contributions}, average {self.average:.6g}>"

    _repr_html_ = html_form

    def __str__(self) -> str:
        place = self.name
        what = Name("delta", place.layer, place.neuron).written()
        if place.kind == "w":
            what += " " + Name("a", place.layer - 1, place.source).written()
        lines = [f"∂C/∂{place.written()} = 1/{len(self.contributions)} Σ (its examples' {what})"]
        rows = [(f"example {n}", number) for n, number in enumerate(self.contributions.tolist(), start=1)]
        rows.append(("average", self.average))
        width = max(len(name) for name, _ in rows)
        return "\n".join(
            lines + [f"  {name:<{width}}   {number:+.5f}".replace("-", "−") for name, number in rows]
        )


class BatchTrace(Settled):
    """The traces of N examples through one model; arrays have one column an example.

    >>> batch = trace_batch(MLP(2, [3, 1], seed=0), [[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0])
    >>> batch.backward()
    >>> batch.delta(1).shape, batch.weight_gradients(1).shape
    ((3, 2), (3, 2))
    """

    remedy = Trace.remedy

    def __init__(self, traces: Sequence[Trace]) -> None:
        self.traces = list(traces)
        self.model = self.traces[0].model
        self._contributions: Array | None = None
        self.settle()

    def __repr__(self) -> str:
        return f"<traces of {len(self)} examples through {listed(self.model.sizes, '-')}>"

    _repr_html_ = html_form

    @property
    def depth(self) -> int:
        """L, the number of layers."""
        return self.traces[0].depth

    def __len__(self) -> int:
        return len(self.traces)

    @property
    def cost(self) -> Value:
        """C = 1/N Σₙ Cₙ, a new node at each call. From it, z gets δ/N: for δ itself call `backward()`."""
        return mean([one.cost for one in self.traces])

    def backward(self) -> None:
        """Walk back from each Cₙ in turn, then leave ∂C/∂w = 1/N Σₙ ∂Cₙ/∂w in the parameters' gradients."""
        parameters = self.model.parameters()
        rows = []
        for one in self.traces:
            one.backward()
            rows.append([parameter.grad for parameter in parameters])
        self._contributions = np.array(rows)
        averages = self._contributions.sum(axis=0) / len(rows)
        for parameter, average in zip(parameters, averages.tolist(), strict=True):
            parameter.grad = average

    def activation(self, l: int) -> Activation:
        """σ of layer l."""
        return self.traces[0].activation(l)

    def weights(self, l: int) -> Array:
        """Wˡ, shape (n_l, n_{l−1})."""
        return self.traces[0].weights(l)

    def biases(self, l: int) -> Array:
        """bˡ, shape (n_l,); zeros for a layer without bias."""
        return self.traces[0].biases(l)

    def pre_activations(self, l: int) -> Array:
        """Zˡ, shape (n_l, N)."""
        return self._columns(lambda one: one.pre_activations(l))

    def activations(self, l: int) -> Array:
        """Aˡ, shape (n_l, N); A⁰ is X."""
        return self._columns(lambda one: one.activations(l))

    def cost_gradient(self) -> Array:
        """∂Cₙ/∂aᴸ, shape (n_L, N), from the definition of the loss."""
        return self._columns(Trace.cost_gradient)

    def activation_gradients(self, l: int) -> Array:
        """∂Cₙ/∂aˡ, shape (n_l, N)."""
        return self._columns(lambda one: one.activation_gradients(l))

    def delta(self, l: int) -> Array:
        """δˡ = ∂Cₙ/∂zˡ, shape (n_l, N): each example's own, without 1/N."""
        return self._columns(lambda one: one.delta(l))

    def weight_gradients(self, l: int) -> Array:
        """∂C/∂Wˡ, shape (n_l, n_{l−1}): the average over the examples, as `backward()` left it."""
        return self.traces[0].weight_gradients(l)

    def bias_gradients(self, l: int) -> Array:
        """∂C/∂bˡ, shape (n_l,), or (0,) for a layer without bias: the average over the examples."""
        return self.traces[0].bias_gradients(l)

    def ledger(self, l: int, neuron: int, source: int | None = None) -> Ledger:
        """Each example's contribution to ∂C/∂wˡⱼₖ, or to ∂C/∂bˡⱼ without a source; j and k count from 1.

        Raises ValueError before `backward()`, or for a parameter that the model does not have.
        """
        name = Name("b", l, neuron) if source is None else Name("w", l, neuron, source)
        names = [parameter.label for parameter in self.model.parameters()]
        if self._contributions is None:
            raise ValueError("ledger: no backward pass has been made yet; call backward()")
        if name not in names:
            raise ValueError(f"ledger: the model has no parameter {name}")
        return Ledger(name, self._contributions[:, names.index(name)])

    def _columns(self, read: Callable[[Trace], Array]) -> Array:
        return np.column_stack([read(one) for one in self.traces])


def trace_batch(
    model: MLP,
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Targets],
    loss: LossFunction = squared_error,
) -> BatchTrace:
    """Trace N examples, `inputs` of shape (N, n_0), against N targets.

    Raises ValueError for an empty batch, or unless there is one target an example.
    Source: document 000, "average error".

    >>> batch = trace_batch(MLP(1, [1], initial=[[[2.0]]]), [[1.0], [3.0]], [0.0, 0.0])
    >>> batch.backward()
    >>> batch.delta(1).tolist(), batch.ledger(1, 1, 1).contributions.tolist(), batch.ledger(1, 1, 1).average
    ([[4.0, 12.0]], [4.0, 36.0], 20.0)
    """
    check_model("trace_batch", model)
    if len(inputs) == 0:
        raise ValueError("trace_batch: the batch is empty; give at least one example")
    if len(inputs) != len(targets):
        raise ValueError(f"trace_batch: {len(inputs)} examples need as many targets, not {len(targets)}")
    return BatchTrace([trace(model, x, y, loss) for x, y in zip(inputs, targets, strict=True)])
