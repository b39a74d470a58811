"""Names of nodes and gradients on the page: in Unicode, in MathML, and in words for screen readers."""

from __future__ import annotations

from html import escape

from minigrad import Value, rules
from minigrad.debugger.looks import partner
from minigrad.journal.naming import name
from minigrad.symbols.mathml import MATHML
from minigrad.symbols.numerals import short
from nn.delta.notation import Name, cost_letter


class Words:
    """The names of the nodes of one graph, in one of the documents' notations."""

    def __init__(self, root: Value, notation: str = "002") -> None:
        self.root = root
        self.notation = notation
        self.cost = cost_letter(notation) if root.label == "C" else str(root.label) or "root"

    def text(self, node: Value) -> str:
        """z₂⁽²⁾"""
        return name(node, self._label)

    def gradient(self, node: Value) -> str:
        """δ₂⁽²⁾ for a z, ∂C/∂a₂⁽²⁾ for anything else."""
        label = named(node)
        if label is not None and label.kind == "z":
            return label.drawn(self.notation, "delta")
        text = self.text(node)
        return f"∂{self.cost}/∂({text})" if _is_sum(text) else f"∂{self.cost}/∂{text}"

    def math(self, node: Value) -> str:
        """The node in MathML."""
        if isinstance(node.label, Name):
            return node.label.mathml(self.notation)
        if node.label == "C":
            return f"<mi>{self.cost}</mi>"
        if node.label or not node.operands:
            tag = "mi" if node.label else "mn" if node.op is not None else "mtext"
            written = f"<{tag}>{escape(self.text(node))}</{tag}>"
            return MATHML.brackets(written) if _is_sum(node.label) else written
        if node.op is not None and len(node.operands) == 2 and not node.op.symbol.isidentifier():
            left, right = (self._inner(operand) for operand in node.operands)
            return MATHML.brackets(f"{left}<mo>{escape(node.op.symbol)}</mo>{right}")
        return f"<mtext>{escape(self.text(node))}</mtext>"

    def local_math(self, node: Value, place: int) -> str:
        """The local derivative of an edge in MathML: a weight, the slope σ′(z), 2 (s − y), …"""
        other, operand = partner(node, place), node.operands[place]
        operation = node.op.name if node.op is not None else ""
        if other is not None:
            return self.math(other)
        if operation in ("add", "total", "dot") or (operation == "subtract" and place == 0):
            return "<mn>1</mn>"
        if operation in ("subtract", "negative"):
            return MATHML.brackets("<mn>−1</mn>")
        if operation == "power" and place == 0 and not node.operands[1].label:
            return self._power(operand, node.operands[1].data)
        if len(node.operands) == 1 and node.op is not None and node.op.symbol.isidentifier():
            return MATHML.slope(node.op.symbol, self.math(operand))
        return MATHML.derivative(self.math(node), self.math(operand))

    def spoken(self, node: Value) -> str:
        """z 2 of layer 2: for screen readers, which read superscripts as powers."""
        label = node.label
        if not isinstance(label, Name):
            return self.text(node)
        if label.kind == "x":
            return f"input {label.neuron}"
        if label.kind == "w":
            return f"weight of layer {label.layer} to {label.neuron} from {label.source}"
        return f"{'bias' if label.kind == 'b' else label.kind} {label.neuron} of layer {label.layer}"

    def _power(self, base: Value, exponent: float) -> str:
        written = self.math(base)
        raised = written if exponent == 2 else MATHML.power(written, f"<mn>{short(exponent - 1)}</mn>")
        return f"<mrow><mn>{short(exponent)}</mn>{MATHML.times}{raised}</mrow>"

    def _inner(self, node: Value) -> str:
        """A part of an expression, … if it is one itself; a leaf without a label is written as its number."""
        if node.op is None and not node.label:
            return f"<mn>{short(node.data)}</mn>"
        return "<mo>…</mo>" if node.operands and not node.label else self.math(node)

    def _label(self, node: Value) -> str:
        if isinstance(node.label, Name):
            return node.label.drawn(self.notation)
        return self.cost if node is self.root and node.label == "C" else str(node.label)


def tight(math: str) -> str:
    """MathML without space inside its parentheses."""
    for bracket in "()":
        math = math.replace(
            f"<mo>{bracket}</mo>", f'<mo lspace="0" rspace="0" stretchy="false">{bracket}</mo>'
        )
    return math


def _is_sum(name: str) -> bool:
    """Whether a name, such as s − y, needs parentheses in a product or below a fraction line."""
    return " " in name and not name.startswith("(")


def named(node: Value) -> Name | None:
    """The label of a node of a network, None for any other node."""
    return node.label if isinstance(node.label, Name) else None


def is_z(node: Value) -> bool:
    """Whether a node is the pre-activation of a neuron, whose gradient is δ."""
    return kind_of(node) == "z"


def kind_of(node: Value) -> str:
    """x, w, b, z, a; C for the rest of a graph, and nothing for a constant without a name."""
    label = named(node)
    if label is not None:
        return label.kind
    return "C" if node.label or node.op is not rules.constant else ""
