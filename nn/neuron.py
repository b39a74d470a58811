"""A neuron: z = Σₖ wₖ aₖ + b, a = σ(z).

Source: document 001, "by definition"; document 002, section 1.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from minigrad import Value, dot
from nn.activations import Activation, activate, checked_activation
from nn.delta.notation import Name
from nn.initializers import fitted, generator_of, uniform
from nn.module import Module, as_size, refuse_unknown, summary_of


class Weights(list[Value]):
    """The weights of a neuron: a list of Values. A number that is put into it is taken by the Value there.

    >>> weights = Weights([Value(1.0), Value(2.0)])
    >>> second = weights[1]
    >>> weights[1] = 0.5
    >>> second.data, weights[1] is second
    (0.5, True)
    """

    def __setitem__(self, place: SupportsIndex | slice, new: Any) -> None:
        if isinstance(place, slice):
            super().__setitem__(place, taken(self[place], new, "w"))
        else:
            super().__setitem__(place, taken([self[place]], [new], "w")[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return Weights, (list(self),)  # since a list is copied and pickled by appending to it

    def _refuse(self, *given: Any, **settings: Any) -> Any:
        raise TypeError(
            f"w: a neuron has a weight for each of its {len(self)} inputs; assign w[k], or all of w"
        )

    append = extend = insert = pop = remove = clear = sort = reverse = _refuse
    __delitem__ = __iadd__ = __imul__ = _refuse


class Neuron(Module):
    """A neuron of `n_inputs` inputs. Called, it takes n_inputs numbers or Values and gives one Value.

    Its weights are those given, or else uniform in −1 … 1 from `seed`. `bias` is its bias, or says whether it
    has one, which then starts at 0 (`b` is None without). With `elementary=True` it records products and sums
    instead of one `dot` node.

    `w` and `b` can be assigned. Numbers are taken by the Values that are there, so that labels, optimizers
    and programs stay with them; a Value takes the place of the one that was there, as where a weight is
    shared (and its label, if it has none).

    Raises ValueError for fewer than one input, an unknown activation, a wrong number of weights, numbers that
    are not finite, TypeError for what is no number.

    >>> neuron = Neuron(2, activation="identity", weights=[2.0, -1.0], bias=0.5)
    >>> neuron([3.0, 4.0]).data
    2.5
    >>> neuron.w, neuron.b = [1.0, 1.0], 0.25
    >>> neuron([3.0, 4.0]).data
    7.25
    """

    if TYPE_CHECKING:  # what is read is a Value, what is assigned may be a number: see __setattr__

        @property
        def w(self) -> Weights:
            """The weights, one an input."""

        @w.setter
        def w(self, new: Sequence[Value | float]) -> None: ...

        @property
        def b(self) -> Value | None:
            """The bias, or None."""

        @b.setter
        def b(self, new: Value | float | None) -> None: ...

    def __init__(
        self,
        n_inputs: int,
        activation: Activation = "tanh",
        bias: bool | float = True,
        seed: int | random.Random | None = None,
        elementary: bool = False,
        weights: Sequence[float] | None = None,
    ) -> None:
        n_inputs = as_size(n_inputs, "Neuron: n_inputs")
        if n_inputs < 1:
            raise ValueError(f"Neuron: n_inputs must be at least 1, not {n_inputs}")
        if weights is None:
            weights = uniform(n_inputs, 1, generator_of(seed))[0]
        if np.ndim(weights) == 1 and len(weights) != n_inputs:
            raise ValueError(f"Neuron: {n_inputs} inputs need as many weights, not {len(weights)}")
        numbers = fitted("Neuron, weights", weights, (n_inputs,)).tolist()
        first_bias = _first_bias(bias)
        vars(self)["w"] = Weights([Value(weight) for weight in numbers])
        vars(self)["b"] = None if first_bias is None else Value(first_bias)
        self.activation = checked_activation(activation)
        self.elementary = elementary
        self.z_name: str = ""
        self.a_name: str = ""

    def __setattr__(self, name: str, new: Any) -> None:
        refuse_unknown(self, ("w", "b", "activation", "elementary", "z_name", "a_name"), name)
        if name == "w":
            new = Weights(taken(self.w, new, "w"))
        elif name == "b" and new is not None:
            new = taken([self.b], [fitted("b", new, (), values=True).item()], "b")[0]
        elif name == "activation":
            checked_activation(new)
        super().__setattr__(name, new)

    def name(self, layer: int, neuron: int) -> None:
        """Label the parameters, and from now on z and a, with their place in a network, counted from 1."""
        for source, weight in enumerate(self.w, start=1):
            weight.label = Name("w", layer, neuron, source)
        if self.b is not None:
            self.b.label = Name("b", layer, neuron)
        self.z_name = Name("z", layer, neuron)
        self.a_name = Name("a", layer, neuron)

    def pre_activation(self, inputs: Sequence[Value | float]) -> Value:
        """z = Σₖ wₖ aₖ + b. Raises ValueError unless there is one input a weight."""
        if len(inputs) != len(self.w):
            raise ValueError(f"Neuron: {len(self.w)} weights need as many inputs, not {len(inputs)}")
        if self.elementary:
            z = self.w[0] * inputs[0]
            for weight, x in zip(self.w[1:], inputs[1:]):
                z = z + weight * x
            z = z if self.b is None else z + self.b
        else:
            z = dot(self.w, inputs, self.b)
        z.label = self.z_name
        return z

    def activate(self, z: Value) -> Value:
        """a = σ(z)."""
        a = activate(self.activation, z)
        if a is not z:
            a.label = self.a_name
        return a

    def __call__(self, inputs: Sequence[Value | float]) -> Value:
        """a = σ(Σₖ wₖ aₖ + b)."""
        return self.activate(self.pre_activation(inputs))

    def parameters(self) -> list[Value]:
        """w₁, w₂, …, then b; a weight that is shared comes once."""
        return list(dict.fromkeys(self.w if self.b is None else [*self.w, self.b]))

    def __repr__(self) -> str:
        has_bias = self.b is not None
        return summary_of(
            self, len(self.w), activation=self.activation, bias=has_bias, elementary=self.elementary
        )


def taken(values: Sequence[Value | None], given: Any, what: str) -> list[Value]:
    """The Values after an assignment: those that were there, with the numbers given, or Values given.

    A Value without a label gets that of its predecessor. Nothing changes if something does not fit.
    Raises ValueError and TypeError as `nn.initializers.fitted` does.

    >>> old = Value(1.0, label="w")
    >>> taken([old], [3.0], "w")[0] is old, old.data
    (True, 3.0)
    """
    if None in values and not isinstance(given[0], Value):
        raise ValueError(f"{what}: the neuron has none; make it with bias=True, or assign a Value")
    after = []
    for old, new in zip(values, fitted(what, given, (len(values),), values=True).tolist(), strict=True):
        if not isinstance(new, Value):
            assert old is not None
            old.data = float(new)
            new = old
        elif old is not None and not new.label:
            new.label = old.label
        after.append(new)
    return after


def has_bias(bias: Any, who: str) -> bool:
    """What the flag `bias` says. Raises TypeError for what is no flag, such as the numbers of the biases.

    >>> has_bias(True, "Layer")
    True
    """
    if isinstance(bias, (bool, np.bool_)) or (isinstance(bias, int) and bias in (0, 1)):
        return bool(bias)
    raise TypeError(f"{who}: bias is True or False, not {bias!r}; numbers are given as biases")


def _first_bias(bias: Any) -> float | None:
    if isinstance(bias, (bool, np.bool_)):
        return 0.0 if bias else None
    if isinstance(bias, int) and bias in (0, 1):
        raise TypeError(
            f"Neuron, bias: {bias} may be a number or a flag; write {float(bias)} or {bool(bias)}"
        )
    return float(fitted("Neuron, bias", bias, ()).item())
