"""Names of nodes, gradients and local derivatives, in text, LaTeX and MathML.

A node without a label is written out, as long as that is short, and is called by its number otherwise.
"""

from __future__ import annotations

from html import escape

from minigrad import Value, rules
from minigrad.symbols.formulas import Formula, call, formula, symbol
from minigrad.symbols.languages import LATEX, TEXT
from minigrad.symbols.mathematics import Quantity
from minigrad.symbols.mathml import MATHML
from minigrad.symbols.numerals import ALL_DIGITS, FACTOR_DIGITS, as_number, compact, digits_needed, plain
from nn.delta.notation import AnyNotation, Name, as_notation, cost_letter, latex_letter
from viz.drawing.typography import clipped


class Namer:
    """Names for the nodes of one graph; `keys` numbers them."""

    def __init__(self, keys: dict[Value, str], notation: AnyNotation = "002") -> None:
        self.keys = keys
        self.notation = notation

    def formula(self, node: Value, depth: int = 3, decimals: int = 0) -> Formula:
        """A node as a formula: a symbol if it has a label, a number if it is one, else written out.

        With `decimals` its symbols are numbers, printed so.
        """
        if node.op is rules.constant:
            return formula(node.data)
        if node.label or not node.operands or depth == 0 or len(node.operands) > 2:
            return self._printed(node, decimals) if decimals else self._symbol(node)
        assert node.op is not None
        return call(node.op, *(self.formula(operand, depth - 1, decimals) for operand in node.operands))

    def node(self, node: Value) -> Quantity:
        """A node as a quantity."""
        return self._quantity(self.formula(node), node.data)

    def gradient(self, node: Value, root: Value) -> Quantity:
        """∂root/∂node; δ for a pre-activation."""
        label = node.label
        if isinstance(label, Name) and label.kind == "z":
            n = self.notation
            written = label.drawn(n, "delta"), label.latex(n, "delta"), label.mathml(n, "delta")
            return Quantity(*written, node.grad)
        return self.derivative(root, node, node.grad)

    def derivative(self, result: Value, of: Value, number: float) -> Quantity:
        """∂result/∂of, as a fraction."""
        top, bottom = self.node(result), self.node(of)
        above, below = (f"({q.text})" if q.compound else q.text for q in (top, bottom))
        return Quantity(
            TEXT.derivative(above, below),
            LATEX.derivative(top.latex, bottom.latex),
            MATHML.derivative(top.mathml, bottom.mathml),
            number,
        )

    def local_derivative(self, consumer: Value, position: int) -> Quantity:
        """∂consumer/∂operand, from the row of its operation; σ′(z) for an activation."""
        number = consumer.local_derivatives[position]
        if is_activation(consumer):
            return self._slope(consumer, number)
        try:
            return self.rule_quantity(consumer, position)
        except TypeError:  # an operation of the user's own, whose row takes numbers only
            return self.derivative(consumer, consumer.operands[position], number)

    def rule(self, consumer: Value, position: int, decimals: int = 0) -> Formula:
        """What the row of the consumer's operation says, with its operands in it, or their numbers."""
        assert consumer.op is not None
        operands = [self.formula(operand, decimals=decimals) for operand in consumer.operands]
        result = self.formula(consumer, decimals=decimals)
        return formula(consumer.op.local_derivatives(result, *operands)[position])

    def rule_quantity(self, consumer: Value, position: int, decimals: int = 0) -> Quantity:
        """The same as a quantity."""
        local = consumer.local_derivatives[position]
        return self._quantity(self.rule(consumer, position, decimals), local, (consumer, position))

    def rule_in_numbers(self, consumer: Value, position: int) -> Quantity:
        """The same with numbers for symbols, as many decimals of them as it takes to be true."""
        result = compact(consumer.local_derivatives[position])
        digits = digits_needed(
            lambda digits: compact(self._recomputed(consumer, position, digits)) == result,
            FACTOR_DIGITS,
            ALL_DIGITS,
        )
        return self.rule_quantity(consumer, position, digits or ALL_DIGITS)

    def _recomputed(self, consumer: Value, position: int, decimals: int) -> float:
        assert consumer.op is not None
        operands = [self._rounded(operand, decimals) for operand in consumer.operands]
        result = self._rounded(consumer, decimals)
        return float(consumer.op.local_derivatives(result, *operands)[position])

    def _rounded(self, node: Value, decimals: int, depth: int = 3) -> float:
        if node.op is rules.constant:
            return node.data
        if node.label or not node.operands or depth == 0 or len(node.operands) > 2:
            return as_number(plain(node.data, decimals))
        assert node.op is not None
        return float(node.op.value(*(self._rounded(o, decimals, depth - 1) for o in node.operands)))

    def _printed(self, node: Value, decimals: int) -> Formula:
        printed, key = plain(node.data, decimals), f"{self.keys.get(node, 'root')}_{decimals}"
        return symbol(key, LATEX.factor(printed), TEXT.factor(printed), mathml=MATHML.factor(printed))

    def _slope(self, consumer: Value, number: float) -> Quantity:
        z = self.node(consumer.operands[0])
        text = as_notation(self.notation).activation
        latex = latex_letter(text)
        return Quantity(
            TEXT.slope(text, z.text), LATEX.slope(latex, z.latex), MATHML.slope(text, z.mathml), number
        )

    def _symbol(self, node: Value) -> Formula:
        key, label = self.keys.get(node, "root"), node.label
        if isinstance(label, Name):
            n = self.notation
            text, latex, xml = label.drawn(n), label.latex(n), label.mathml(n)
        elif label:
            text = cost_letter(self.notation) if label == "C" else clipped(label)
            latex, xml = LATEX.word(text), f"<mi>{escape(text)}</mi>"
        else:
            text, latex, xml = key, rf"n_{{{key[1:]}}}", f"<msub><mi>n</mi><mn>{key[1:]}</mn></msub>"
        return symbol(key, latex, text, mathml=xml)

    def _quantity(self, written: Formula, number: float, source: tuple[Value, int] | None = None) -> Quantity:
        negative = written.kind == "number" and written.value < 0
        compound = negative or written.kind in ("+", "-", "*", "neg", "where")
        names = written.as_text(), written.as_latex(), written.as_mathml()
        return Quantity(*names, number, compound=compound, source=source)


def is_activation(node: Value) -> bool:
    """Whether a node is an a = σ(z) of a network, σ acting on the neuron alone.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> is_activation(t.a[1][0]), is_activation(t.z[1][0])
    (True, False)
    """
    label = node.label
    if not isinstance(label, Name) or label.kind != "a" or not node.operands:
        return False
    z, *others = node.operands
    named = isinstance(z.label, Name) and z.label.kind == "z"
    return named and all(other.op is rules.constant for other in others)
