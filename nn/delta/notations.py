"""Notations: the letters, numbers and shapes of a text, as facts. Those of the three documents are here.

>>> own = Notation(w="θ", W="Θ", cost="J", first_layer=1, vectors="rows")
>>> own.cost, own.indices, own.number_of(0)
('J', 'from, to', 1)
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from minigrad.display import one_line

Array = NDArray[np.float64]

_LETTERS = ("x", "z", "a", "delta", "w", "W", "b", "cost", "activation")
_ORDERS = ("to, from", "from, to")


@dataclass(frozen=True, repr=False)
class Notation:
    """How a text writes the quantities of a network; what is not said is as in document 002.

    Attributes:
        x: the letter of an input; "" writes it as an activation, a of the first layer.
        x_vector: the letter of all inputs; by default that of one.
        z, a, delta, w, b, cost, activation: the letters of these, one each, or a word such as "net".
        W: the letter of a matrix of weights.
        first_layer: the number of the layer of inputs, 0 or 1.
        weights_by: whether weights have the number of the layer they lead "to", or "from" (document 001).
        vectors: "columns", z = W a + b, or "rows", z = a W + b.
        indices: the order of a weight's indices, "to, from" or "from, to"; W has its rows and columns in the
            same order. By default the one in which z needs no transpose: "to, from" with columns, "from, to"
            with rows.
        parentheses: whether a layer's number stands in parentheses. None: in pictures and formulas only.
        bias_is_weight: whether a bias is the weight from a unit 0, as in document 000.

    Raises ValueError for letters that are no letters or stand for two things, and for unknown choices.

    >>> Notation(z="h", a="h")
    Traceback (most recent call last):
        ...
    ValueError: Notation: 'h' would stand for both z and a; give each a letter of its own
    """

    x: str = "x"
    x_vector: str | None = None
    z: str = "z"
    a: str = "a"
    delta: str = "δ"
    w: str = "w"
    W: str = "W"
    b: str = "b"
    cost: str = "C"
    activation: str = "σ"
    first_layer: int = 0
    weights_by: str = "to"
    vectors: str = "columns"
    indices: str = ""
    parentheses: bool | None = None
    bias_is_weight: bool = False

    def __post_init__(self) -> None:
        if self.x_vector is None:
            object.__setattr__(self, "x_vector", self.x)
        self._check_choice("vectors", ("columns", "rows"))
        if not self.indices:
            object.__setattr__(self, "indices", _ORDERS[self.vectors == "rows"])
        self._check_choice("indices", _ORDERS)
        self._check_choice("weights_by", ("to", "from"))
        self._check_choice("parentheses", (None, True, False))
        self._check_choice("bias_is_weight", (True, False))
        self._check_choice("first_layer", (0, 1))
        self._check_letters()

    def __repr__(self) -> str:
        """What differs from the notation used here.

        >>> Notation(cost="E", first_layer=1)
        Notation(cost='E', first_layer=1)
        """
        usual = {"x_vector": self.x, "indices": _ORDERS[self.vectors == "rows"]}
        given = [(field.name, getattr(self, field.name), field.default) for field in fields(self)]
        told = [f"{name}={value!r}" for name, value, usually in given if value != usual.get(name, usually)]
        return one_line(f"Notation({', '.join(told)})", 100)

    @property
    def to_first(self) -> bool:
        """Whether a weight's first index is the neuron that it leads to; W then has a row for each."""
        return self.indices == "to, from"

    @property
    def jacobian(self) -> str:
        """J, the matrix ∂a/∂z of a layer that couples its neurons; another letter where J is taken."""
        taken = {getattr(self, name) for name in _LETTERS}
        return next(letter for letter in "JDMKGHPQRST" if letter not in taken)

    def drawn_matrix(self, name: str) -> str:
        """The name of a matrix that has a row for each neuron it leads to: W, or (W)ᵀ.

        >>> Notation().drawn_matrix("W"), Notation(vectors="rows").drawn_matrix("W")
        ('W', '(W)ᵀ')
        """
        return name if self.to_first else f"({name})ᵀ"

    def number_of(self, layer: int, kind: str = "z") -> int:
        """The number of what belongs to layer l, as the notation counts; layer 0 is the input.

        >>> NOTATIONS["001"].number_of(2, "z"), NOTATIONS["001"].number_of(2, "w")
        (3, 2)
        """
        return layer + self.first_layer - (self.weights_by == "from" and kind in "wWb")

    def matrix(self, weights: Array) -> Array:
        """W, or ∂C/∂W, as the notation writes it: (n_l, n_{l−1}) or, for "from, to", transposed.

        >>> Notation(vectors="rows").matrix(np.array([[1.0, 2.0]])).shape
        (2, 1)
        """
        return weights if self.to_first else weights.T

    def _check_choice(self, name: str, choices: tuple[object, ...]) -> None:
        given = getattr(self, name)
        if (type(given), given) not in [(type(choice), choice) for choice in choices]:  # True is no 1
            listed = ", ".join(map(repr, choices))
            raise ValueError(f"Notation: {name} must be one of {listed}, not {given!r}")

    def _check_letters(self) -> None:
        for name in (*_LETTERS, "x_vector"):
            letter = getattr(self, name)
            may_be_empty = name in ("x", "x_vector")
            if not isinstance(letter, str) or not (letter.isalpha() or (may_be_empty and letter == "")):
                raise ValueError(f"Notation: {name} must be a letter such as 'θ', or a word, not {letter!r}")
        meanings: dict[str, str] = {}
        for name in _LETTERS:
            letter = getattr(self, name)
            same_thing = (letter == self.w and name == "W") or (name == "b" and self.bias_is_weight)
            if not letter or same_thing:
                continue
            if letter in meanings:
                raise ValueError(
                    f"Notation: {letter!r} would stand for both {meanings[letter]} and {name}; "
                    "give each a letter of its own"
                )
            meanings[letter] = name


NOTATIONS = {
    "000": Notation(
        x_vector="",
        w="θ",
        W="θ",
        cost="E",
        activation="g",
        first_layer=1,
        parentheses=True,
        bias_is_weight=True,
    ),
    "001": Notation(activation="f", first_layer=1, weights_by="from", parentheses=True),
    "002": Notation(),
}

AnyNotation = Notation | str


def as_notation(notation: AnyNotation) -> Notation:
    """The notation of a document, or the one that was given.

    Raises ValueError for a text that is no document's number, TypeError for anything else.

    >>> as_notation("001").first_layer
    1
    >>> as_notation("003")
    Traceback (most recent call last):
        ...
    ValueError: notation must be one of 000, 001, 002, or a nn.Notation of your own, not '003'
    """
    if isinstance(notation, Notation):
        return notation
    known = ", ".join(NOTATIONS)
    problem = f"notation must be one of {known}, or a nn.Notation of your own, not {notation!r}"
    if not isinstance(notation, str):
        raise TypeError(problem)
    if notation not in NOTATIONS:
        raise ValueError(problem)
    return NOTATIONS[notation]
