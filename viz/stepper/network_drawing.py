"""Draws a network for the page, on a grid: a column for each layer, neuron 1 on top.

A neuron is two boxes, a above z, in the order in which the error passes: what is sent back arrives at a as
∂C/∂a, is multiplied by the slope σ′(z), and is δ at z. Layers of many neurons are drawn as small boxes
without text.
"""

from __future__ import annotations

from collections.abc import Sequence

from minigrad import Value
from minigrad.debugger.looks import partner
from minigrad.debugger.names import places
from minigrad.journal import Journal
from minigrad.symbols.numerals import RESULT_DIGITS, shown
from nn.delta.delta_table import Row, slope_digits
from nn.delta.notation import layer_number
from viz.drawing.grid import Box, place_labels
from viz.drawing.typography import width
from viz.stepper.drawing import HEIGHT, WIDTH, Drawing, label, line, node_box, weight_label
from viz.stepper.recording import Recording
from viz.stepper.words import Words, kind_of, named

MOST_WITH_TEXT = 5  # neurons of a layer whose boxes have text
MOST_LABELS = 4  # edges between two layers whose weights are always written
SLOPE_GAP, ROW_GAP, TOP = 30.0, 26.0, 34.0
SMALL = (26.0, 13.0)  # the size of a box without text
STACK = 16  # small boxes, one below the other

Column = list[list[Value]]  # from top to bottom the nodes of each row, themselves from top to bottom


def draw_network(journal: Journal, rows: Sequence[Row], recording: Recording, words: Words) -> Drawing:
    """The network whose δ are the rows of a table: inputs, layers, cost."""
    columns, number = _columns(journal, rows), recording.number
    drawing = Drawing()
    height = max(_height(column) for column in columns)
    x = 8.0
    for index, column in enumerate(columns):
        if index:
            x += _gap(columns[index - 1], column, index == len(columns) - 1)
        x = _place(drawing, column, x, TOP + height / 2, number, words)
    drawing.width, drawing.height = x + 8.0, TOP + height + 10.0
    drawing.stands_for = _stand_ins(journal, drawing)
    labels = [
        *_headings(drawing, columns, words),
        *_edges(journal, drawing, number, words, _slopes(rows, recording)),
    ]
    drawing.parts = [*labels, *drawing.parts]
    return drawing


def _columns(journal: Journal, rows: Sequence[Row]) -> list[Column]:
    inputs = sorted((node for node in journal.order if kind_of(node) == "x"), key=_neuron)
    layers: dict[int, Column] = {}
    for row in sorted(rows, key=lambda row: (row.layer, row.neuron)):
        nodes = [row.z] if row.a is None or row.a is row.z else [row.a, row.z]
        layers.setdefault(row.layer, []).append(nodes)
    found = places(journal)
    cost = [node for node in journal.nodes if node not in found]
    shown_cost = cost if len(cost) <= 2 else [journal.root]
    inputs_column = [[[node] for node in inputs]] if inputs else []
    return [*inputs_column, *layers.values(), [shown_cost] if shown_cost else [[journal.root]]]


def _neuron(node: Value) -> int:
    label = named(node)
    return label.neuron if label is not None else 0


def _is_small(column: Column) -> bool:
    return len(column) > MOST_WITH_TEXT


def _height(column: Column) -> float:
    if _is_small(column):
        return min(len(column), STACK) * (SMALL[1] + 5)
    return len(column) * (_row_height(column) + ROW_GAP) - ROW_GAP


def _row_height(column: Column) -> float:
    count = max(map(len, column))
    return count * HEIGHT + (count - 1) * SLOPE_GAP


def _gap(left: Column, right: Column, last: bool) -> float:
    return 48.0 if last else 150.0 if len(left) * len(right) <= MOST_LABELS else 120.0


def _place(
    drawing: Drawing, column: Column, x: float, middle: float, number: dict[Value, int], words: Words
) -> float:
    """Put the boxes of a column at x; returns the x of its right side."""
    top, most = middle - _height(column) / 2, max(map(len, column))
    right = x
    for index, nodes in enumerate(column):
        for part, node in enumerate(nodes, start=most - len(nodes)):
            if _is_small(column):
                stack, below = divmod(index, STACK)
                before = stack * most + most - 1 - part
                across = x + before * SMALL[0] + stack * 6 + SMALL[0] / 2
                box = Box(across, top + below * (SMALL[1] + 5) + SMALL[1] / 2, *SMALL)
            else:
                down = index * (_row_height(column) + ROW_GAP) + part * (HEIGHT + SLOPE_GAP)
                box = Box(x + WIDTH / 2, top + down + HEIGHT / 2, WIDTH, HEIGHT)
            drawing.boxes[node] = box
            drawing.parts.append(node_box(node, box, number[node], words, _is_small(column)))
            right = max(right, box.right)
    return right


def _headings(drawing: Drawing, columns: list[Column], words: Words) -> list[str]:
    first = layer_number(0, words.notation)
    texts = []
    for column in columns:
        boxes = [drawing.boxes[node] for nodes in column for node in nodes]
        x = (min(box.left for box in boxes) + max(box.right for box in boxes)) / 2
        layer = getattr(column[0][0].label, "layer", None)
        heading = (
            "cost" if layer is None else f"input, layer {first}" if not layer else f"layer {first + layer}"
        )
        count = f": {len(column)}" if _is_small(column) else ""
        texts.append(label(x, 14, heading + count, kind="heading"))
    return texts


def _slopes(rows: Sequence[Row], recording: Recording) -> dict[tuple[Value, Value], str]:
    """What stands between the a and the z of a neuron: σ′ so that ∂C/∂a times it is δ as printed, or Jᵀ."""
    texts = {}
    for row in rows:
        if row.a is None or row.a is row.z:
            continue
        if row.coupled:
            texts[row.a, row.z] = "Jᵀ"
        elif row.slope_step:
            error, delta = shown(row.a.grad, recording.digits[row.a]), shown(row.z.grad)
            digits = slope_digits(error, row.slope, delta, RESULT_DIGITS) or RESULT_DIGITS
            texts[row.a, row.z] = f"σ′ = {shown(row.slope, digits)}"
    return texts


def _edges(
    journal: Journal,
    drawing: Drawing,
    number: dict[Value, int],
    words: Words,
    slopes: dict[tuple[Value, Value], str],
) -> list[str]:
    """Draw the lines between the boxes, with labels: slopes within neurons, weights where there is room."""
    labels = []
    gaps: dict[float, list[tuple[Value, Value, str]]] = {}
    for (node, operand), weight in _links(journal, drawing).items():
        here, there = drawing.boxes[node], drawing.boxes[operand]
        ends = (number[node], number[operand])
        if abs(here.x - there.x) < 1 and here.height == HEIGHT:
            start, end = (there.top, here.bottom) if here.y < there.y else (there.bottom, here.top)
            drawing.lines.append(line((there.x, start), (here.x, end), ends))
            if (node, operand) in slopes:
                text = slopes[node, operand]
                labels.append(label(here.x + 10, (start + end) / 2, text, "start", "label"))
        elif here.width == WIDTH or there.width == WIDTH:
            if weight is not None:
                text = f"{words.text(weight)} {shown(weight.data, 2)}"
                gaps.setdefault(here.x, []).append((node, operand, text))
            drawing.lines.append(line((there.right, there.y), (here.left, here.y), ends))
    for edges in gaps.values():
        if len(edges) <= MOST_LABELS:
            labels += _weights(edges, drawing, number)
    return labels


def _links(journal: Journal, drawing: Drawing) -> dict[tuple[Value, Value], Value | None]:
    """The pairs of boxes that an edge connects, once each, with its weight, if any."""
    links: dict[tuple[Value, Value], Value | None] = {}
    for node in journal.nodes:
        box = drawing.stands_for.get(node, node)
        for place, operand in enumerate(node.operands):
            other = drawing.stands_for.get(operand, operand)
            if box is other or box not in drawing.boxes or other not in drawing.boxes:
                continue
            weight = partner(node, place)
            is_weight = weight is not None and kind_of(weight) == "w"
            links.setdefault((box, other), weight if is_weight else None)
    return links


def _weights(edges: list[tuple[Value, Value, str]], drawing: Drawing, number: dict[Value, int]) -> list[str]:
    ways = [
        (
            (drawing.boxes[operand].right, drawing.boxes[operand].y),
            (drawing.boxes[node].left, drawing.boxes[node].y),
        )
        for node, operand, _ in edges
    ]
    sizes = [(width(text, 12) + 4, 15.0) for *_, text in edges]
    boxes = place_labels(ways, sizes, drawing.boxes.values())
    return [
        weight_label(box, text, (number[node], number[operand]))
        for box, (node, operand, text) in zip(boxes, edges, strict=True)
    ]


def _stand_ins(journal: Journal, drawing: Drawing) -> dict[Value, Value]:
    """The box for nodes that are not drawn: z for products in a neuron, the root for nodes of the cost."""
    found = places(journal)
    z = {found[node]: node for node in journal.nodes if kind_of(node) == "z"}
    stand_ins: dict[Value, Value] = {}
    for node in journal.order:
        if node in drawing.boxes or (not node.operands and kind_of(node) in ("", "w")):
            continue
        stand_ins[node] = z.get(found.get(node, (0, 0)), journal.root)
    return stand_ins
