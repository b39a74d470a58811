"""Trees: what a formula consists of, asked and taken apart, but not yet computed with.

Glossary
    shape       of the array a formula stands for: () for a number, (4, "N") for 4 rows of N examples
    scalar      a formula of shape (); in a product it is kept in front, so that it is multiplied out first
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from operator import is_
from typing import Any, NamedTuple, Self

from minigrad.number import NOTHING

Shape = tuple[int | str, ...]


class Names(NamedTuple):
    """What a symbol is called in each language; in MathML as in text if that is left out."""

    python: str
    latex: str
    text: str
    mathml: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """`kind` says what is done with `operands`.

    Attributes:
        kind: "number", "symbol", "call", "where", "neg", "pattern", a comparison, or one of + - * / ** @.
        operands: what it is applied to.
        value: of a number the float, of a symbol its `Names`, of a call the operation,
            of a pattern its templates (Python, LaTeX).
        shape: of the array it stands for.
    """

    kind: str
    operands: tuple[Self, ...] = ()
    value: Any = None
    shape: Shape = ()

    @classmethod
    def number(cls, value: float) -> Self:
        """A number as a tree."""
        return cls("number", (), value if value is NOTHING else float(value))

    @classmethod
    def elementwise(cls, kind: str, *operands: Self) -> Self:
        """An operation that is done entry by entry."""
        return cls(kind, operands, None, broadcast([each.shape for each in operands]))

    @property
    def first(self) -> Self:
        """The first operand."""
        return self.operands[0]

    @property
    def second(self) -> Self:
        """The second operand."""
        return self.operands[1]

    @property
    def third(self) -> Self:
        """The third operand."""
        return self.operands[2]

    @property
    def is_scalar(self) -> bool:
        """True if it stands for one number, not an array."""
        return self.shape == ()

    @property
    def size_is_known(self) -> bool:
        """True for an array that is no number, nor a single entry that stands for all."""
        return any(size != 1 for size in self.shape)

    def same(self, other: Tree) -> bool:
        """True for a formula that is written alike."""
        if self is other:
            return True
        if self.kind != other.kind or self.value != other.value or self.shape != other.shape:
            return False
        pairs = zip(self.operands, other.operands)
        return len(self.operands) == len(other.operands) and all(a.same(b) for a, b in pairs)

    def walk(self) -> Iterator[Self]:
        """This formula and every one in it."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.operands))

    def is_deeper_than(self, limit: int) -> bool:
        """True if more than `limit` operations nest in it."""
        level = [self]
        for _ in range(limit + 1):
            level = list({id(part): part for each in level for part in each.operands}.values())
            if not level:
                return False
        return True

    def of(self, operands: tuple[Any, ...]) -> Self:
        """The same, of other operands of these shapes."""
        is_own = all(map(is_, operands, self.operands))
        return self if is_own else type(self)(self.kind, operands, self.value, self.shape)

    def replace(self, old: Self, new: Self) -> Self:
        """This formula with `new` for every `old` (nothing is simplified again)."""
        if self.same(old):
            return new
        operands = tuple([operand.replace(old, new) for operand in self.operands])
        if self.kind in ("@", "pattern") or all(map(is_, operands, self.operands)):
            return self.of(operands)
        return type(self)(self.kind, operands, self.value, broadcast([each.shape for each in operands]))


def broadcast(shapes: Iterable[Shape]) -> Shape:
    """The shape of what is computed entry by entry from arrays of these shapes.

    >>> broadcast([(3, 1), (1, "N")]), broadcast([(), (2, 3, 1), (3, "N")])
    ((3, 'N'), (2, 3, 'N'))
    """
    unlike = list(dict.fromkeys(filter(None, shapes)))
    if len(unlike) <= 1:
        return unlike[0] if unlike else ()
    turned = zip_longest(*[shape[::-1] for shape in unlike], fillvalue=1)
    return tuple([next((size for size in sizes if size != 1), 1) for sizes in turned])[::-1]
