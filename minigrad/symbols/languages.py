"""Languages: what each way of writing a formula has of its own, signs, numbers, calls and parentheses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from minigrad.number import NOTHING
from minigrad.symbols.numerals import exact

_LATEX_SPECIAL = {c: "\\" + c for c in "#$%&_{}"} | {"\\": r"\backslash ", "~": r"\sim ", "^": r"\hat{}"}


class Text:
    """Unicode, on one line."""

    code = "text"  # what a name in this language is called, of a symbol or of a quantity
    has_layout = False  # whether fractions and powers show by their layout what belongs to them
    minus, plus, times = "−", " + ", " · "
    signs: ClassVar = {"*": " · ", "⊙": " ⊙ ", "@": " ", "-": " − ", "**": "^", "<=": " ≤ ", ">=": " ≥ "}

    def name(self, names: Any) -> str:
        """The one of some names that is in this language."""
        return str(getattr(names, self.code))

    def number(self, value: float) -> str:
        """A number in a formula."""
        return exact(value).replace("-", "−").replace("inf", "∞")

    def argument(self, value: float) -> str:
        """A number that a function is given."""
        return self.number(value)

    def printed(self, digits: str) -> str:
        """A number that was printed by numerals.py."""
        return digits

    def factor(self, digits: str) -> str:
        """A printed number among others: in parentheses if it is negative."""
        return self.brackets(self.printed(digits)) if digits.startswith("−") else self.printed(digits)

    def brackets(self, inside: str) -> str:
        """In parentheses."""
        return f"({inside})"

    def large_brackets(self, inside: str) -> str:
        """In parentheses that are as high as what is in them."""
        return self.brackets(inside)

    def joined(self, kind: str, left: str, right: str) -> str:
        """Two operands with the sign of their operation."""
        return left + self.signs.get(kind, f" {kind} ") + right

    def negative(self, operand: str) -> str:
        """With a minus in front."""
        return self.minus + operand

    def call(self, operation: Any, arguments: Sequence[str]) -> str:
        """A function of arguments."""
        return f"{operation.symbol}({', '.join(arguments)})"

    def cases(self, condition: str, yes: str, no: str) -> str:
        """One or the other."""
        return f"({yes} if {condition} else {no})"

    def filled(self, templates: tuple[str, str], operands: Sequence[str]) -> str:
        """Operands in a template, of one in Python and one in LaTeX."""
        return _without_tex(templates[1]).format(*operands)

    def fraction(self, above: str, below: str) -> str:
        """A quotient, in a language that has layout."""
        return self.joined("/", above, below)

    def power(self, base: str, exponent: str) -> str:
        """A power, in a language that has layout."""
        return self.joined("**", base, exponent)

    def derivative(self, above: str, below: str) -> str:
        """∂above/∂below."""
        return f"∂{above}/∂{below}"

    def slope(self, function: str, argument: str) -> str:
        """σ′(z)."""
        return f"{function}′({argument})"


class Python(Text):
    """Expressions of Python; `functions` maps an operation to the name of its function."""

    code = "python"
    minus = "-"
    signs: ClassVar = {"⊙": " * "}

    def __init__(self, functions: Mapping[Any, str] | None = None) -> None:
        self.functions = {} if functions is None else functions

    def call(self, operation: Any, arguments: Sequence[str]) -> str:
        return f"{self.functions.get(operation, operation.name)}({', '.join(arguments)})"

    def filled(self, templates: tuple[str, str], operands: Sequence[str]) -> str:
        return templates[0].format(*operands)

    # fmt: off
    def number(self, value: float) -> str: return exact(value)
    # a float also where it is whole: NumPy would compute with integers
    def argument(self, value: float) -> str: return repr(value)
    def cases(self, condition: str, yes: str, no: str) -> str: return f"where({condition}, {yes}, {no})"
    # fmt: on


class JavaScript(Text):
    """Expressions of JavaScript that give what Python's floats give; `functions` maps operations to names.

    A derivative may be infinite, with a divisor of −0 counted as 0, as in `rules.ratio` and `rules.raised`;
    what is `strict` raises there, as Python does. Raises KeyError for an operation without a name.

    >>> JavaScript({}).joined("/", "1", "x"), JavaScript({}, strict=True).joined("**", "x", "2")
    ('1 / (x + 0)', 'VALUES.power(x, 2)')
    """

    code = "python"
    minus = "-"
    signs: ClassVar = {"⊙": " * ", "<=": " <= ", ">=": " >= "}

    def __init__(self, functions: Mapping[Any, str], strict: bool = False) -> None:
        self.functions = functions
        self.strict = strict

    def number(self, value: float) -> str:
        if value is NOTHING:
            return "NOTHING"
        return exact(value).replace("inf", "Infinity").replace("nan", "NaN")

    def joined(self, kind: str, left: str, right: str) -> str:
        if kind == "**":
            return f"VALUES.{'power' if self.strict else 'raised'}({left}, {right})"
        if kind == "/" and not right.replace(".", "").isdigit():
            return f"VALUES.divide({left}, {right})" if self.strict else f"{left} / ({right} + 0)"
        if kind == "*" and "NOTHING" in left + right:
            return f"VALUES.times({left}, {right})"
        return super().joined(kind, left, right)

    def call(self, operation: Any, arguments: Sequence[str]) -> str:
        return f"{self.functions[operation]}({', '.join(arguments)})"

    def cases(self, condition: str, yes: str, no: str) -> str:
        return f"({condition} ? {yes} : {no})"


class Latex(Text):
    """LaTeX: fractions, cases, ⊙ between arrays."""

    code, has_layout = "latex", True
    minus, times = "-", r" \cdot "
    signs: ClassVar = {"*": r" \, ", "⊙": r" \odot ", "@": r" \, ", "<=": r" \le ", ">=": r" \ge "}

    def word(self, label: str) -> str:
        r"""A label: one letter as it is, a word upright, with what LaTeX reserves escaped.

        >>> LATEX.word("x"), LATEX.word("a_b")
        ('x', '\\mathrm{a\\_b}')
        """
        escaped = "".join(_LATEX_SPECIAL.get(character, character) for character in label)
        return escaped if len(label) == 1 else rf"\mathrm{{{escaped}}}"

    def printed(self, digits: str) -> str:
        r"""A printed number, with powers of ten.

        >>> Latex().printed("−1.25e−7")
        '-1.25 \\cdot 10^{-7}'
        """
        special = digits.replace("−", "-").replace("∞", r"\infty").replace("nan", r"\mathrm{nan}")
        mantissa, _, exponent = special.partition("e")
        return rf"{mantissa} \cdot 10^{{{exponent}}}" if exponent else mantissa

    def call(self, operation: Any, arguments: Sequence[str]) -> str:
        return rf"{operation.latex}\left({', '.join(arguments)}\right)"

    def cases(self, condition: str, yes: str, no: str) -> str:
        return rf"\begin{{cases}} {yes} & {condition} \\ {no} & \text{{else}} \end{{cases}}"

    def filled(self, templates: tuple[str, str], operands: Sequence[str]) -> str:
        return templates[1].format(*operands)

    def derivative(self, above: str, below: str) -> str:
        return self.fraction(rf"\partial {above}", rf"\partial {below}")

    # fmt: off
    def number(self, value: float) -> str: return exact(value).replace("inf", r"\infty")
    def large_brackets(self, inside: str) -> str: return rf"\left( {inside} \right)"
    def fraction(self, above: str, below: str) -> str: return rf"\frac{{{above}}}{{{below}}}"
    def power(self, base: str, exponent: str) -> str: return f"{base}^{{{exponent}}}"
    def slope(self, function: str, argument: str) -> str: return f"{function}'({argument})"
    # fmt: on


def _without_tex(template: str) -> str:
    for tex, plain in (
        (r"{{{}}}^{{\top}}", "{}ᵀ"),
        (r"\sum_n", "Σₙ"),
        (r"\sum_j", "Σⱼ"),
        (r"\sum", "Σ"),
        (r"\max", "max"),
        (r"\_", "_"),
    ):
        template = template.replace(tex, plain)
    return template.replace("_{{", "[").replace("}}", "]")


TEXT, LATEX, PYTHON = Text(), Latex(), Python()
