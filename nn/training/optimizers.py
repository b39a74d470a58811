"""Optimizers: they turn a gradient into a change of the parameters (documents 001 and 002: w ← w − ε ∂C/∂w).

Glossary
    g       the gradient ∂C/∂w of the P parameters that are trained, in their order; an array of shape (P,)
    ε       the learning rate: a number > 0, or a function of the step, which counts from 0 and may give 0
    change  what is subtracted from the parameters, shape (P,)
The definitions are those of PyTorch's `torch.optim`; those of other libraries differ in the place of a
constant.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Sequence
from inspect import signature

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from minigrad.display import one_line
from nn.module import Module

Array = NDArray[np.float64]
LearningRate = float | Callable[[int], float]


class Optimizer:
    """The base class: counts steps, and has the learning rate. A subclass defines `change`; here it is ε g.

    `lr` is another name of the learning rate. Raises ValueError for a learning rate that is not a number > 0,
    or for a function whose result is not ≥ 0, at the step that calls it.

    >>> Optimizer(learning_rate=lambda step: 1.0 / (1 + step)).rate()
    1.0
    """

    def __init__(
        self,
        learning_rate: LearningRate | None = None,
        *,
        lr: LearningRate | None = None,
        default: float = 0.01,
    ) -> None:
        given = one_rate(learning_rate, lr, type(self).__name__)
        self.learning_rate: LearningRate = default if given is None else given
        self.steps = 0
        self.size: int | None = None

    def __repr__(self) -> str:
        settings = {name: vars(self)[name] for name in signature(type(self)).parameters if name in vars(self)}
        written = (f"{name}={getattr(given, '__name__', repr(given))}" for name, given in settings.items())
        return one_line(f"{type(self).__name__}({', '.join(written)})")

    def rate(self) -> float:
        """ε of the next step."""
        if callable(self.learning_rate):
            return checked_rate(self.learning_rate(self.steps), least=0.0)
        return self.learning_rate

    def change(self, gradient: Array) -> Array:
        """The change to subtract from the parameters, from their gradient; both of shape (P,)."""
        return self.rate() * gradient

    def update(self, data: Array, gradient: Array) -> Array:
        """The parameters after one step, from those before it and their gradient, all of shape (P,).

        Raises ValueError if the number of parameters changes between steps.
        """
        if self.size not in (None, gradient.size):
            raise ValueError(
                f"optimizer: it has {self.size} parameters, not {gradient.size}; make one for each model"
            )
        self.size = gradient.size
        after = data - self.change(gradient)
        self.steps += 1
        return after

    def step(self, parameters: Sequence[Value] | Module) -> None:
        """Update the parameters, or those of a model, with their gradients, as set by `backward()`."""
        if isinstance(parameters, Module):
            parameters = parameters.parameters()
        for parameter in parameters:
            if parameter.grad is None:
                raise TypeError(
                    f"{type(self).__name__}: the gradient of {parameter} is None; call backward()"
                )
        data = np.array([parameter.data for parameter in parameters])
        gradient = np.array([parameter.grad for parameter in parameters])
        for parameter, number in zip(parameters, self.update(data, gradient).tolist(), strict=True):
            parameter.data = number


class SGD(Optimizer):
    """Gradient descent, ε 0.01 if left out, with momentum μ if wanted: v ← μ v + g, w ← w − ε v, from v = 0.

    With `nesterov`, w ← w − ε (g + μ v). Raises ValueError for a momentum outside 0 … 1 (1 excluded), or
    for `nesterov` without momentum.
    Source: Polyak (1964); Sutskever et al. (2013) for Nesterov's, in the form of `torch.optim.SGD`.

    >>> w = Value(1.0)
    >>> w.grad = 2.0
    >>> SGD(learning_rate=0.25).step([w])
    >>> w.data
    0.5
    """

    def __init__(
        self,
        learning_rate: LearningRate | None = None,
        momentum: float = 0.0,
        nesterov: bool = False,
        *,
        lr: LearningRate | None = None,
    ) -> None:
        super().__init__(learning_rate, lr=lr)
        if not 0 <= momentum < 1:
            raise ValueError(f"SGD: the momentum must lie in 0 … 1, 1 excluded, not {momentum}")
        if nesterov and momentum == 0:
            raise ValueError("SGD: Nesterov's momentum needs a momentum > 0")
        self.momentum = momentum
        self.nesterov = nesterov
        self.velocity: Array | None = None

    def change(self, gradient: Array) -> Array:
        """ε v, or ε g without momentum."""
        if self.momentum == 0:
            return self.rate() * gradient
        if self.velocity is None:
            self.velocity = np.zeros_like(gradient)
        self.velocity *= self.momentum
        self.velocity += gradient
        direction = gradient + self.momentum * self.velocity if self.nesterov else self.velocity
        return self.rate() * direction


class Adam(Optimizer):
    """m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − ε m̂ / (√v̂ + tiny), from m = v = 0.

    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) at step t = 1, 2, …; ε is 0.001 if left out.
    Raises ValueError for a β outside 0 … 1 (1 excluded), or tiny ≤ 0.
    Source: Kingma and Ba (2015), algorithm 1.

    >>> w = Value(1.0)
    >>> w.grad = 2.0
    >>> Adam(learning_rate=0.25).step([w])
    >>> round(w.data, 6)  # the first step is ε long, whatever the gradient
    0.75
    """

    def __init__(
        self,
        learning_rate: LearningRate | None = None,
        beta1: float = 0.9,
        beta2: float = 0.999,
        tiny: float = 1e-8,
        *,
        lr: LearningRate | None = None,
    ) -> None:
        super().__init__(learning_rate, lr=lr, default=0.001)
        if not (0 <= beta1 < 1 and 0 <= beta2 < 1):
            raise ValueError(f"Adam: the betas must lie in 0 … 1, 1 excluded, not {beta1} and {beta2}")
        if not tiny > 0:
            raise ValueError(f"Adam: tiny must be > 0, not {tiny}")
        self.beta1, self.beta2, self.tiny = beta1, beta2, tiny
        self.first_moment: Array | None = None
        self.second_moment: Array | None = None

    def change(self, gradient: Array) -> Array:
        """ε m̂ / (√v̂ + tiny) = ε r / (1 − β₁ᵗ) · m / (√v + r tiny), with r = √(1 − β₂ᵗ)."""
        rate, t = self.rate(), self.steps + 1
        if self.first_moment is None or self.second_moment is None:
            self.first_moment, self.second_moment = np.zeros_like(gradient), np.zeros_like(gradient)
        self.first_moment *= self.beta1  # in place: new arrays cost more than the arithmetic
        part = (1 - self.beta1) * gradient
        self.first_moment += part
        self.second_moment *= self.beta2
        np.square(gradient, out=part)
        part *= 1 - self.beta2
        self.second_moment += part
        root = math.sqrt(1 - self.beta2**t)
        spread = np.sqrt(self.second_moment, out=part)
        spread += root * self.tiny
        change = self.first_moment / spread
        change *= rate * root / (1 - self.beta1**t)
        return change


def descend(parameters: Sequence[Value], learning_rate: float) -> None:
    """One update of P parameters: w ← w − ε ∂C/∂w, b ← b − ε ∂C/∂b. Source: document 002, section 4.

    >>> w = Value(1.0)
    >>> w.grad = 2.0
    >>> descend([w], 0.25)
    >>> w.data
    0.5
    """
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad


def one_rate(learning_rate: LearningRate | None, lr: LearningRate | None, who: str) -> LearningRate | None:
    """The learning rate, which two keywords may give. Raises ValueError if both do.

    >>> one_rate(None, 0.5, "SGD")
    0.5
    """
    for rate in (learning_rate, lr):
        if rate is not None and (not callable(rate) or isinstance(rate, Module)):
            checked_rate(rate)
    if learning_rate is not None and lr is not None:
        raise ValueError(f"{who}: lr and learning_rate are two names of one setting; give one of them")
    return lr if learning_rate is None else learning_rate


def checked_rate(rate: float, least: float | None = None) -> float:
    """The learning rate. Raises ValueError unless finite and > 0 (or ≥ `least`), TypeError for no number.

    A schedule may give 0: warming up starts there, a cosine ends there.

    >>> checked_rate(0.5), checked_rate(0.0, least=0.0)
    (0.5, 0.0)
    """
    if not isinstance(rate, numbers.Real):
        is_model = isinstance(rate, Module) or hasattr(rate, "__iter__")
        remedy = "; the parameters are given to `step`, or the model to `fit`" if is_model else ""
        given = one_line(repr(rate), 60)
        raise TypeError(
            f"the learning rate must be a number > 0 or a function of the step, not {given}{remedy}"
        )
    if not math.isfinite(rate) or not (rate > 0 if least is None else rate >= least):
        bound = "> 0" if least is None else f"≥ {least:g}"
        raise ValueError(f"the learning rate must be {bound} and finite, not {rate}")
    return float(rate)
