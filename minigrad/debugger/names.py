"""What can be typed at the prompt: the labels of a graph, the script's variables, and expressions of them.

Labels are read as they are. One that has a place in a network says so in its attributes `kind`, `layer` and
`neuron`; `delta2_1` is then the gradient that arrived at what is labelled z2_1.
"""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from types import CodeType
from typing import Any

from minigrad.journal import Journal, Step
from minigrad.value import Value

Place = tuple[int, int]


class Names(Mapping[str, Any]):
    """The names of a pass, looked up when they are used.

    Besides labels: `journal`, `root`, `step` (the last one) and what it holds (`node`, `operand`,
    `contribution`, …), `grad` and `data` (of its operand), the script's variables, the functions of `math`.
    Of a label and a variable with the same name `names["x"]`, which is written `graph["x"]`, is the label's
    node, and `script()["x"]` the variable.
    """

    def __init__(self, journal: Journal, script: Callable[[], Mapping[str, Any]] = dict) -> None:
        self.journal = journal
        self.script = script
        self.labelled: dict[str, list[Value]] = {}
        for node in journal.order:
            if node.label:
                self.labelled.setdefault(str(node.label), []).append(node)

    def __getitem__(self, word: str) -> Any:
        with suppress(KeyError):
            return self.of_pass(word)
        for scope in (self.script(), vars(builtins), vars(math)):
            if word in scope:
                return scope[word]
        raise KeyError(word)

    def of_pass(self, word: str) -> Any:
        """What a label, or a name of the pass, stands for now. Raises KeyError for any other word."""
        if word in self.labelled:
            return self.node(word)
        if word.startswith("delta") and "z" + word[5:] in self.labelled:
            return self.node("z" + word[5:]).grad
        return self.facts()[word]

    def __iter__(self) -> Iterator[str]:
        yield from self.labelled
        yield from ("delta" + label[1:] for label in self.labelled if label[0] == "z")
        yield from self.facts()

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return f"<{len(self)} names of the pass, such as {', '.join(islice(self, 8))}>"

    def facts(self) -> dict[str, Any]:
        """What the pass itself has a name for."""
        facts: dict[str, Any] = {"journal": self.journal, "root": self.journal.root, "graph": self}
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

    def value(self, expression: str, script_first: bool = False) -> Any:
        """What an expression is worth now. Raises what Python raises.

        A name that is both the pass's and the script's is the pass's, or with `script_first` the script's.
        """
        code, words = _compiled(expression.strip())
        found = {word: self[word] for word in words if word in self}
        if script_first:
            script = self.script()
            found |= {word: script[word] for word in words if word in script}
        return eval(code, {"__builtins__": builtins.__dict__, **found})


@lru_cache(maxsize=64)
def _compiled(expression: str) -> tuple[CodeType, tuple[str, ...]]:
    """The code of an expression, and the names in it; a condition of a breakpoint is asked at each step."""
    tree = ast.parse(expression, "<string>", "eval")
    names = {part.id: None for part in ast.walk(tree) if isinstance(part, ast.Name)}
    return compile(tree, "<string>", "eval"), tuple(names)


def unknown_words(expression: str, names: Names) -> list[str]:
    """The words of an expression that stand for nothing here. Raises SyntaxError for no expression at all."""
    later = {"step", "grad", "data", *Step.__slots__}
    return [word for word in _compiled(expression.strip())[1] if word not in later and word not in names]


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
