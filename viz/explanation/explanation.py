"""Why is this gradient what it is? In symbols, in numbers, and the result: as text, LaTeX and MathML.

>>> from nn import MLP, trace
>>> t = trace(MLP(2, [2, 1], activation="tanh", seed=0), [1.0, 2.0], y=0.0)
>>> t.backward()
>>> print(explain(t.z[1][0], t.cost).text.splitlines()[0])
δ₁⁽¹⁾ = ∂C/∂z₁⁽¹⁾ = w₁₁⁽²⁾ · δ₁⁽²⁾ · σ′(z₁⁽¹⁾)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from minigrad import Value, rules, topological_order
from minigrad.display import one_line
from minigrad.symbols.languages import LATEX, TEXT, Text
from minigrad.symbols.mathematics import (
    Expression,
    Product,
    Quantity,
    Total,
    decimals_needed,
    numbers,
    symbols,
)
from minigrad.symbols.mathml import MATHML, document, equation_table
from minigrad.symbols.numerals import compact
from nn.delta.notation import AnyNotation, Name
from viz.arguments import check_value
from viz.drawing.looks import column
from viz.explanation.bookkeeping import ledger_text, paths_text
from viz.explanation.ledger import Consumers, Efficiency, Entry, Path, consumers_of, efficiency, ledger, paths
from viz.explanation.quantities import Namer, is_activation

_TERMS = 6
_DEPTH = 8


@dataclass(frozen=True)
class Explanation:
    """One gradient as an equation, its ledger of contributions, and its paths if they were asked for.

    Attributes:
        names: what the gradient is called: δ, and ∂C/∂z.
        expression: what it is computed from.
        gradient: the number, of one pass.
        kept: the `grad` of the node where that is another number, as after two passes; else None.
        notes: further equations, such as what σ′ is.
        stops: the gradients in it that are not explained in turn, as their nodes have names or are shared;
            with how many contributions each has. They can be asked about next.
        ledger: the contributions that were added up, in order.
        paths: every path to the root with its product; empty if not asked for.
        efficiency: how many paths there are, beside the edges that `backward()` visits; of this node.
    """

    names: Sequence[Quantity]
    expression: Expression
    gradient: float
    notes: Sequence[tuple[Quantity, Quantity]]
    stops: Sequence[tuple[Quantity, int]]
    ledger: Sequence[Entry]
    namer: Namer = field(repr=False)
    paths: Sequence[Path] = ()
    efficiency: Efficiency | None = None
    efficiency_of_leaves: Efficiency | None = None
    kept: float | None = None

    @property
    def text(self) -> str:
        """Three lines, the notes, where it stops, the ledger of several contributions, and the paths."""
        head = " = ".join(symbols(name, TEXT) for name in self.names)
        indent = " " * len(symbols(self.names[0], TEXT))
        first, *others = self._sides(TEXT)
        lines = [f"{head} = {first}", *(f"{indent} = {side}" for side in others)]
        lines += [f"{indent}   with {name.text} = {rule.text}" for name, rule in self.notes]
        if self.kept is not None:
            why = "earlier passes have added to it, or it was set since"
            lines.append(f"{indent}   but its grad is {compact(self.kept)}: {why}; set it to 0 before a pass")
        if self.stops:
            lines.append(f"{indent}   stops at {', '.join(self._stops())}")
        if len(self.ledger) > 1:
            lines += ledger_text(self.ledger, self.namer)
        if self.paths and self.efficiency is not None:
            lines += paths_text(self.paths, self.efficiency, self.efficiency_of_leaves, self.namer)
        return "\n".join(lines)

    @property
    def latex_lines(self) -> list[str]:
        """The equation in LaTeX, line by line, each a formula of its own."""
        head = " = ".join(symbols(name, LATEX) for name in self.names)
        first, *others = self._sides(LATEX)
        lines = [f"{head} = {first}", *(f"= {side}" for side in others)]
        return lines + [f"{name.latex} = {rule.latex}" for name, rule in self.notes]

    @property
    def latex(self) -> str:
        """The equation as one `aligned` block of LaTeX."""
        head = " = ".join(symbols(name, LATEX) for name in self.names)
        sides = [f"& = {side}" for side in self._sides(LATEX)]
        notes = [f"& {name.latex} = {rule.latex}" for name, rule in self.notes]
        return r"\begin{aligned} " + head + " " + r" \\ ".join(sides + notes) + r" \end{aligned}"

    @property
    def mathml(self) -> str:
        """The equation as MathML, a table of its sides."""
        head = "<mo>=</mo>".join(symbols(name, MATHML) for name in self.names)
        rows = [
            (head if number == 0 else "", f"<mo>=</mo>{side}")
            for number, side in enumerate(self._sides(MATHML))
        ]
        rows += [("", f"{name.mathml}<mo>=</mo>{rule.mathml}") for name, rule in self.notes]
        return document(equation_table(rows), self.text.splitlines()[0])

    def _sides(self, language: Text) -> list[str]:
        """Symbols, numbers, result; a name alone is followed by its number at once."""
        final = language.printed(compact(self.gradient))
        first = symbols(self.expression, language)
        if not isinstance(self.expression, Quantity):
            decimals = decimals_needed(self.expression, self.gradient)
            return [first, numbers(self.expression, language, decimals), final]
        if self.expression.source is None:
            return [first, final]
        middle = symbols(self.namer.rule_in_numbers(*self.expression.source), language)
        return [side for side in (first, middle) if side != final] + [final]

    def _stops(self) -> list[str]:
        """Each gradient that is not explained, with its number and, if it is shared, by how many."""
        numbers = column([quantity.number for quantity, _ in self.stops], "delta")
        return [
            f"{quantity.text} = {number}" + (f" (shared: {count} contributions)" if count > 1 else "")
            for (quantity, count), number in zip(self.stops, numbers, strict=True)
        ]

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return one_line(f"<explanation: {self.text.splitlines()[0]}>")


def explain(
    node: Value, root: Value, *, notation: AnyNotation = "002", with_paths: bool = False, most_paths: int = 20
) -> Explanation:
    """Why ∂root/∂node is what it is: the sum over the node's consumers of upstream × local derivative.

    Nodes without a name are written out, unless several consumers share one; a δ of a network is explained by
    the δ of the next layer. Where it stops is listed, with the numbers. With `with_paths` every path from the
    node to the root comes with its product, `most_paths` at most.

    Raises TypeError for what is no Value, ValueError for a node that is not in the graph of `root`, or before
    a backward pass.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.label = "y"
    >>> y.backward()
    >>> print(explain(x, y).text.splitlines()[1])
          = 3 + 3
    """
    for given in (node, root):
        check_value("explain", given)
    order = topological_order(root)
    consumers = consumers_of(order)
    if node not in consumers:
        raise ValueError(f"explain: {node!r} is no part of the graph of {root!r}, so the derivative is 0")
    if not (root.has_gradient and node.has_gradient):
        raise ValueError("explain: no backward pass has been made yet; call backward() on the root")
    namer = Namer({each: f"n{number}" for number, each in enumerate(order, start=1)}, notation)
    entries = ledger(node, consumers)
    unfolding = _Unfolding(root, consumers, namer)
    expression = unfolding.gradient(node, _DEPTH)
    gradient = entries[-1].running if entries else node.grad
    return Explanation(
        _names(node, root, namer, gradient),
        expression,
        gradient,
        _notes(node, consumers, namer),
        [(namer.gradient(stop, root), len(consumers[stop])) for stop in unfolding.stops],
        entries,
        namer,
        paths(node, root, consumers, most_paths) if with_paths else (),
        efficiency(node, root) if with_paths else None,
        efficiency(None, root) if with_paths else None,
        None if math.isclose(gradient, node.grad, rel_tol=1e-9) or gradient != gradient else node.grad,
    )


class _Unfolding:
    """Writes out a gradient by those of its consumers, and those in turn, and remembers where it stopped."""

    def __init__(self, root: Value, consumers: Consumers, namer: Namer) -> None:
        self.root, self.consumers, self.namer = root, consumers, namer
        self.stops: dict[Value, None] = {}  # in the order in which they are met

    def gradient(self, node: Value, depth: int) -> Expression:
        """Σ over the consumers. What has no name is explained in turn, and so is an activation."""
        if node is self.root:
            return Quantity("1", "1", "<mn>1</mn>", 1.0)
        consumers = self.consumers[node]
        terms = [self._term(node, *consumer, depth) for consumer in consumers[:_TERMS]]
        if rest := consumers[_TERMS:]:
            number = sum(consumer.grad * consumer.local_derivatives[position] for consumer, position in rest)
            words = f"{len(rest)} more"
            text, latex = f"… {words}", rf"\dots\mathrm{{{words}}}"
            terms.append(Quantity(text, latex, f"<mtext>… {words}</mtext>", number))
        return terms[0] if len(terms) == 1 else Total(terms)

    def _term(self, node: Value, consumer: Value, position: int, depth: int) -> Expression:
        """One consumer's upstream gradient times its local derivative, without factors that are 1."""
        local = self.namer.local_derivative(consumer, position)
        factors = [each for each in (self._upstream(consumer, depth), local) if not _is_one(each)]
        if _weight_first(node, consumer, position):
            factors.reverse()
        if not factors:
            return local
        return factors[0] if len(factors) == 1 else Product(factors)

    def _upstream(self, consumer: Value, depth: int) -> Expression:
        several = len(self.consumers[consumer])
        through = several <= _TERMS if is_activation(consumer) else several == 1 and not consumer.label
        if consumer is self.root or (through and depth):
            return self.gradient(consumer, depth - 1)
        self.stops[consumer] = None
        return self.namer.gradient(consumer, self.root)


def _is_one(factor: Expression) -> bool:
    return isinstance(factor, Quantity) and factor.text == "1"


def _weight_first(node: Value, consumer: Value, position: int) -> bool:
    """w · δ for what a neuron sends back along a weight, as the documents write it; δ · a for a weight."""
    if consumer.op not in (rules.dot, rules.multiply):
        return False
    if isinstance(node.label, Name) and node.label.kind in "wb":
        return False
    half = len(consumer.operands) // 2
    other = consumer.operands[(position + half) % (2 * half)] if position < 2 * half else consumer
    return isinstance(other.label, Name) and other.label.kind == "w"


def _names(node: Value, root: Value, namer: Namer, gradient: float) -> list[Quantity]:
    fraction = namer.derivative(root, node, gradient)
    short = namer.gradient(node, root)
    return [fraction] if short.text == fraction.text else [short, fraction]


def _notes(node: Value, consumers: Consumers, namer: Namer) -> list[tuple[Quantity, Quantity]]:
    return [
        (namer.local_derivative(consumer, position), namer.rule_quantity(consumer, position))
        for consumer, position in consumers[node][:1]
        if is_activation(consumer)
    ]
