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

from dataclasses import dataclass, field

from minigrad import rules
from minigrad.compiler.lines.forward import Forward, Line, summed
from minigrad.compiler.lines.names import array
from minigrad.compiler.lines.operands import AnyReference
from minigrad.compiler.lines.references import (
    PARAMETERS,
    Deposit,
    Reference,
    pattern,
    sum_examples,
    transposed,
)
from minigrad.compiler.lines.views import EXAMPLES, broadcast, reshaped
from minigrad.compiler.reading.blocks import Block, Product
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
        self.lines: list[Line] = []
        self.arrived: dict[int, Arrived] = {}
        self.begun: dict[int, bool] = {}  # arrays with a gradient: whether it is a new array of their own
        self.touched: set[int] = set()  # arrays that an index into all of them reads

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
            else:
                self._operation(number, block)
        self._divide_all()

    def _gradient(self, number: int, uses: int, is_full: bool = False) -> Formula:
        """The gradient of a block: an expression if it is short and used once, else a name."""
        deposits = self.arrived[number].deposits
        if any(deposit.index or deposit.scatter for deposit in deposits):
            return self._buffer(number, deposits)
        total = self._summed([deposit.value for deposit in deposits])
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

    def _summed(self, parts: list[Formula]) -> Formula:
        return summed(parts, self.lines, self.references.names)

    def _named(self, number: int, total: Formula) -> Formula:
        name = self._name_of_gradient(number)
        block = self.found.blocks[number]
        equation = 0
        if block.products:
            equation = 2 if self.arrived[number].through_weights else 1
        self.lines.append(Line(name, total, equation=equation, shape=total.shape))
        return array(name, total.shape)

    def _name_of_gradient(self, number: int) -> str:
        name = str(self.references.arrays[number])
        if self.found.blocks[number].products and name[0] == "Z":
            return self.references.names.new(f"delta{name[1:]}")
        if self.found.blocks[number].products and not hasattr(self._label(number), "kind"):
            return self.references.names.new(f"delta_{name}")
        return self.references.names.new(f"d{name}")

    def _label(self, number: int) -> str:
        return self.found.graph.labels[self.found.blocks[number].first]

    def _buffer(self, number: int, deposits: list[Deposit]) -> Formula:
        """The gradient of a block that is read in parts: zeros, to which the parts are added."""
        read = self.references.arrays[number]
        name = self._name_of_gradient(number)
        zeros = pattern("zeros_like({})", "0", (read,), read.shape)
        self.lines.append(Line(name, zeros, shape=read.shape))
        for deposit in deposits:
            self._add(name, deposit, read.shape)
        return array(name, read.shape)

    def _add(self, name: str, deposit: Deposit, shape: Shape) -> None:
        """Add to rows of an array that no other name stands for, as it may be done in place."""
        shape = () if deposit.index else shape
        self.lines.append(Line(name, deposit.value, "+=", 0, shape, deposit.index, deposit.scatter))

    def _deposit(
        self, reference: AnyReference, value: Formula, through_weights: bool, equation: int = 0
    ) -> None:
        deposit = reference.deposit(value)
        if deposit is None:
            return
        if deposit.target == PARAMETERS:
            self._deposit_parameters(deposit, equation)
            return
        assert isinstance(deposit.target, int)
        if self.found.blocks[deposit.target].is_trained:
            arrived = self.arrived.setdefault(deposit.target, Arrived())
            arrived.deposits.append(deposit)
            arrived.through_weights |= through_weights

    def _deposit_parameters(self, deposit: Deposit, equation: int) -> None:
        """Assign the gradient of an array of parameters, or add to it after the first time."""
        arrays = [self.references.layout.arrays[number] for number in deposit.arrays]
        index = self.references.constants.get(deposit.index)
        if index is not None and index.ndim == 2:  # an index into all of them, one below the other
            if not self.touched:
                everything = symbol(PARAMETERS)
                self.lines.append(Line(f"d{PARAMETERS}", pattern("zeros_like({})", "0", (everything,), ())))
            self.touched.update(deposit.arrays)
            self._add(f"d{PARAMETERS}", deposit, ())
            return
        (number,), (each,) = deposit.arrays, arrays
        name, zeros = f"d{each.name}", pattern("zeros_like({})", "0", (symbol(each.name),), each.shape)
        assign = "+=" if number in self.begun else "="
        if not deposit.index and not deposit.scatter:
            self.begun[number] = False
            self.lines.append(Line(name, deposit.value, assign, equation, each.shape))
            return
        if not self.begun.get(number, False):
            self.begun[number] = True
            self.lines.append(Line(name, zeros, assign, shape=each.shape))
        self._add(name, deposit, ())

    def _divide_all(self) -> None:
        """Give each array of parameters its part of the gradient of all."""
        for number in sorted(self.touched):
            each = self.references.layout.arrays[number]
            part = f"{{}}[{each.start}:{each.start + each.size}].reshape{each.shape}"
            everything = symbol(f"d{PARAMETERS}", shape=("n",))
            assign = "+=" if number in self.begun else "="
            part_of_all = pattern(part, "{}", (everything,), each.shape)
            self.lines.append(Line(f"d{each.name}", part_of_all, assign, shape=each.shape))

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
            value = upstream * self.forward.reused(self._summed(parts))
            if block.is_batch and self._has_no_batch(read) and not read.sums_examples:
                value = sum_examples(value, EXAMPLES)
            self._deposit(read, value, flag)

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
        if block.offsets:
            offset = self.forward.reads[number, -1]
            if self._is_trained(offset):
                equation = 4 if block.products else 0
                value = delta if offset.sums_examples else sum_examples(delta, EXAMPLES)
                self._deposit(offset, value, flag, equation)
        for k, rows in enumerate(block.terms):
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
        gathered = self.forward.gathered.get((number, k))
        if gathered is not None and block.is_sparse:
            self._sparse_product(block.products[k], weights, sources, gathered.name, delta)
            return
        read = sources.formula if gathered is None else gathered.name
        self._deposit(weights, delta @ transposed(read), True, equation=3)
        if self._is_trained(sources):
            self._deposit(sources, transposed(weights.formula) @ delta, True)

    def _sparse_product(
        self, product: Product, weights: AnyReference, sources: AnyReference, name: Formula, delta: Formula
    ) -> None:
        count = len(product.sources) * len(product.sources[0])
        gradient = pattern("({} @ {}[:, :, None])[:, :, 0]", "{} {}", (name, delta), weights.formula.shape)
        template = f"({{}}[:, :, None] * {{}}[:, None]).reshape({count}, -1)"
        back = pattern(template, "{} {}", (weights.formula, delta), (count, "N"))
        self._deposit(weights, gradient, True, equation=3)
        if self._is_trained(sources):
            self._deposit(sources, back, True)

    def _spread(self, delta: Formula, rows: list[list[int]], read: AnyReference) -> Formula:
        """The gradient of each term of a sum."""
        width = len(rows[0])
        if width == 1 or len(rows) == 1 or not delta.shape or delta.shape[0] == 1:
            return delta
        shape: Shape = (len(rows) * width, *delta.shape[1:])
        value = pattern(f"repeat({{}}, {width}, axis=0)", "{}", (delta,), shape)
        own = read.shape if isinstance(read, Reference) else ()
        return pattern(f"{{}}.reshape{own}", "{}", (value,), own) if own not in ((), shape) else value
