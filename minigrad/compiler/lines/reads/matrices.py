"""Sums of products of two arrays as products of matrices, one for each example: Σₖ a[h, i, k] b[h, k, j].

So attention reads

    Q = query.reshape(4, 4, 8, -1).transpose(0, 3, 1, 2)    heads × N × size × positions
    query_dot_key = (Q.mT @ K).transpose(0, 2, 3, 1)        heads × positions × positions × N

and backward, with D for the gradient of the scores, that of Q is K @ D.mT, and that of K is Q @ D.
A vector is a matrix of one column, so that Σₖ a[i, k] b[k] is such a product too.

Glossary
    contraction the axes of such a sum: of each factor and of the result, by the numbers that the block of
                products entry by entry gives them; that block is not computed
    shared      axes of both factors and of the result, in front of the matrices
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from minigrad.compiler.lines.reads.references import pattern
from minigrad.compiler.lines.reads.view_references import ViewReference
from minigrad.compiler.reading.views import Form, View
from minigrad.symbols.formulas import Formula
from minigrad.symbols.tree import Shape


@dataclass(frozen=True)
class Contraction:
    """`products` is the number of the block of products, `dims` its sizes; `result` are axes of the sum."""

    products: int
    dims: tuple[int, ...]
    factors: tuple[tuple[int, ...], tuple[int, ...]]
    result: tuple[int, ...]

    @property
    def shared(self) -> list[int]:
        """The axes in front of the matrices."""
        return [axis for axis in self.result if all(axis in factor for factor in self.factors)]

    def sizes(self, axes: Sequence[int]) -> tuple[int, ...]:
        """Of these axes."""
        return tuple(self.dims[axis] for axis in axes)


def contraction(
    products: int, dims: tuple[int, ...], views: Sequence[View | None], added: View
) -> Contraction | None:
    """That of a sum which reads, as `added`, products of what is read as `views`; None if there is none."""
    factors = [tuple(sorted(view.axes)) for view in views if view is not None and not view.free]
    if len(factors) < 2 or added.source != dims or added.is_partial:
        return None
    wide = [axis for axis, size in enumerate(dims) if size > 1]
    result = tuple([axis for axis in wide if not added.maps[axis].is_free])
    places = [added.maps[axis].axes for axis in result]
    if any(len(place) != 1 for place in places) or places != sorted(places):
        return None
    every = [*factors, result]
    shared = set(factors[0]).intersection(*every)
    pairs = combinations(range(3), 2)
    alone = [(a, b) for a, b in pairs if set(every[a]) & set(every[b]) <= shared]
    if len(alone) == 1:  # a matrix times a vector, which is given a column
        dims = (*dims, 1)
        for k in alone[0]:
            every[k] = (*every[k], len(dims) - 1)
    common = [set(one) & set(other) - shared for one, other in combinations(every, 2)]
    if any(len(axes) != 1 for axes in common) or not shared.union(*common).issuperset(wide):
        return None
    return Contraction(products, dims, (every[0], every[1]), every[2])


@dataclass(frozen=True)
class Matrices:
    """An array of matrices, shape (…, N, rows, columns), and the axes of rows and columns."""

    formula: Formula
    rows: int
    columns: int

    def with_rows(self, axis: int) -> Matrices:
        """With this axis as rows: each transposed, if that has the columns."""
        if axis == self.rows:
            return self
        *lead, rows, columns = self.formula.shape
        formula = pattern("{}.mT", r"{{{}}}^{{\top}}", (self.formula,), (*lead, columns, rows))
        return Matrices(formula, self.columns, self.rows)


@dataclass(frozen=True)
class MatrixProduct:
    """A sum of products of two factors, and how its gradient is sent back to them."""

    axes: Contraction
    factors: tuple[ViewReference, ViewReference]
    matrices: tuple[Matrices, Matrices]

    @property
    def form(self) -> Form:
        """That of the result."""
        return Form(self.axes.sizes(self.axes.result))

    @property
    def formula(self) -> Formula:
        """In the form of the result."""
        return self._product(*self.matrices, self.axes.result)

    def gradient(self, k: int, delta: Matrices) -> Formula:
        """The gradient of factor k, in its form, from that of the result."""
        return self._product(self.matrices[1 - k], delta, self.axes.factors[k])

    def _product(self, a: Matrices, b: Matrices, wanted: tuple[int, ...]) -> Formula:
        (inner,) = {a.rows, a.columns} & {b.rows, b.columns}
        first = next(axis for axis in wanted if axis not in self.axes.shared)
        left, right = (a, b) if first in (a.rows, a.columns) else (b, a)
        left, right = left.with_rows(first), right.with_rows(inner)
        shape: Shape = (*left.formula.shape[:-1], right.formula.shape[-1])
        product = Formula("@", (left.formula, right.formula), None, shape)
        now = [*self.axes.shared, None, left.rows, right.columns]
        return _transposed(product, now, [*wanted, None])


def _transposed(value: Formula, now: Sequence[int | None], wanted: Sequence[int | None]) -> Formula:
    order = [now.index(axis) for axis in wanted]
    if order == sorted(order):
        return value
    shape = tuple(value.shape[k] for k in order)
    return pattern(f"{{}}.transpose({', '.join(map(str, order))})", "{}", (value,), shape)


def as_matrices(
    axes: Contraction,
    value: Formula,
    own: Sequence[int],
    name: Callable[[Formula], Formula],
    is_read_once: bool = False,
) -> Matrices:
    """A value of these axes and the examples as matrices; only a vector that is read once has no name."""
    rows, columns = (axis for axis in own if axis not in axes.shared)
    turned = _transposed(value, [*own, None], [*axes.shared, None, rows, columns])
    needs_name = 1 not in axes.sizes(own) or not (is_read_once or value.kind == "symbol")
    return Matrices(name(turned) if needs_name else turned, rows, columns)
