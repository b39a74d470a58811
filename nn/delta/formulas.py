"""The equations of backpropagation as formulas, in a notation, as text, LaTeX and MathML.

Glossary
    formula     a tuple of tokens: signs such as "=" or "⊙", letters, numbers, and quantities
    quantity    what `nn.delta.notation` names; one a layer (no neuron) is a matrix or a vector
    base        a letter that a layer's number is counted from: layer 1 of base "l" is l + 1

In a notation of row vectors, or of weights "from, to", the transposes stand elsewhere:

    columns, "to, from"    z = W a + b     δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ)     ∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ
    rows, "from, to"       z = a W + b     δˡ = δˡ⁺¹ (Wˡ⁺¹)ᵀ ⊙ σ′(zˡ)     ∂C/∂Wˡ = (aˡ⁻¹)ᵀ δˡ
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape

from nn.delta.notation import AnyNotation, Notation, as_notation, drawn, latex, latex_letter, mathml

EQUATIONS = ("forward", 1, 2, 3, 4)
_OPERATORS = "=+−·×⊙()←/"
_LATEX = {
    "−": "-", "·": r"\cdot ", "×": r"\times ", "←": r"\leftarrow ", "∂": r"\partial ", "σ": r"\sigma ",
    "δ": r"\delta ", "′": "'", "²": "^2", "½": r"\tfrac{1}{2}", "⊙": r"\odot ", "Σ": r"\sum ",
}  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """z, a, b, w, W, x or delta, with its layer, neuron, and, for a weight, the neuron it leads from.

    >>> as_text((Quantity("W", 1, base="l", transposed=True),), "002")
    '(W⁽ˡ⁺¹⁾)ᵀ'
    """

    kind: str
    layer: int
    neuron: int = 0
    source: int = 0
    base: str = ""
    transposed: bool = False


Token = str | Quantity
Formula = tuple[Token, ...]


def equation(which: int | str, layer: int, notation: AnyNotation = "002", base: str = "") -> Formula:
    """An equation for a layer l: "forward", or the number of one of the four. With `base`, for any layer.

    (1) is of the last layer; the gradients of (3) have the shape that the notation gives W.

    >>> as_text(equation(2, 1), "002")
    'δ⁽¹⁾ = (W⁽²⁾)ᵀ δ⁽²⁾ ⊙ σ′(z⁽¹⁾)'
    >>> as_text(equation(2, 0, Notation(vectors="rows"), base="l"), Notation(vectors="rows"))
    'δ⁽ˡ⁾ = δ⁽ˡ⁺¹⁾ (W⁽ˡ⁺¹⁾)ᵀ ⊙ σ′(z⁽ˡ⁾)'

    Raises ValueError for another number, and what `as_notation` raises.
    """
    n = as_notation(notation)

    def of(kind: str, layer: int) -> Quantity:
        return Quantity(kind, layer, base=base)

    z, delta = of("z", layer), of("delta", layer)
    slope: Formula = (f"{n.activation}′", "(", z, ")")
    before = of("a", layer - 1) if base or layer > 1 else Quantity("x", 0)
    if which == "forward":
        return (z, " = ", *_through(of("W", layer), before, n), " + ", of("b", layer))
    if which == 1:
        return (delta, " = ", *_derivative(n, of("a", layer)), " ⊙ ", *slope)
    if which == 2:
        weights, sent = of("W", layer + 1), of("delta", layer + 1)
        return (delta, " = ", *_through(_turned(weights), sent, n), " ⊙ ", *slope)
    if which == 3:
        first, second = (delta, before) if n.to_first else (before, delta)
        outer = (first, _turned(second)) if n.vectors == "columns" else (_turned(first), second)
        return (*_derivative(n, of("W", layer)), " = ", outer[0], " ", outer[1])
    if which == 4:
        return (*_derivative(n, of("b", layer)), " = ", delta)
    raise ValueError(f"there is no equation {which!r}; there are {', '.join(map(repr, EQUATIONS))}")


def equations(notation: AnyNotation = "002") -> dict[int | str, Formula]:
    """The forward pass and the four equations for any layer l, (1) for the last one, L.

    >>> for number, formula in equations("001").items():
    ...     print(number, as_text(formula, "001"))
    forward z⁽ˡ⁾ = W⁽ˡ⁻¹⁾ a⁽ˡ⁻¹⁾ + b⁽ˡ⁻¹⁾
    1 δ⁽ᴸ⁾ = ∂C/∂a⁽ᴸ⁾ ⊙ f′(z⁽ᴸ⁾)
    2 δ⁽ˡ⁾ = (W⁽ˡ⁾)ᵀ δ⁽ˡ⁺¹⁾ ⊙ f′(z⁽ˡ⁾)
    3 ∂C/∂W⁽ˡ⁻¹⁾ = δ⁽ˡ⁾ (a⁽ˡ⁻¹⁾)ᵀ
    4 ∂C/∂b⁽ˡ⁻¹⁾ = δ⁽ˡ⁾
    """
    return {which: equation(which, 0, notation, "L" if which == 1 else "l") for which in EQUATIONS}


def as_text(formula: Formula, notation: AnyNotation = "002") -> str:
    """A formula in Unicode.

    >>> as_text(("∂C/∂", Quantity("w", 2, 1, 2), " = ", "3"))
    '∂C/∂w₁₂⁽²⁾ = 3'
    """
    return "".join(token if isinstance(token, str) else _text_of(token, notation) for token in formula)


def as_latex(formula: Formula, notation: AnyNotation = "002") -> str:
    r"""A formula in LaTeX, without its dollar signs.

    >>> as_latex(("∂C/∂", Quantity("w", 2, 1, 2), " = ", "−3"))
    '\\partial C/\\partial w_{12}^{(2)} = -3'
    """
    return "".join(
        "".join(map(_sign_in_latex, token)) if isinstance(token, str) else _latex_of(token, notation)
        for token in formula
    )


def as_mathml(formula: Formula, notation: AnyNotation = "002") -> str:
    """The inside of a <math> element.

    >>> as_mathml((Quantity("b", 1), "=", "3"))
    '<mrow><msup><mi>b</mi><mrow><mo stretchy="false">(</mo><mn>1</mn><mo stretchy="false">)</mo></mrow></msup><mo stretchy="false">=</mo><mn>3</mn></mrow>'
    """  # noqa: E501 (one element, written out)
    return f"<mrow>{''.join(_element(token, notation) for token in formula)}</mrow>"


def _sign_in_latex(sign: str) -> str:
    return _LATEX.get(sign) or (sign if sign.isascii() else f"{latex_letter(sign)} ")


def _through(weights: Quantity, vector: Quantity, n: Notation) -> Formula:
    """A vector through weights to the next layer, or back: the product, as the notation writes it."""
    forward = not weights.transposed
    is_turned = forward != (n.to_first == (n.vectors == "columns"))
    matrix = replace(weights, transposed=is_turned)
    return (matrix, " ", vector) if n.vectors == "columns" else (vector, " ", matrix)


def _derivative(n: Notation, of: Quantity) -> Formula:
    return (f"∂{n.cost}/∂", of)


def _turned(quantity: Quantity) -> Quantity:
    return replace(quantity, transposed=True)


def _named(write: Callable[..., str], quantity: Quantity, notation: AnyNotation) -> str:
    """A quantity as drawn, latex or mathml of `nn.delta.notation` writes it."""
    q = quantity
    return write(q.kind, q.layer, q.neuron, q.source, notation, q.base)


def _text_of(quantity: Quantity, notation: AnyNotation) -> str:
    name = _named(drawn, quantity, notation)
    if not quantity.transposed:
        return name
    return f"{name}ᵀ" if len(name) == 1 else f"({name})ᵀ"


def _latex_of(quantity: Quantity, notation: AnyNotation) -> str:
    name = _named(latex, quantity, notation)
    if not quantity.transposed:
        return name
    return rf"{name}^{{\top}}" if "^" not in name else rf"\left({name}\right)^{{\top}}"


def _mathml_of(quantity: Quantity, notation: AnyNotation) -> str:
    name = _named(mathml, quantity, notation)
    if not quantity.transposed:
        return name
    inside = name if name.startswith("<mi>") else f"<mrow><mo>(</mo>{name}<mo>)</mo></mrow>"
    return f"<msup>{inside}<mo>⊤</mo></msup>"


def _element(token: Token, notation: AnyNotation) -> str:
    if isinstance(token, Quantity):
        return _mathml_of(token, notation)
    token = token.strip()
    if not token:
        return ""
    if token in _OPERATORS:
        return f'<mo stretchy="false">{token}</mo>'
    if token[0] in "0123456789−½":
        return f"<mn>{token}</mn>"
    if token[0] == "y" and token[1:].isdigit():
        return f"<msub><mi>y</mi><mn>{token[1:]}</mn></msub>"
    normal = ' mathvariant="normal"' if len(token) > 1 else ""
    return f"<mi{normal}>{escape(token)}</mi>"
