"""What can be typed at the prompt: the labels of a graph, and expressions of them.

Labels are read as they are. One that has a place in a network says so in its attributes `kind`, `layer` and
`neuron`; `delta2_1` is then the gradient that arrived at what is labelled z2_1.
"""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Iterator, Mapping
from typing import Any

from minigrad.journal import Journal, Step
from minigrad.value import Value

Place = tuple[int, int]


class Names(Mapping[str, Any]):
    """The names of a pass, looked up when they are used.

    Besides labels: `journal`, `root`, `step` (the last one) and what it holds (`node`, `operand`,
    `contribution`, …), `grad` and `data` (of its operand), and the functions of `math`.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.labelled: dict[str, list[Value]] = {}
        for node in journal.order:
            if node.label:
                self.labelled.setdefault(str(node.label), []).append(node)

    def __getitem__(self, word: str) -> Any:
        if word in self.labelled:
            return self.node(word)
        if word.startswith("delta") and "z" + word[5:] in self.labelled:
            return self.node("z" + word[5:]).grad
        facts = self.facts()
        if word in facts:
            return facts[word]
        return getattr(builtins, word) if hasattr(builtins, word) else self._of_math(word)

    def __iter__(self) -> Iterator[str]:
        yield from self.labelled
        yield from ("delta" + label[1:] for label in self.labelled if label[0] == "z")
        yield from self.facts()

    def __len__(self) -> int:
        return len(list(iter(self)))

    def facts(self) -> dict[str, Any]:
        """What the pass itself has a name for."""
        facts: dict[str, Any] = {"journal": self.journal, "root": self.journal.root}
        step = self.journal.last
        if step is not None:
            facts |= {name: getattr(step, name) for name in step.__slots__}
            facts |= {"step": step, "grad": step.operand.grad, "data": step.operand.data}
        return facts

    def node(self, label: str) -> Value:
        """The node of that label; of several, as in a batch, the one that the pass has come to last."""
        nodes = self.labelled[label]
        reached = [node for node in nodes if self.journal.ledger(node)]
        return reached[-1] if reached else nodes[0]

    def value(self, expression: str) -> Any:
        """What an expression is worth now. Raises what Python raises."""
        return eval(expression.strip(), {"__builtins__": {}}, self)

    def _of_math(self, word: str) -> Any:
        if hasattr(math, word):
            return getattr(math, word)
        raise KeyError(word)


def unknown_words(expression: str, names: Names) -> list[str]:
    """The words of an expression that stand for nothing here. Raises SyntaxError for no expression at all."""
    later = {"step", "grad", "data", *Step.__slots__}
    tree = ast.parse(expression.strip(), mode="eval")
    words = [part.id for part in ast.walk(tree) if isinstance(part, ast.Name)]
    return [word for word in words if word not in later and not _is_known(word, names)]


def places(journal: Journal) -> dict[Value, Place]:
    """The (layer, neuron) of every node that has one: by its own label, or else by that of a consumer.

    So the products and sums of a neuron belong to it, though only its z is labelled.
    """
    found: dict[Value, Place] = {}
    for node in [journal.root, *journal.nodes]:
        _place(node, found)
        for operand in node.operands:
            if operand not in found and not _place(operand, found) and node in found:
                found[operand] = found[node]
    return found


def _place(node: Value, found: dict[Value, Place]) -> bool:
    layer = getattr(node.label, "layer", None)
    if layer is None:
        return False
    found[node] = (layer, getattr(node.label, "neuron", 0))
    return True


def _is_known(word: str, names: Names) -> bool:
    try:
        names[word]
    except KeyError:
        return False
    return True
