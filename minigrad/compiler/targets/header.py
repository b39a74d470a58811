"""Writes what the function of a program needs before it: imports, functions and constants.

So the source of a program stands on its own: it runs in an empty file.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from array import array as PackedArray  # noqa: N812  # arrays here are those of NumPy
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from types import FunctionType, ModuleType
from typing import Any
from zlib import compress

import numpy as np

from minigrad import rules
from minigrad.compiler.lines.names import Names, identifier
from minigrad.compiler.targets import functions as on_numpy
from minigrad.compiler.targets import functions_on_jax
from minigrad.compiler.targets.strides import even_axes
from minigrad.operations import Operation
from minigrad.symbols.local_derivatives import RowSlopes, Slopes, Unread

WIDTH = 100
MOST_PRINTED = 10_000  # entries of a constant that are written one by one
FEWEST_STRIDED = 16  # entries that are written as what they count


@dataclass(frozen=True)
class AddingAt:
    """A constant that is a function: it adds rows at this index, which has repeats."""

    index: Any


@dataclass(frozen=True)
class Vocabulary:
    """What the lines of a program refer to.

    Attributes:
        functions: operations, and local derivatives that cannot be written out, with their names.
        constants: arrays by name.
        dtype: of the program's numbers.
    """

    functions: Mapping[Any, str]
    constants: Mapping[str, Any] = field(default_factory=dict)
    dtype: np.dtype[Any] = np.dtype(np.float64)  # noqa: RUF009  # it does not change

    def of(self, dtype: np.dtype[Any] | None) -> Vocabulary:
        """The same for numbers of another type."""
        return self if dtype is None else replace(self, dtype=dtype)

    def own(self) -> dict[str, Operation]:
        """The operations that are not of the table, by the names that their rows have in the source."""
        return {
            f"{name}_row": getattr(function, "operation", function)
            for function, name in self.functions.items()
            if not _is_known(function)
        }


def header(code: str, words: Vocabulary, library: str = "numpy") -> str:
    """The text that goes before the code of a function, of the words of which it uses some."""
    return _Header(words, library).write(re.findall(r"\w+", code))


def _is_known(function: Any) -> bool:
    """Whether it is an operation of the table, whose function of arrays has a text or is the library's."""
    is_row = isinstance(function, Operation) and getattr(rules, function.name, None) is function
    return is_row and (hasattr(on_numpy, function.name) or hasattr(np, function.name))


def name_for(function: Any, names: Names) -> str:
    """A name for an operation in the source, its own if that is free, or for local derivatives of one."""
    name = function.name
    if not _is_known(function) and (name in vars(on_numpy) or name in ("array", "float32")):
        name = f"own_{name}"  # as functions of the table call the one of this name
    if re.fullmatch(r"[vg]\d+", identifier(name)):  # as straight lines call their numbers
        name = f"{name}_"
    return names.new(name)


class _Header:
    def __init__(self, words: Vocabulary, library: str) -> None:
        self.words, self.library, self.root = words, library, library.partition(".")[0]
        self.modules: dict[str, None] = {}
        self.imported: dict[str, dict[str, None]] = {}
        self.texts: dict[str, str] = {}

    def write(self, used: Iterable[str]) -> str:
        named = {name: function for function, name in self.words.functions.items()}
        for word in dict.fromkeys(used):
            if word in named:
                self._function(word, named[word])
            elif word in self.words.constants:
                self._constant(word, self.words.constants[word])
            elif word in GENERAL:
                self._known(word, f"{word}_float32" if self._is_narrow(word) else word)
        imports = [f"import {name}" for name in self.modules]
        imports += [
            _wrapped(f"from {module} import ", sorted(names)) for module, names in self.imported.items()
        ]
        head = "\n".join(sorted(imports, key=lambda line: (line.split()[1].startswith("minigrad"), line)))
        functions = [text for text in self.texts.values() if text.startswith("def ")]
        others = "\n".join(text for text in self.texts.values() if not text.startswith("def "))
        return "".join(f"{block}\n\n\n" for block in [head, *functions, others] if block)

    def _is_narrow(self, word: str) -> bool:
        """Whether a function is written otherwise for float32, since it would make float64 of numbers."""
        functions = on_numpy if self.library == "numpy" else functions_on_jax
        return self.words.dtype == np.float32 and hasattr(functions, f"{word}_float32")

    def _import(self, module: str, name: str) -> None:
        self.imported.setdefault(module, {})[name] = None

    def _function(self, name: str, function: Any) -> None:
        if _is_known(function):
            self._known(name, function.name)
            return
        operation: Operation = getattr(function, "operation", function)
        row = f"{name}_row"
        module = operation.__module__
        if getattr(sys.modules.get(module), operation.name, None) is operation:
            self._import(module, f"{operation.name} as {row}")
        else:
            self.texts[row] = f"# {row}: an operation of your own, which no module has by its name"
        if self.library != "numpy":
            self._own_function_on(name, function, row)
            return
        maker, place = _MAKERS[type(function)], getattr(function, "position", None)
        self._import("minigrad.compiler.targets.own_rows", maker)
        given = f"{row}, {place}" if place is not None else row
        self.texts[name] = f"{name} = {maker}({given})"

    def _own_function_on(self, name: str, function: Any, row: str) -> None:
        """A function of a row for a library other than NumPy, whose arrays cannot be taken entry by entry."""
        if isinstance(function, Slopes):
            self.texts[name] = f"{name} = {row}.local_derivatives"
            return
        if not isinstance(function, Operation) or function.array_value is None:
            raise ValueError(
                f"program.on: {function.name} is known for floats only; give its row an array_value, and "
                "write its local derivatives without `if` and `math`, for arrays of other libraries"
            )
        self.modules[self.library] = None
        self.imported.setdefault("functools", {})["partial"] = None
        self.texts[name] = f"{name} = partial({row}.array_value, {self.library})"

    def _known(self, name: str, known: str) -> None:
        """A function of the table or of the library, under a name."""
        found, where = _lookup(known, self.library)
        if known == self.root:
            self.modules[known] = None
        elif isinstance(found, ModuleType):
            self.modules[found.__name__] = None
        elif isinstance(found, FunctionType) and where is not None:
            text, used = _text(found)
            self.texts[name] = text.replace(f"def {known}(", f"def {name}(", 1)
            for word in sorted(used - {known}):
                if word == self.root or _lookup(word, self.library)[0] is not None or word in GENERAL:
                    self._known(word, word)
        elif (module := getattr(found, "__module__", "").strip("_")) in ("base64", "functools", "zlib"):
            self._import(module, known)
        elif name == known:
            self._import(self.library, known)
        else:
            self._import(self.library, f"{known} as {name}")

    def _constant(self, name: str, value: Any) -> None:
        if isinstance(value, AddingAt):
            self._known("adding_at", "adding_at")
            before, parts, after = self._whole(value.index)
            self.texts[name] = _wrapped(f"{name} = adding_at({before}", parts, f"{after})")
            return
        if not isinstance(value, np.ndarray):
            self._list(name, value)
            return
        if value.dtype.kind == "b":
            self._mask(name, value)
            return
        if value.dtype.kind != "f":
            before, parts, after = self._whole(value)
            self.texts[name] = _wrapped(f"{name} = {before}", parts, after)
            return
        kind = ", dtype=float32" * (self.words.dtype == np.float32)
        for word in ("array", "inf", "nan", *["float32"] * bool(kind)):
            self._known(word, word)
        self.texts[name] = _wrapped(f"{name} = array(", _entries(value), f"{kind})")

    def _whole(self, value: Any) -> tuple[str, list[str], str]:
        """Whole numbers as code: what is before their parts, these, and what is after them."""
        axes = even_axes(value.ravel()) if value.size >= FEWEST_STRIDED else None
        if axes is not None:
            self._known("strided", "strided")
            shape = ".ravel()" if value.ndim == 1 else f".reshape{value.shape}"
            return f"strided({value.flat[0]}, ", list(map(str, axes)), f"){shape}"
        self._known("array", "array")
        if value.size > MOST_PRINTED:
            self._known("integers", "integers")
            return f"array({_packed(value)}).reshape{value.shape}", [], ""
        return "array(", _entries(value), ")"

    def _mask(self, name: str, value: Any) -> None:
        """Which cells there are; what looks back only is written as the triangle that it is."""
        sizes = [size for size in value.shape if size > 1]
        if len(sizes) == 2 and (value.reshape(sizes) == np.tri(*sizes)).all():
            self._known("tri", "tri")
            self.texts[name] = f"{name} = tri({sizes[0]}, {sizes[1]}).reshape{value.shape} == 1"
            return
        self._known("array", "array")
        self.texts[name] = _wrapped(f"{name} = array(", _entries(value), ")")

    def _list(self, name: str, value: Sequence[Any]) -> None:
        """A list of floats, of tuples, or of whole numbers, which are packed if they are many."""
        if isinstance(value, PackedArray) and len(value) > MOST_PRINTED:
            self._known("integers", "integers")
            self.texts[name] = f"{name} = {_packed(np.array(value))}"
            return
        for word in ("inf", "nan"):
            self._known(word, word)
        self.texts[name] = _wrapped(f"{name} = [", str(list(value))[1:-1].split(", "), "]")


def _packed(value: Any) -> str:
    packed = b64encode(compress(value.astype(np.int32).tobytes())).decode()
    return f'integers("{packed}")'


# What lines may call besides operations.
GENERAL = frozenset([
    "where", "broadcast_to", "zeros", "zeros_like", "repeat", "ravel", "reshape", "concatenate", "stack",
    "inf", "nan", "add_at", "columns_at", "sums_at", "integers",
])  # fmt: skip
_MAKERS = {
    Operation: "of_arrays",
    Unread: "slope_of_arrays",
    Slopes: "slopes_of_arrays",
    RowSlopes: "slopes_of_rows",
}


def _lookup(name: str, library: str) -> tuple[Any, ModuleType | None]:
    """What a name stands for, if that is known, and the module that has a text for it."""
    places = [on_numpy] if library == "numpy" else [functions_on_jax, on_numpy]
    for place in places:
        found = vars(place).get(name)
        if isinstance(found, FunctionType) and found.__module__ == place.__name__:
            return found, place
        if found is not None and not isinstance(found, FunctionType):
            return found, None
    return vars(on_numpy).get(name), None


@cache
def _text(function: FunctionType) -> tuple[str, set[str]]:
    """The text of a function, without annotations and docstrings, and the names that it uses."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            arguments = [*node.args.args, *node.args.kwonlyargs, node.args.vararg]
            for argument in filter(None, arguments):
                argument.annotation = None
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
    return ast.unparse(tree), {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _entries(value: Any) -> list[str]:
    return str(value.tolist()).split(", ")


def _wrapped(before: str, parts: list[str], after: str = "") -> str:
    """The parts with commas between them, in lines that are not too long."""
    whole = before + ", ".join(parts) + after
    if len(whole) <= WIDTH:
        return whole
    if before.startswith("from"):
        before, after = before + "(", ")"
    lines = textwrap.wrap(
        ", ".join(parts) + after,
        WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join([before, *lines])
