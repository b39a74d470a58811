"""The stepping page, read back from its file: picture, steps, δ table and matrices are those of the pass."""

import json
import re
from html import unescape

from picture_readback import AREA, agrees, box, has_colour, having, largest, read, texts
from traced_networks import layers, weights

from minigrad import Value, rules, topological_order
from nn import Trace


def check_page(root: Value, html: str) -> None:
    """The nodes and the steps of any page; `root` has been through a backward pass of its own."""
    order = topological_order(root)
    data = data_of(html)
    check_nodes(order, data["nodes"])
    check_steps(root, order, data["steps"])
    check_legend(html)


def data_of(html: str) -> dict:
    """What the script is given, its records as dictionaries."""
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html)[1])
    for name in ("nodes", "steps"):
        keys, rows = data[name]["keys"], data[name]["rows"]
        data[name] = [dict(zip(keys, row, strict=True)) for row in rows]
    return data


def scale_of(node: Value) -> tuple:
    """Nodes of one layer and one kind have a scale of their own; of what is in no layer there is one."""
    return getattr(node.label, "layer", 0), getattr(node.label, "kind", "C")


def check_nodes(order: list[Value], nodes: list[dict]) -> None:
    """Each node's data, and the colour of its gradient."""
    members: dict = {}
    for node in order:
        if node.op is not rules.constant:
            members.setdefault(scale_of(node), []).append(node.grad)
    for node, told in zip(order, nodes, strict=True):
        assert agrees(told["data"], node.data)
        if node.op is rules.constant:
            assert told["fill"] == "none"
        else:
            maximum = largest(members[scale_of(node)])
            assert has_colour(told["fill"], node.grad, maximum, AREA["light"]), node


def check_steps(root: Value, order: list[Value], steps: list[dict]) -> None:
    """Each step's product and sum, in the order of the pass."""
    number = {node: index for index, node in enumerate(order)}
    grads = dict.fromkeys(order, 0.0)
    grads[root] = 1.0
    told = iter(steps)
    for node in reversed(order):
        for operand, local in zip(node.operands, node.local_derivatives, strict=True):
            step, contribution = next(told), grads[node] * local
            assert (step["node"], step["operand"]) == (number[node], number[operand])
            if operand.op is not rules.constant:
                after = grads[operand] + contribution
                found = [step[name] for name in ("upstream", "local", "contribution", "before", "after")]
                true = [grads[node], local, contribution, grads[operand], after]
                assert all(map(agrees, found, true)), (found, true)
            grads[operand] += contribution
    assert next(told, None) is None


def check_legend(html: str) -> None:
    """Blue is called negative, orange positive."""
    colours = dict(re.findall(r"--(\w+): (#[0-9A-F]{6})", html.partition("@media")[0]))
    told = re.findall(r'<i style="background:var\(--(\w+)\)"></i>(\w+)', html)
    for name, number in (("negative", -1.0), ("0", 0.0), ("positive", 1.0)):
        variable = next(variable for variable, words in told if words == name)
        assert has_colour(colours[variable], number, 1.0, AREA["light"]), name


# --- what networks have more -----------------------------------------------------------------------------


def check_network_page(traced: Trace, html: str) -> None:
    """The picture of a network, its δ table, and ∂C/∂W of each layer."""
    check_page(traced.cost, html)
    picture = read(re.search(r'<svg id="graph".*?</svg>', html, re.DOTALL)[0])
    number = {node: index for index, node in enumerate(topological_order(traced.cost))}
    check_picture(traced, picture, number)
    check_table(traced, html)
    for layer, matrix in data_of(html)["matrices"].items():
        check_matrix(traced, int(layer), matrix)


def check_picture(traced: Trace, picture, number) -> None:
    """Each node in its box, each weight beside the line that leads from its source to its neuron."""
    boxes = {group.get("id"): box(having(group, "frame")[0]) for group in having(picture, "node")}
    lines = {line.get("id"): line.get("d") for line in having(picture, "edge")}
    words = {group.get("id"): texts(group)[0] for group in having(picture, "weight")}
    titles = {group.get("id"): group.find("title").text for group in having(picture, "node")}
    for node in (node for of_layer in (*traced.z, *traced.a) for node in of_layer):
        name, data = titles[f"n{number[node]}"].split(" = ")
        assert name == node.label.drawn()
        assert agrees(data, node.data)
    for l in layers(traced):
        for (j, k), weight in weights(traced, l).items():
            ends = f"{number[traced.z[l][j - 1]]}-{number[traced.a[l - 1][k - 1]]}"
            start, end = (point.split(",") for point in lines[f"e{ends}"][1:].split(" L"))
            left, right = (boxes[f"n{end}"] for end in reversed(ends.split("-")))
            for point, x, (_, top, _, bottom) in ((start, left[2], left), (end, right[0], right)):
                assert abs(float(point[0]) - x) < 0.1
                assert abs(float(point[1]) - (top + bottom) / 2) < 0.1
            if len(weights(traced, l)) <= 4:
                name, printed = words[f"w{ends}"].split()
                assert name == weight.label.drawn()
                assert abs(float(printed.replace("−", "-")) - weight.data) <= 0.0050001


CELL = re.compile(r'<td[^>]* data-value="([^"]*)"[^>]*><b>\?</b>(?:<small>([^<]*)</small>)?</td>')


def check_table(traced: Trace, html: str) -> None:
    """A row a neuron: what each neuron of the next layer sends back, the sum, the slope, and δ."""
    table = re.search(r"<table id=deltas.*?</table>", html, re.DOTALL)[0]
    found = re.findall(r"<tr[^>]*><th scope=row>(.*?)</th>(.*?)</tr>", table)
    rows = {unescape(name): row for name, row in found}
    assert len(rows) == sum(map(len, traced.z))
    for l in layers(traced):
        for k, (z, a) in enumerate(zip(traced.z[l], traced.a[l], strict=True), 1):
            row = rows[z.label.drawn(kind="delta")]
            *shares, (error, _), (delta, _) = CELL.findall(row)
            assert agrees(error, a.grad)
            assert agrees(delta, z.grad)
            slope = re.search(r"<td class=slope>([^<]*)</td>", row)[1]
            assert agrees(slope, 1.0 if a is z else a.local_derivatives[0])
            if l < traced.depth:
                check_shares(traced, l, k, shares)


def check_shares(traced: Trace, l: int, k: int, shares: list) -> None:
    """w δ of each neuron of the next layer, with the names of both."""
    following = traced.z[l + 1]
    for j, ((printed, small), z) in enumerate(zip(shares, following, strict=True), 1):
        weight = weights(traced, l + 1)[j, k]
        assert small == f"{weight.label.drawn()} {z.label.drawn(kind='delta')}"
        assert agrees(printed, weight.data * z.grad)


def check_matrix(traced: Trace, l: int, matrix: dict) -> None:
    """δ at the left, a on top, and ∂C/∂w where they meet."""
    assert all(agrees(text, a.data) for (_, text), a in zip(matrix["columns"], traced.a[l - 1], strict=True))
    for j, (row, z) in enumerate(zip(matrix["rows"], traced.z[l], strict=True), 1):
        assert row["name"] == z.label.drawn(kind="delta")
        assert agrees(row["delta"], z.grad)
        gradients = [weights(traced, l)[j, k].grad for k in range(1, len(traced.a[l - 1]) + 1)]
        assert all(agrees(text, true) for (text, _), true in zip(row["cells"], gradients, strict=True))
