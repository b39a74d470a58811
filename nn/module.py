"""`Module`: the base class of everything that has parameters, so that they can be listed, trained and saved.

For a network of your own, put Values, Modules and lists of them into attributes: training finds them there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import Value

State = dict[str, NDArray[np.float64]]


class Module:
    """The base class of neurons, layers and networks. Its parameters are the Values in its attributes.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.shift = Value(2.0), Value(0.0)
    ...     def __call__(self, x):
    ...         return self.slope * x[0] + self.shift
    >>> [name for name, parameter in Line().named_parameters()]
    ['slope', 'shift']
    """

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """(name, parameter), in the order of the attributes; a parameter in two places is listed once."""
        seen: set[Value] = set()
        for name, parameter in _values(vars(self), ""):
            if parameter not in seen:
                seen.add(parameter)
                yield name, parameter

    def parameters(self) -> list[Value]:
        """The Values that training changes, in a fixed order."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, because backward passes add to it."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> State:
        """The numbers of the parameters by name, each as a new array of shape ()."""
        return {name: np.array(parameter.data) for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the numbers of the parameters to those of a `state_dict`.

        Raises ValueError for missing or unknown names, shapes that differ, or numbers that are not finite;
        the module is then unchanged.
        """
        arrays = checked_state(state, self.state_dict())
        for name, parameter in self.named_parameters():
            parameter.data = float(arrays[name])


def checked_state(state: Mapping[str, Any], expected: State) -> State:
    """`state` as float arrays that fit `expected`: the same names, the same shapes, all numbers finite.

    Otherwise raises a ValueError that lists everything that does not fit.

    >>> checked_state({"W1": [[1, 2]]}, {"W1": np.zeros((1, 2))})
    {'W1': array([[1., 2.]])}
    """
    problems = [f"{name} is missing" for name in expected if name not in state]
    problems += [f"{name} is unknown" for name in state if name not in expected]
    arrays: State = {}
    for name in expected.keys() & state.keys():
        try:
            arrays[name] = np.asarray(state[name], dtype=np.float64)
        except (TypeError, ValueError):
            problems.append(f"{name} is not an array of numbers")
            continue
        if arrays[name].shape != expected[name].shape:
            problems.append(f"{name} has shape {arrays[name].shape}, not {expected[name].shape}")
        elif not np.isfinite(arrays[name]).all():
            problems.append(f"{name} has numbers that are not finite")
    if problems:
        raise ValueError("parameters do not fit the model: " + "; ".join(sorted(problems)))
    return {name: arrays[name] for name in expected}


def _values(thing: object, path: str) -> Iterator[tuple[str, Value]]:
    """Every Value in attributes, lists, tuples, dictionaries and modules, with its path."""
    if isinstance(thing, Value):
        yield path, thing
        return
    if isinstance(thing, Module):
        if path:  # a module inside another lists its own parameters
            for name, parameter in thing.named_parameters():
                yield f"{path}.{name}", parameter
        return
    parts: Any = ()
    if isinstance(thing, dict):
        parts = thing.items()
    elif isinstance(thing, (list, tuple)):
        parts = enumerate(thing)
    elif isinstance(thing, np.ndarray) and thing.dtype == object:
        parts = np.ndenumerate(thing)
    for key, part in parts:
        name = ".".join(map(str, key)) if isinstance(key, tuple) else str(key)
        yield from _values(part, f"{path}.{name}" if path else name)
