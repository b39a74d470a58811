"""Gradients in one flat vector, written there by the lines that compute them, so that nothing is copied.

Glossary
    into    the arrays of a flat vector, by the names of the parameters whose gradients they take
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import numpy as np

from minigrad.compiler.parameters import Array, Parameters, Views

LARGE = 10_000  # numbers of which a copy takes longer than making the arrays of a vector

_OPERAND = r"([\w.\[\]:]+)"
_GRADIENT = re.compile(
    rf"^    d(\w+) = (?:{_OPERAND} @ {_OPERAND}|{_OPERAND}\.sum\(axis=1, keepdims=True\))(?= *(?:#|$))",
    re.MULTILINE,
)


def in_place(text: str) -> str:
    """The text of `gradient` that takes `into` first, and returns the gradients that are not there.

    A product, or a sum over the examples, that is all of a gradient is written into its array.

    >>> print(in_place('''def gradient(W1, b1, batch):
    ...     dW1 = delta1 @ X.T  # 1 × 2
    ...     db1 = delta1 * 2.0
    ...     return cost.sum() / examples, {"W1": dW1, "b1": db1}
    ... '''), end="")
    from numpy import matmul
    <BLANKLINE>
    <BLANKLINE>
    def gradient(into, W1, b1, batch):
        dW1 = matmul(delta1, X.T, out=into["W1"])  # 1 × 2
        db1 = delta1 * 2.0
        return cost.sum() / examples, {"b1": db1}
    """
    body, end = text.rsplit("    return ", 1)
    cost, gradients = end.split(", {", 1)
    others = dict(re.findall(r'"(\w+)":\s+([^,}\s]+)', gradients))
    times = Counter(re.findall(r"^ +(\w+) = ", body, re.MULTILINE))
    words, into = set(re.findall(r"\w+", text)), "into"
    while into in words:  # an array of the user's may have that name
        into += "_"

    def written(line: re.Match[str]) -> str:
        name, left, right, rows = line.groups()
        if times[f"d{name}"] > 1 or others.get(name) != f"d{name}":  # added to later, or no gradient
            return line[0]
        del others[name]
        place = f'out={into}["{name}"])'
        done = f"{rows}.sum(axis=1, keepdims=True, {place}" if rows else f"matmul({left}, {right}, {place}"
        return f"    d{name} = {done}"

    if "matmul" not in words:  # else that is an array or an operation of the user's
        body = "from numpy import matmul\n\n\n" + _GRADIENT.sub(written, body)
    body = body.replace("def gradient(", f"def gradient({into}, ", 1)
    left_over = ", ".join(f'"{name}": {array}' for name, array in others.items())
    return f"{body}    return {cost}, {{{left_over}}}\n"


class FlatVectors:
    """New flat vectors, and their arrays. Small ones are kept for the next run, and what is given is a copy.

    >>> from minigrad import Value
    >>> parameters = Parameters([Value(1.0), Value(2.0)], {"w": np.array([[0]]), "b": np.array([[1]])})
    >>> vectors = FlatVectors(parameters)
    >>> vector, into = vectors.take()
    >>> into["b"][...] = 3.0
    >>> vectors.filled(vector, into, {"w": np.array([[5.0]])}).tolist()
    [5.0, 3.0]
    """

    def __init__(self, parameters: Parameters) -> None:
        vector, views = parameters.vector, parameters.views()
        self._like, self._order = np.empty_like(vector), None
        if not all(view.flags.writeable for view in views.values()):  # then array by array, sorted at last
            self._order = np.argsort(np.concatenate([place.ravel() for place in parameters.places.values()]))
            views = Views(vector, {name: self._order[place] for name, place in parameters.places.items()})
        start = vector.ctypes.data
        self._layout = {
            name: (view.shape, view.dtype, view.ctypes.data - start, view.strides)
            for name, view in views.items()
        }
        self._is_kept = len(vector) <= LARGE or self._order is not None
        self._spare: list[tuple[Array, dict[str, Array]]] = []

    def take(self) -> tuple[Array, dict[str, Array]]:
        """A flat vector, and its arrays by name."""
        try:
            return self._spare.pop()  # of a list: several threads may do so at once
        except IndexError:
            vector = np.empty_like(self._like)
            return vector, {
                name: np.ndarray(shape, dtype, vector, offset, strides)
                for name, (shape, dtype, offset, strides) in self._layout.items()
            }

    def filled(self, vector: Array, into: dict[str, Array], others: Mapping[str, Array]) -> Array:
        """The vector, with the gradients that are not there yet."""
        for name, array in others.items():
            into[name][...] = array
        if not self._is_kept:
            return vector
        self._spare.append((vector, into))
        return vector.copy() if self._order is None else vector[self._order]
