"""`Module`: the base class of everything that has parameters, so that they can be listed, trained and saved.

For a network of your own, put Values, Modules and lists of them into attributes: training finds them there.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from minigrad.display import html_form, listed, one_line
from minigrad.hooks import setting

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
        """(name, parameter), in the order of the attributes; a parameter in two places comes once.

        A module or list that holds itself, or its parent, is walked once. Raises ValueError where two
        parameters would have one name, such as keys 1 and "1" of a dictionary.
        """
        named: dict[str, Value] = {}
        seen: set[Value] = set()
        with _entered(self):
            for name, parameter in _values(vars(self), ""):
                if parameter in seen:
                    continue
                if name in named:
                    raise ValueError(f"two parameters have the name {name!r}; rename an attribute or a key")
                seen.add(parameter)
                named[name] = parameter
        return iter(named.items())

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

    _repr_html_ = html_form

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the numbers of the parameters to those of a `state_dict`.

        Raises ValueError for missing or unknown names, shapes that differ, or numbers that are not finite;
        the module is then unchanged.
        """
        arrays = checked_state(state, self.state_dict())
        for name, parameter in self.named_parameters():
            parameter.data = float(arrays[name])


def summary_of(module: Module, *sizes: object, **settings: Any) -> str:
    """The call that makes such a module, on one line: its sizes, and what differs from the default.

    A setting may be a list, one entry a layer or a neuron, of which one is written if they are alike.

    >>> summary_of(Module(), 4, 2, activation="relu", bias=[True, True])
    "Module(4, 2, activation='relu')"
    """
    words = [str(size) for size in sizes]
    for name, given in settings.items():
        entries = given if isinstance(given, list) else [given]
        written = [getattr(entry, "__name__", repr(entry)) for entry in entries]
        distinct = set(written)
        if distinct - {_USUAL[name]}:
            words.append(f"{name}={written[0] if len(distinct) == 1 else f'[{listed(written)}]'}")
    return one_line(f"{type(module).__name__}({', '.join(words)})")


_USUAL = {
    "activation": "'tanh'",
    "output_activation": "'identity'",
    "bias": "True",
    "elementary": "False",
}


def added_values(module: Module, base: type[Module], known: Sequence[str]) -> dict[str, Value]:
    """The Values by name in attributes that a class derived from `base` adds to those known.

    >>> from nn import MLP
    >>> class Scaled(MLP):
    ...     def __init__(self):
    ...         super().__init__(1, [1])
    ...         self.scale = Value(2.0)
    >>> added_values(Scaled(), MLP, ("layers",))
    {'scale': Value(2, grad none yet)}
    """
    if type(module) is base:
        return {}
    with _entered(module):
        added = {name: part for name, part in vars(module).items() if name not in known}
        return dict(_values(added, ""))


def refuse_unknown(module: Module, known: Sequence[str], name: str) -> None:
    """Raise AttributeError for an attribute that a module of `nn` does not read: it would have no effect.

    A class derived from one may have any attributes.

    >>> from nn import Neuron
    >>> refuse_unknown(Neuron(2), ["w", "b"], "w")
    """
    is_own = type(module).__module__ == f"{__package__}.{type(module).__name__.lower()}"
    if is_own and name not in known and not name.startswith("_"):
        kind, settable = type(module).__name__, ", ".join(known)
        raise AttributeError(f"{kind}.{name} would have no effect; what can be set: {settable}")


def as_size(given: Any, name: str) -> int:
    """A number of neurons or inputs, as an int; TypeError for what is no whole number.

    >>> as_size(np.int64(3), "Layer: n_inputs")
    3
    """
    if isinstance(given, bool | np.bool_) or not hasattr(given, "__index__"):
        raise TypeError(f"{name} is a whole number, not {type(given).__name__} {given!r:.40}")
    return operator.index(given)


def check_model(function: str, given: object) -> None:
    """Raises TypeError for what is no model.

    >>> check_model("predict", 3)
    Traceback (most recent call last):
        ...
    TypeError: predict: it takes a model, such as nn.MLP, not int 3
    """
    if not isinstance(given, Module):
        raise TypeError(
            f"{function}: it takes a model, such as nn.MLP, not {type(given).__name__} {given!r:.40}"
        )


def checked_state(state: Mapping[str, Any], expected: State) -> State:
    """`state` as float arrays that fit `expected`: the same names, the same shapes, all numbers finite.

    Otherwise raises a ValueError that lists everything that does not fit.

    >>> checked_state({"W1": [[1, 2]]}, {"W1": np.zeros((1, 2))})
    {'W1': array([[1., 2.]])}
    """
    arrays: State = {}
    problems = []
    for name in expected.keys() & state.keys():
        try:
            arrays[name] = np.asarray(state[name], dtype=np.float64)
        except (TypeError, ValueError):
            problems.append(f"{name} is not an array of numbers")
            continue
        if arrays[name].shape == expected[name].shape and not np.isfinite(arrays[name]).all():
            problems.append(f"{name} has numbers that are not finite")
    shapes = {name: arrays[name].shape if name in arrays else None for name in state}
    check_shapes(shapes, expected, problems)
    return {name: arrays[name] for name in expected}


def check_shapes(
    shapes: Mapping[str, tuple[int, ...] | None], expected: State, problems: Sequence[str] = ()
) -> None:
    """Raise ValueError if names or shapes differ from the expected, or there are other problems already.

    >>> check_shapes({"W1": (1, 2)}, {"W1": np.zeros((1, 2))})
    """
    found = [*problems, *(f"{name} is missing" for name in expected if name not in shapes)]
    for name, shape in shapes.items():
        if name not in expected:
            found.append(f"{name} is unknown")
        elif shape is not None and shape != expected[name].shape:
            found.append(f"{name} has shape {shape}, not {expected[name].shape}")
    if found:
        raise ValueError("parameters do not fit the model: " + "; ".join(sorted(found)))


_ENTERED: ContextVar[frozenset[int]] = ContextVar("entered", default=frozenset())


def _entered(thing: object) -> AbstractContextManager[None]:
    """Within it `thing` is known to be on the way from the module asked, so that it is not entered again."""
    return setting(_ENTERED, _ENTERED.get() | {id(thing)})


def _values(thing: object, path: str) -> list[tuple[str, Value]]:
    """Every Value in attributes, lists, tuples, dictionaries and modules, with the path to it."""
    if isinstance(thing, Value):
        return [(path, thing)]
    if id(thing) in _ENTERED.get():
        return []
    if isinstance(thing, Module):  # a module inside another: what it says of itself
        return [(f"{path}.{name}", parameter) for name, parameter in thing.named_parameters()]
    found = []
    with _entered(thing):
        for key, part in _parts(thing):
            name = ".".join(map(str, key)) if isinstance(key, tuple) else str(key)
            found += _values(part, f"{path}.{name}" if path else name)
    return found


def _parts(thing: Any) -> Iterable[tuple[Any, Any]]:
    """(key, part) of a container; nothing of anything else."""
    if isinstance(thing, dict):
        return thing.items()
    if isinstance(thing, (list, tuple)):
        return enumerate(thing)
    if isinstance(thing, np.ndarray) and thing.dtype == object:
        return np.ndenumerate(thing)
    return ()
