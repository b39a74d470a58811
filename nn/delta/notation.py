"""Names of the quantities of a network, in the notations of the three documents.

Glossary
    kind        x, w, b, z, a, or δ (spelled "delta"); C is the cost
    layer       l = 1 … L; layer 0 is the input
    neuron      j, counted from 1, as mathematics does; code indexes from 0
    source      k: a weight leads *to* neuron j *from* neuron k of the layer before

Document 002 numbers the layers 0 … L as we do. Documents 001 and 000 number them from 1, so that z², a², δ²
are z⁽³⁾, a⁽³⁾, δ⁽³⁾ there. 001 leaves the weights of its example and forward pass at W⁽²⁾; 000 calls weights
θ, with the bias as θ of a unit 0, and the cost E.
"""

from __future__ import annotations

from minigrad.symbols.numerals import lowered, raised

NOTATIONS = ("000", "001", "002")


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
        name = super().__new__(cls, f"{kind}{layer}_{_indices(neuron, source)}" if layer else f"x{neuron}")
        name.kind, name.layer, name.neuron, name.source = kind, layer, neuron, source
        return name

    def __getnewargs__(self) -> tuple[str, int, int, int]:  # type: ignore[override]  # of str: (str,)
        return self.kind, self.layer, self.neuron, self.source

    def written(self, notation: str = "002", kind: str = "") -> str:
        """The name as a document writes it; `kind` asks for another quantity of the same place, such as δ."""
        return written(kind or self.kind, self.layer, self.neuron, self.source, notation)

    def drawn(self, notation: str = "002", kind: str = "") -> str:
        """The name for pictures, where the layer stands in parentheses: z₂⁽²⁾."""
        return drawn(kind or self.kind, self.layer, self.neuron, self.source, notation)

    def latex(self, notation: str = "002", kind: str = "") -> str:
        """The name in LaTeX: z_{2}^{(2)}."""
        return latex(kind or self.kind, self.layer, self.neuron, self.source, notation)

    def mathml(self, notation: str = "002", kind: str = "") -> str:
        """The name in MathML."""
        return mathml(kind or self.kind, self.layer, self.neuron, self.source, notation)


def written(kind: str, layer: int, neuron: int = 0, source: int = 0, notation: str = "002") -> str:
    """A quantity in Unicode; superscripts number layers, and are no powers.

    >>> written("delta", 2, 1), written("delta", 2, 1, notation="001"), written("b", 2, 1, notation="000")
    ('δ²₁', 'δ⁽³⁾₁', 'θ⁽³⁾₁₀')

    Raises ValueError for a notation other than "000", "001", "002".
    """
    letter, layer_number, indices = parts(kind, layer, neuron, source, notation)
    if not layer_number:
        return letter + lowered(indices)
    superscript = layer_number if notation == "002" else f"({layer_number})"
    return letter + raised(superscript) + lowered(indices)


def drawn(kind: str, layer: int, neuron: int = 0, source: int = 0, notation: str = "002") -> str:
    """A quantity for pictures, in Unicode: the layer's number in parentheses, so that it is no power.

    >>> drawn("delta", 2, 1), drawn("w", 2, 1, 2), drawn("x", 0, 3), drawn("delta", 2, 1, notation="001")
    ('δ₁⁽²⁾', 'w₁₂⁽²⁾', 'x₃', 'δ₁⁽³⁾')
    """
    letter, layer_number, indices = parts(kind, layer, neuron, source, notation)
    superscript = f"({layer_number})" if layer_number else ""
    return letter + lowered(indices) + raised(superscript)


def latex(kind: str, layer: int, neuron: int = 0, source: int = 0, notation: str = "002") -> str:
    r"""A quantity in LaTeX.

    >>> latex("delta", 2, 1), latex("w", 2, 1, 2, notation="000"), latex("x", 0, 3)
    ('\\delta_{1}^{(2)}', '\\theta_{12}^{(3)}', 'x_{3}')
    """
    letter, layer_number, indices = parts(kind, layer, neuron, source, notation)
    letter = {"δ": r"\delta", "θ": r"\theta"}.get(letter, letter)
    superscript = f"^{{({layer_number})}}" if layer_number else ""
    return letter + (f"_{{{indices}}}" if indices else "") + superscript


def mathml(kind: str, layer: int, neuron: int = 0, source: int = 0, notation: str = "002") -> str:
    """A quantity in MathML.

    >>> mathml("x", 0, 3)
    '<msub><mi>x</mi><mn>3</mn></msub>'
    """
    letter, layer_number, indices = parts(kind, layer, neuron, source, notation)
    base, below = f"<mi>{letter}</mi>", f"<mn>{indices}</mn>"
    above = f'<mrow><mo stretchy="false">(</mo><mn>{layer_number}</mn><mo stretchy="false">)</mo></mrow>'
    if indices and layer_number:
        return f"<msubsup>{base}{below}{above}</msubsup>"
    if indices:
        return f"<msub>{base}{below}</msub>"
    return f"<msup>{base}{above}</msup>" if layer_number else base


def parts(kind: str, layer: int, neuron: int, source: int, notation: str) -> tuple[str, str, str]:
    """The letter, the layer's number and the indices of a quantity in a notation; "" for what it leaves out.

    Raises ValueError for a notation other than "000", "001", "002".

    >>> parts("delta", 2, 1, 0, "002")
    ('δ', '2', '1')
    """
    if notation not in NOTATIONS:
        raise ValueError(f"notation must be one of {', '.join(NOTATIONS)}, not {notation!r}")
    if kind in "xa" and layer == 0 and (notation != "000" or neuron):
        return "x", "", _indices(neuron)
    indices = _indices(neuron, source)
    letter = {"delta": "δ"}.get(kind, kind)
    number = layer if notation == "002" or (notation == "001" and kind in "wWb") else layer + 1
    if notation == "000" and kind in "wWb":
        letter = "θ"
        if kind == "b" and neuron:
            indices = _indices(neuron) + ("," if neuron > 9 else "") + "0"
    return letter, str(number), indices


def cost_letter(notation: str = "002") -> str:
    """C, which document 000 calls E.

    >>> cost_letter(), cost_letter("000")
    ('C', 'E')
    """
    return "E" if notation == "000" else "C"


def weight_letter(notation: str = "002") -> str:
    """w, which document 000 calls θ.

    >>> weight_letter("002"), weight_letter("000")
    ('w', 'θ')
    """
    return "θ" if notation == "000" else "w"


def activation_letter(notation: str = "002") -> str:
    """σ, which document 001 calls f and document 000 g.

    >>> activation_letter("002"), activation_letter("001"), activation_letter("000")
    ('σ', 'f', 'g')
    """
    return {"000": "g", "001": "f"}.get(notation, "σ")


def _indices(neuron: int, source: int = 0) -> str:
    if not neuron:
        return ""
    if not source:
        return str(neuron)
    separator = "," if neuron > 9 or source > 9 else ""
    return f"{neuron}{separator}{source}"
