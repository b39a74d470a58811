"""Matrices emerge from a scalar graph: document 001's network, from single numbers to W @ A, step by step.

    python examples/emerging_matrices.py

The network is recorded with + and × alone, for one example, and then goes through the steps of the compiler.
The last step draws the blocks into out/emerging_matrices.svg, or a file of your choice.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import graphviz
import numpy as np
from rendering import run_graphviz

import minigrad
from minigrad import Value, topological_order
from minigrad.compiler.lines.program_lines import Lines, lines_of
from minigrad.compiler.reading.blocks import Block, Blocks
from minigrad.compiler.reading.fuse import fuse
from minigrad.compiler.reading.graph import Graph, read
from minigrad.compiler.reading.grouping import find_blocks
from minigrad.compiler.reading.sums import Fused
from nn import MLP, squared_error


def record() -> tuple[MLP, Value, list[Value]]:
    """The cost of one example: (model, cost, inputs), the target being the last input."""
    model = MLP(4, [2, 2, 1], "sigmoid", bias=[True, True, False], seed=0, elementary=True)
    x = [Value(0.1 * k, label=f"x{k}") for k in range(1, 5)]
    y = Value(1.0, label="y")
    return model, squared_error(model(x), [y]), [*x, y]


def show_graph(cost: Value) -> None:
    """Step 1: what was recorded."""
    nodes = topological_order(cost)
    counts = Counter(str(node.op) for node in nodes if node.operands)
    operations = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    print(f"1  Recorded: {len(nodes)} numbers, of which {sum(counts.values())} were computed: {operations}")


def show_reading(graph: Graph) -> None:
    """Step 2: the graph as numbered nodes."""
    leaves = (
        f"{len(graph.columns)} inputs, {len(graph.parameters)} parameters, {len(graph.numbers)} constant(s)"
    )
    print(f"2  Read: {leaves}; {sum(graph.is_batch)} nodes differ from example to example")


def show_sums(fused: Fused) -> None:
    """Step 3: sums of products, with the labels of what they are made of."""
    labels = fused.graph.labels
    print(f"3  Fused: {len(fused.sums)} sums of products w · x, however + and × were nested")
    for node, parts in fused.sums.items():
        products = " + ".join(f"{labels[w]}·{labels[x]}" for w, x in parts.products)
        offset = "" if parts.offset is None else f" + {labels[parts.offset]}"
        print(f"      {labels[node]} = {products}{offset}")


def show_blocks(lines: Lines) -> None:
    """Step 4: rows of arrays."""
    found = lines.found
    print(
        f"4  Grouped: {len(found.blocks)} blocks; rows of one level, one rule, one role, from the same blocks"
    )
    for number, block in enumerate(found.blocks):
        sources = ", ".join(sorted({name_of(lines, source) for source in sources_of(found, block)}))
        made = "input" if block.is_leaf else f"{rule_of(block)} of {sources}"
        rows = ", ".join(filter(None, (str(found.graph.labels[node]) for node in block.nodes)))
        print(f"      {name_of(lines, number):<6} {len(block.nodes)} row(s)  {made:<24} {rows}")


def sources_of(found: Blocks, block: Block) -> set[int]:
    """The blocks that a block reads."""
    nodes = [node for product in block.products for row in product.sources for node in row]
    nodes += [node for rows in block.terms for row in rows for node in row]
    nodes += [node for operand in block.operands for node in operand]
    return {found.place[node][0] for node in nodes if node in found.place}


def rule_of(block: Block) -> str:
    """What a block does, in a word."""
    if block.operation is not None:
        return block.operation.name
    return "sum of products" if block.products else "sum"


def name_of(lines: Lines, number: int) -> str:
    """The name of a block's array."""
    return str(lines.references.arrays[number])


def picture(lines: Lines) -> graphviz.Digraph:
    """The blocks as boxes with their rows; a thick arrow is a matrix product, named after its matrix."""
    found = lines.found
    drawing = graphviz.Digraph(
        graph_attr={"rankdir": "LR"}, node_attr={"shape": "box", "fontname": "sans-serif"}
    )
    drawing.attr("edge", fontname="sans-serif")
    matrices = iter(array.name for array in lines.layout.arrays if array.name.startswith("W"))
    for number, block in enumerate(found.blocks):
        name = name_of(lines, number)
        what = "input" if block.is_leaf else rule_of(block)
        drawing.node(name, f"{name}\n{len(block.nodes)} × N\n{what}")
        for source in sorted(sources_of(found, block)):
            style = {"label": next(matrices), "penwidth": "3"} if block.products else {}
            drawing.edge(name_of(lines, source), name, **style)
    return drawing


def main(target: str = "out/emerging_matrices.svg") -> None:
    """Print the steps, and draw the blocks."""
    model, cost, inputs = record()
    show_graph(cost)
    graph, _ = read(topological_order(cost, as_recorded=True), inputs, model.parameters())
    show_reading(graph)
    fused = fuse(graph)
    show_sums(fused)
    lines = lines_of(find_blocks(fused))
    show_blocks(lines)
    program = minigrad.compile(cost, inputs, model.parameters())
    print("5  Emitted: nobody told the compiler of layers or of the four equations\n")
    print(program.source)
    for equation in program.equations():
        print(f"      {equation}")
    batch = np.array([[value.data for value in inputs]])
    cost.backward()
    by_graph = np.array([value.grad for value in program.parameters])
    difference = np.max(np.abs(program.gradient(batch)[1] - by_graph))
    agree = "agree" if difference <= 1e-12 else "differ"
    print(f"\n6  The gradient of the program and that of the scalar graph {agree} to 1e-12")
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(run_graphviz(picture(lines).source, "svg"), encoding="utf-8")
    print(f"7  The blocks are drawn in {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
