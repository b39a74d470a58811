"""Prints the table of rules as JavaScript: a fifth reading of each row.

Local derivatives are printed from the symbols of a row; values are functions by the same names in
browser/values.js. A row of one's own is printed too if its value is arithmetic, or functions of the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from minigrad import rules
from minigrad.operations import Operation
from minigrad.symbols.formulas import Formula, formula, symbol
from minigrad.symbols.languages import JavaScript
from minigrad.symbols.local_derivatives import Unread, local_derivatives
from minigrad.symbols.writing import argument

TABLE = {
    operation.name: operation
    for operation in vars(rules).values()
    if isinstance(operation, Operation) and operation is not rules.constant
}
_NAMES = {operation: f"VALUES.{name}" for name, operation in TABLE.items()}
# ∂z/∂wₖ = xₖ and ∂z/∂xₖ = wₖ: the one row whose derivative is chosen by the place, which no symbol says.
_PARTNER = "(y, x, k) => { const n = x.length >> 1; return k < n ? x[k + n] : k < 2 * n ? x[k - n] : 1; }"


def rules_script(operations: Iterable[Operation] = ()) -> str:
    """The module rules.js: RULES by name, those of the table and those of one's own that can be read.

    >>> print(rules_script().splitlines()[4])
    "multiply": {value: VALUES.multiply, local: [(y, x1, x2) => x2, (y, x1, x2) => x1]},
    """
    named = {operation: name for name, operation in TABLE.items()} | keys(operations)
    written = ((name, row(operation)) for operation, name in named.items())
    rows = (f"{in_script(name)}: {text}," for name, text in written if text)
    first = ['import {VALUES, NOTHING} from "./values.js";', "export const RULES = {"]
    return "\n".join([*first, *rows, "};", ""])


def is_of_table(operation: Operation) -> bool:
    """Whether an operation is a row of the table, not one of somebody's own with such a name.

    >>> is_of_table(rules.tanh)
    True
    """
    return TABLE.get(operation.name) is operation


def keys(operations: Iterable[Operation]) -> dict[Operation, str]:
    """The name of each in RULES: its own, with a prime for each other operation of that name before it.

    >>> list(keys([rules.tanh, Operation("tanh", abs, lambda y, x: (1.0,))]).values())
    ['tanh', 'tanh′']
    """
    found: dict[Operation, str] = {}
    for operation in operations:
        name = operation.name
        while not is_of_table(operation) and (name in TABLE or name in found.values()):
            name += "′"
        found[operation] = name
    return found


def row(operation: Operation) -> str:
    """An operation as an entry of RULES; "" if its row, or the value of one's own, cannot be read.

    >>> row(rules.tanh)
    '{value: VALUES.tanh, local: [(y, x1) => 1 - y * y]}'
    """
    value, local = _value(operation), _local(operation)
    if not value or not local:
        return ""
    facts = [f"value: {value}", local]
    facts += [f"domain: {in_script(operation.domain)}"] if operation.domain else []
    facts += [] if is_of_table(operation) else [f"name: {in_script(operation.name)}"]
    return f"{{{', '.join(facts)}}}"


def in_script(content: Any) -> str:
    r"""JSON in which no text can end the script of a page that it stands in.

    >>> in_script("</script>")
    '"\\u003c/script>"'
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _value(operation: Operation) -> str:
    if is_of_table(operation):
        return _NAMES[operation]
    if operation.arity is None:
        return ""
    operands = [symbol(f"x{k}") for k in range(1, operation.arity + 1)]
    with suppress(Exception):  # whatever it raises for symbols
        return _function(operands, formula(operation.value(*operands)), JavaScript(_NAMES, strict=True))
    return ""


def _local(operation: Operation) -> str:
    if operation is rules.dot:
        return f"every: {_PARTNER}"
    language = JavaScript(_NAMES, strict=not is_of_table(operation))
    count = 3 if operation.arity is None else operation.arity
    y, operands = symbol("y"), [symbol(f"x{k}") for k in range(1, count + 1)]
    slopes = local_derivatives(operation, y, operands)
    if any(isinstance(part.value, Unread) for slope in slopes for part in slope.walk()):
        return ""
    with suppress(KeyError):  # of a row that calls what is not in the table
        if operation.arity is not None:
            functions = [_function([y, *operands], slope, language) for slope in slopes]
            return f"local: [{', '.join(functions)}]"
        if all(slopes[0].replace(operands[0], x).same(slope) for x, slope in zip(operands, slopes)):
            own = slopes[0].replace(operands[0], symbol("x[k]"))
            return f"every: (y, x, k) => {argument(own, language)}"
    return ""


def _function(parameters: Sequence[Formula], written: Formula, language: JavaScript) -> str:
    return f"({', '.join(map(argument, parameters))}) => {argument(written, language)}"
