"""Writes the backward pass of a program: the gradient of each block, as the sum of its contributions.

This is where the four equations come from, although nothing here refers to layers. Contributions to the
gradient of a block come from the blocks that use it. For a block of sums of products

    (1), (2)    that gradient is δ: it comes from the cost, or through Wᵀ from another δ
    (3)         the gradient of its weights is δ aᵀ
    (4)         the gradient of its offset is δ, summed over the examples

The gradient of the mean cost starts as the number 1 / examples, so δ contains that factor here. It stays a
number, a row or a column until an operation needs the full array.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from minigrad import rules
from minigrad.compiler.lines.forward import Forward
from minigrad.compiler.lines.line import Definitions, Line, small_first
from minigrad.compiler.lines.names import gradient_of
from minigrad.compiler.lines.parameter_gradients import ParameterGradients, added
from minigrad.compiler.lines.reads.matrices import MatrixProduct, as_matrices
from minigrad.compiler.lines.reads.operands import AnyReference
from minigrad.compiler.lines.reads.references import (
    PARAMETERS,
    Deposit,
    Reference,
    pattern,
    sum_examples,
    transposed,
)
from minigrad.compiler.lines.reads.views import EXAMPLES, along, broadcast, reshaped
from minigrad.compiler.lines.softmax import Softmax, picked
from minigrad.compiler.reading.blocks import Block
from minigrad.symbols.formulas import Formula, formula, symbol
from minigrad.symbols.local_derivatives import RowSlopes, Unread, local_derivatives
from minigrad.symbols.tree import Shape

# A longer gradient gets a name, even if it is used once.
LONGEST_INLINE = 48


@dataclass
class Arrived:
    """The contributions to a block; `through_weights` is True once one came through weights."""

    deposits: list[Deposit] = field(default_factory=list)
    through_weights: bool = False


class Backward:
    """The lines of the backward pass."""

    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.references = forward.references
        self.found = forward.found
        self.definitions = Definitions(self.references.names)
        self.lines = self.definitions.lines
        self.arrived: dict[int, Arrived] = {}
        self.softmaxes = {each.quotient: each for each in forward.softmaxes.values() if each.is_whole}
        self.parameters = ParameterGradients(self.references, self.lines)

    def run(self) -> None:
        """Write the backward pass from the cost to the parameters."""
        root = self.found.place[self.found.graph.root][0]
        self.arrived[root] = Arrived([Deposit(root, formula(1.0) / EXAMPLES)])
        for number in range(len(self.found.blocks) - 1, -1, -1):
            block = self.found.blocks[number]
            if not block.is_trained or block.is_leaf or number not in self.arrived:
                continue
            if number == root and not block.is_batch:  # one number for all examples, which is the mean
                self.arrived[root] = Arrived([Deposit(root, formula(1.0))])
            if block.operation is None:
                self._sum(number, block)
            elif number in self.softmaxes:
                self._softmax(number, block, self.softmaxes[number])
            else:
                self._operation(number, block)
        self.parameters.divide()
        self.lines = [replace(line, formula=small_first(line.formula)) for line in self.lines]

    def _gradient(self, number: int, uses: int, is_full: bool = False) -> Formula:
        """The gradient of a block: an expression if it is short and used once, else a name."""
        deposits = self.arrived[number].deposits
        if any(deposit.index or deposit.scatter for deposit in deposits):
            return self._buffer(number, deposits)
        total = self.definitions.summed([deposit.value for deposit in deposits])
        read = self.references.arrays[number]
        if is_full:
            if total.shape != read.shape:
                total = pattern("broadcast_to({}, {}.shape)", "{}", (total, read), read.shape)
            has_role = self.found.graph.role(self.found.blocks[number].nodes[0]) is not None
            return total if total.kind == "symbol" and not has_role else self._named(number, total)
        if total.kind in ("number", "symbol") or total.is_scalar:
            return total
        if uses == 1 and len(str(total)) <= LONGEST_INLINE:
            return total
        return self._named(number, total)

    def _named(self, number: int, total: Formula) -> Formula:
        name = self._name_of_gradient(number)
        is_delta = bool(self.found.blocks[number].products)
        equation = is_delta * (2 if self.arrived[number].through_weights else 1)
        self.lines.append(Line(name, total, equation=equation, shape=total.shape))
        return gradient_of(str(self.references.arrays[number]), name, total.shape)

    def _name_of_gradient(self, number: int) -> str:
        name, block = str(self.references.arrays[number]), self.found.blocks[number]
        if block.products and name[0] == "Z":
            return self.references.names.new(f"delta{name[1:]}")
        has_kind = hasattr(self.found.graph.labels[block.first], "kind")
        return self.references.names.new(f"delta_{name}" if block.products and not has_kind else f"d{name}")

    def _buffer(self, number: int, deposits: list[Deposit]) -> Formula:
        """The gradient of a block that is read in parts: zeros, to which the parts are added."""
        read = self.references.arrays[number]
        name = self._name_of_gradient(number)
        zeros = pattern("zeros_like({})", "0", (read,), read.shape)
        self.lines += [Line(name, zeros, shape=read.shape), *(added(name, d, read.shape) for d in deposits)]
        return gradient_of(str(read), name, read.shape)

    def _deposit(
        self, reference: AnyReference, value: Formula, through_weights: bool, equation: int = 0
    ) -> None:
        deposit = reference.deposit(value)
        if deposit is None:
            return
        if deposit.target == PARAMETERS:
            self.parameters.add(deposit, equation)
            return
        assert isinstance(deposit.target, int)
        if self.found.blocks[deposit.target].is_trained:
            arrived = self.arrived.setdefault(deposit.target, Arrived())
            arrived.deposits.append(deposit)
            arrived.through_weights |= through_weights

    def _operation(self, number: int, block: Block) -> None:
        assert block.operation is not None
        y = self.references.arrays[number]
        flag = self.arrived[number].through_weights
        whole = self.forward.reads.get((number, -1))
        if whole is not None:
            self._over_rows(number, block, whole)
            return
        reads = [self.forward.reads[number, k] for k in range(len(block.operands))]
        if self.forward.plan.has_axes(number):
            y = reshaped(y, self.forward.plan.forms[number], self.forward.plan.working(number))
        slopes = local_derivatives(block.operation, y, [read.formula for read in reads])
        wanted: dict[AnyReference, list[Formula]] = {}
        for read, slope in zip(reads, slopes):
            if self._is_trained(read):
                wanted.setdefault(read, []).append(slope)
        upstream = self._working(number, self._gradient(number, len(wanted)))
        for read, parts in wanted.items():
            value = upstream * self.forward.reused(self.definitions.summed(parts))
            if block.is_batch and self._has_no_batch(read) and not read.sums_examples:
                value = sum_examples(value, EXAMPLES)
            self._deposit(read, value, flag)

    def _softmax(self, number: int, block: Block, softmax: Softmax) -> None:
        """∂C/∂z = p ⊙ (∂C/∂p − Σ p ∂C/∂p), or of −c log Σ y p that is c (p − y p / Σ y p)."""
        plan, arrived = self.forward.plan, self.arrived[number]
        form = plan.working(number)
        p = reshaped(self.references.arrays[number], plan.forms[number], form)
        added_up = partial(along, "sum", form=form, dims=softmax.dims, axes=softmax.axes)
        first = arrived.deposits[0]
        is_whole = len(arrived.deposits) == 1 and not first.index and not first.scatter
        target = picked(p, first.value, self.forward.reused, added_up) if is_whole else None
        if target is not None:
            value = -first.value.first.first * (p - self.definitions.new("Y", target))
        else:
            upstream = self._working(number, self._gradient(number, 2))
            value = p * (upstream - self.forward.reused(added_up(upstream * p)))
        value = reshaped(broadcast(value, form), form, plan.forms[softmax.shifted])
        deposit = Deposit(softmax.shifted, value)
        self.arrived[softmax.shifted] = Arrived([deposit], arrived.through_weights)

    def _working(self, number: int, gradient: Formula) -> Formula:
        """A gradient in the form in which the block was computed, 0 in holes that were filled."""
        plan, block = self.forward.plan, self.found.blocks[number]
        if not plan.has_axes(number):
            return gradient
        array, working = plan.forms[number], plan.working(number)
        if gradient.shape and array != working:
            gradient = reshaped(broadcast(gradient, array), array, working)
        if number in plan.filled and block.operation is not rules.exp:  # there the slope, which is y, is 0
            gradient = broadcast(gradient, working)
            mask = self.forward.axes.mask(block)
            gradient = pattern(f"where({mask}, {{}}, 0.0)", "{}", (gradient,), working.shape)
        return gradient

    def _over_rows(self, number: int, block: Block, read: AnyReference) -> None:
        """An operation on all rows of a block: one derivative for all, if it has one for arrays."""
        assert block.operation is not None
        y, rows = self.references.arrays[number], read.formula
        parts = [symbol(f"_term{k}", shape=(1, "N")) for k in range(rows.shape[0])]  # type: ignore[arg-type]
        slopes = local_derivatives(block.operation, y, parts)
        if any(isinstance(slope.value, Unread) for slope in slopes):
            stacked = Formula("call", (y, rows), RowSlopes(block.operation), rows.shape)
            upstream = self._gradient(number, 1)
            self._deposit(read, upstream * stacked, self.arrived[number].through_weights)
            return
        first = slopes[0]
        alike = all(slope.same(first.replace(parts[0], part)) for slope, part in zip(slopes, parts))
        alike = alike and not any(part.same(other) for part in first.walk() for other in parts[1:])
        upstream = self._gradient(number, 1 if alike else len(parts))
        if alike:
            slope = self.forward.reused(first.replace(parts[0], rows))
            self._deposit(read, upstream * slope, self.arrived[number].through_weights)
            return
        assert isinstance(read.target, int)
        for k, slope in enumerate(slopes):
            for j, part in enumerate(parts):
                row = pattern(f"{{}}[{j}:{j + 1}]", "{}", (rows,), (1, "N"))
                slope = slope.replace(part, row)
            one = Reference(rows, "slice", read.target, f"{k}:{k + 1}")
            self._deposit(one, upstream * slope, self.arrived[number].through_weights)

    def _is_trained(self, read: AnyReference) -> bool:
        target = read.target
        return target is not None and (target == PARAMETERS or self.found.blocks[int(target)].is_trained)

    def _has_no_batch(self, read: AnyReference) -> bool:
        return read.target == PARAMETERS or not self.found.blocks[int(read.target or 0)].is_batch

    def _sum(self, number: int, block: Block) -> None:
        flag = self.arrived[number].through_weights
        uses = len(block.terms) + bool(block.offsets)
        delta = self._working(number, self._gradient(number, uses, is_full=bool(block.products)))
        for k in range(len(block.products)):
            self._product(number, k, block, delta)
        if block.offsets and self._is_trained(offset := self.forward.reads[number, -1]):
            value = delta if offset.sums_examples else sum_examples(delta, EXAMPLES)
            self._deposit(offset, value, flag, equation=4 if block.products else 0)
        for k, rows in enumerate(block.terms):
            product = self.forward.matrix_products.get((number, 2 * len(block.products) + k))
            if product is not None:
                self._matrix_product(number, product, delta, flag)
                continue
            read = self.forward.reads[number, 2 * len(block.products) + k]
            if self._is_trained(read):
                is_list = isinstance(read, Reference)
                self._deposit(read, self._spread(delta, rows, read) if is_list else delta, flag)

    def _product(self, number: int, k: int, block: Block, delta: Formula) -> None:
        weights = self.forward.reads[number, 2 * k]
        if (number, k) in self.forward.picked:
            self._deposit(weights, self.forward.picked[number, k].gradient(delta), True, equation=3)
            return
        sources = self.forward.reads[number, 2 * k + 1]
        values = self.forward.gathered.get((number, k), sources.formula)
        if block.is_sparse:
            count = len(block.products[k].sources) * len(block.products[k].sources[0])
            of_weights = pattern(
                "({} @ {}[:, :, None])[:, :, 0]", "{} {}", (values, delta), weights.formula.shape
            )
            template = f"({{}}[:, :, None] * {{}}[:, None]).reshape({count}, -1)"
            of_sources = pattern(template, "{} {}", (weights.formula, delta), (count, "N"))
        else:
            of_weights, of_sources = delta @ transposed(values), transposed(weights.formula) @ delta
        self._deposit(weights, of_weights, True, equation=3)
        if self._is_trained(sources):
            self._deposit(sources, of_sources, True)

    def _matrix_product(self, number: int, product: MatrixProduct, delta: Formula, flag: bool) -> None:
        working = self.forward.plan.working(number)

        def named(value: Formula) -> Formula:
            of = str(self.references.arrays[number])
            name = gradient_of(of, self._name_of_gradient(number), value.shape)
            self.lines.append(Line(str(name), value, shape=value.shape))
            return name

        value = reshaped(broadcast(delta, working), working, product.form)
        trained = [k for k, factor in enumerate(product.factors) if self._is_trained(factor)]
        matrices = as_matrices(product.axes, value, product.axes.result, named, len(trained) == 1)
        for k in trained:
            self._deposit(product.factors[k], product.gradient(k, matrices), flag)

    def _spread(self, delta: Formula, rows: list[list[int]], read: AnyReference) -> Formula:
        """The gradient of each term of a sum."""
        width = len(rows[0])
        if width == 1 or len(rows) == 1 or not delta.shape or delta.shape[0] == 1:
            return delta
        shape: Shape = (len(rows) * width, *delta.shape[1:])
        value = pattern(f"repeat({{}}, {width}, axis=0)", "{}", (delta,), shape)
        own = read.shape if isinstance(read, Reference) else ()
        return pattern(f"{{}}.reshape{own}", "{}", (value,), own) if own not in ((), shape) else value
