"""Names of the quantities of a network, in the notations of the three documents, or in one of your own.

Glossary
    kind        x, w, b, z, a, or δ (spelled "delta"), W for a matrix of weights; C is the cost
    layer       l = 1 … L; layer 0 is the input
    neuron      j, counted from 1, as mathematics does; code indexes from 0
    source      k: a weight leads *to* neuron j *from* neuron k of the layer before
    notation    a `Notation`, or the number of a document: "000", "001", "002"

Code counts layers and indices as document 002 does, whatever is printed.
"""

from __future__ import annotations

import unicodedata

from minigrad.symbols.numerals import lowered, raised
from nn.delta.notations import NOTATIONS, AnyNotation, Notation, as_notation

__all__ = ["NOTATIONS", "AnyNotation", "Name", "Notation", "as_notation"]


class Name(str):
    """A label with a place in a network. As text it is what a person can type: `z2_1`, `w2_12`.

    >>> name = Name("w", layer=2, neuron=1, source=2)
    >>> name, name.written(), name.written("001")
    ('w2_12', 'w²₁₂', 'w⁽²⁾₁₂')
    """

    kind: str
    layer: int
    neuron: int
    source: int

    def __new__(cls, kind: str, layer: int, neuron: int, source: int = 0) -> Name:
        """`source` is given for a weight."""
        name = super().__new__(cls, f"{kind}{layer}_{_joined(neuron, source)}" if layer else f"x{neuron}")
        name.kind, name.layer, name.neuron, name.source = kind, layer, neuron, source
        return name

    def __getnewargs__(self) -> tuple[str, int, int, int]:  # type: ignore[override]  # of str: (str,)
        return self.kind, self.layer, self.neuron, self.source

    def written(self, notation: AnyNotation = "002", kind: str = "") -> str:
        """The name as a document writes it; `kind` asks for another quantity of the same place, such as δ."""
        return written(kind or self.kind, self.layer, self.neuron, self.source, notation)

    def drawn(self, notation: AnyNotation = "002", kind: str = "") -> str:
        """The name for pictures, where the layer stands in parentheses: z₂⁽²⁾."""
        return drawn(kind or self.kind, self.layer, self.neuron, self.source, notation)

    def latex(self, notation: AnyNotation = "002", kind: str = "") -> str:
        """The name in LaTeX: z_{2}^{(2)}."""
        return latex(kind or self.kind, self.layer, self.neuron, self.source, notation)

    def mathml(self, notation: AnyNotation = "002", kind: str = "") -> str:
        """The name in MathML."""
        return mathml(kind or self.kind, self.layer, self.neuron, self.source, notation)


def written(kind: str, layer: int, neuron: int = 0, source: int = 0, notation: AnyNotation = "002") -> str:
    """A quantity in Unicode, for a terminal; superscripts number layers, and are no powers.

    >>> written("delta", 2, 1), written("delta", 2, 1, notation="001"), written("b", 2, 1, notation="000")
    ('δ²₁', 'δ⁽³⁾₁', 'θ⁽³⁾₁₀')
    >>> written("w", 2, 1, 3, Notation(w="θ", indices="from, to", first_layer=1))
    'θ³₃₁'

    Raises what `as_notation` raises.
    """
    letter, number, indices = parts(kind, layer, neuron, source, notation)
    if not number:
        return letter + lowered(indices)
    return letter + raised(_enclosed(number, as_notation(notation), False)) + lowered(indices)


def drawn(
    kind: str, layer: int, neuron: int = 0, source: int = 0, notation: AnyNotation = "002", base: str = ""
) -> str:
    """A quantity for pictures, in Unicode: the layer's number in parentheses, so that it is no power.

    >>> drawn("delta", 2, 1), drawn("w", 2, 1, 2), drawn("x", 0, 3), drawn("delta", 2, 1, notation="001")
    ('δ₁⁽²⁾', 'w₁₂⁽²⁾', 'x₃', 'δ₁⁽³⁾')
    """
    letter, number, indices = parts(kind, layer, neuron, source, notation, base)
    return letter + lowered(indices) + raised(_enclosed(number, as_notation(notation)))


def latex(
    kind: str, layer: int, neuron: int = 0, source: int = 0, notation: AnyNotation = "002", base: str = ""
) -> str:
    r"""A quantity in LaTeX.

    >>> latex("delta", 2, 1), latex("w", 2, 1, 2, notation="000"), latex("x", 0, 3)
    ('\\delta_{1}^{(2)}', '\\theta_{12}^{(3)}', 'x_{3}')
    """
    letter, number, indices = parts(kind, layer, neuron, source, notation, base)
    above = _enclosed(number, as_notation(notation))
    return latex_letter(letter) + (f"_{{{indices}}}" if indices else "") + (f"^{{{above}}}" if above else "")


def latex_letter(letter: str) -> str:
    r"""A letter, or a word of several, in LaTeX.

    >>> latex_letter("δ"), latex_letter("C"), latex_letter("net")
    ('\\delta', 'C', '\\mathrm{net}')
    """
    described = unicodedata.name(letter, "") if len(letter) == 1 else ""
    if described.startswith("GREEK"):  # such as GREEK SMALL LETTER DELTA
        word = described.split()[3].replace("LAMDA", "LAMBDA")
        return "\\" + (word.lower() if "SMALL" in described else word.capitalize())
    if letter == "ℒ":
        return r"\mathcal{L}"
    return letter if len(letter) == 1 else rf"\mathrm{{{letter}}}"


def mathml(
    kind: str, layer: int, neuron: int = 0, source: int = 0, notation: AnyNotation = "002", base: str = ""
) -> str:
    """A quantity in MathML.

    >>> mathml("x", 0, 3)
    '<msub><mi>x</mi><mn>3</mn></msub>'
    """
    letter, number, indices = parts(kind, layer, neuron, source, notation, base)
    stem, below, above = f"<mi>{letter}</mi>", f"<mn>{indices}</mn>", f"<mn>{number}</mn>"
    if base:
        above = f"<mi>{number.replace('-', '−')}</mi>"
    if _enclosed(number, as_notation(notation)) != number:
        above = f'<mrow><mo stretchy="false">(</mo>{above}<mo stretchy="false">)</mo></mrow>'
    if indices and number:
        return f"<msubsup>{stem}{below}{above}</msubsup>"
    if indices:
        return f"<msub>{stem}{below}</msub>"
    return f"<msup>{stem}{above}</msup>" if number else stem


def parts(
    kind: str, layer: int, neuron: int, source: int, notation: AnyNotation, base: str = ""
) -> tuple[str, str, str]:
    """The letter, the layer's number and the indices of a quantity in a notation; "" for what it leaves out.

    The number is counted from a letter, `base`, if one is given: layer 1 of base "l" is l + 1.
    Raises what `as_notation` raises.

    >>> parts("delta", 2, 1, 0, "002"), parts("W", 1, 0, 0, "002", base="l")
    (('δ', '2', '1'), ('W', 'l+1', ''))
    """
    n = as_notation(notation)
    if kind in "xa" and layer == 0 and not base:
        letter = n.x if neuron else n.x_vector
        if letter:
            return letter, "", _joined(neuron)
        kind = "a"
    if kind == "b" and n.bias_is_weight and neuron:
        indices = _ordered(n, neuron, 0, ("," if neuron > 9 else ""))
    elif source:
        indices = _ordered(n, neuron, source, "," if neuron > 9 or source > 9 else "")
    else:
        indices = _joined(neuron)
    letters = {"delta": n.delta, "b": n.w if n.bias_is_weight else n.b}
    number = str(n.number_of(layer, kind))
    if base:
        offset = n.number_of(layer, kind) - n.first_layer
        number = f"{base}{offset:+d}" if offset else base
    return letters.get(kind, getattr(n, kind, kind)), number, indices


def cost_letter(notation: AnyNotation = "002") -> str:
    """C, which document 000 calls E.

    >>> cost_letter(), cost_letter("000")
    ('C', 'E')
    """
    return as_notation(notation).cost


def _enclosed(number: str, n: Notation, in_a_picture: bool = True) -> str:
    """A layer's number as it stands above a letter: in parentheses, where the notation has some."""
    has_parentheses = in_a_picture if n.parentheses is None else n.parentheses
    return f"({number})" if number and has_parentheses else number


def _ordered(n: Notation, neuron: int, source: int, separator: str) -> str:
    first, second = (neuron, source) if n.to_first else (source, neuron)
    return f"{first}{separator}{second}"


def _joined(neuron: int, source: int = 0) -> str:
    if not neuron:
        return ""
    if not source:
        return str(neuron)
    separator = "," if neuron > 9 or source > 9 else ""
    return f"{neuron}{separator}{source}"
