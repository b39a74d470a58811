"""Explanations: symbols, numbers and result agree with the graph, in text, LaTeX and MathML."""

import io
import math
import operator
import random
import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest
from matplotlib import mathtext
from picture_networks import document_001

from minigrad import (
    Value,
    dot,
    exp,
    log,
    operation,
    relu,
    rules,
    sigmoid,
    sin,
    tanh,
    topological_order,
    total,
)
from minigrad.symbols.numerals import compact
from nn import MLP, mean, squared_error, trace
from viz import explain, graph
from viz.explanation.ledger import consumers_of, efficiency, ledger, paths


def evaluate(line):
    """The number that a printed line of numbers gives, read as a pocket calculator would."""
    arithmetic = line.replace("·", "*").replace("−", "-").replace("^", "**").replace("…", "")
    assert re.fullmatch(r"[-+*/()\d.e\s]*", arithmetic), line
    return eval(arithmetic)


def sides(text):
    """The sides of an explanation's equation: after the first =, one a line."""
    lines = [line for line in text.splitlines() if re.match(r"(\S.*| +)= ", line) and "with" not in line]
    return [re.split(r"(?:^ +|  | )= ", line)[-1] for line in lines]


def squared(x, y):
    return x**2


def bounded_exponential(x, y):
    return exp(tanh(x))


def quotient(x, y):
    return y / (x * x + 1.0)


def neuron(x, y):
    return dot([x, y], [y, 1.5], 0.5)


def sum_of_three(x, y):
    return total([x, y, 2.0])


BINARY = (
    operator.mul,
    operator.add,
    operator.sub,
    squared,
    bounded_exponential,
    quotient,
    neuron,
    sum_of_three,
)
UNARY = (sin, tanh, sigmoid, relu)


def random_cost(seed):
    """A random cost of two leaves, of arithmetic and functions whose domain is all numbers."""
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-2, 2), label="a"), Value(rng.uniform(-2, 2), label="b")]
    for number in range(6):
        x, y = rng.choice(nodes), rng.choice(nodes)
        node = rng.choice(UNARY)(x) if rng.random() < 0.35 else rng.choice(BINARY)(x, y)
        node.label = rng.choice(["", "", f"v{number}"])
        nodes.append(node)
    cost = nodes[-1] * nodes[-2] + nodes[-3]
    cost.label = "C"
    cost.backward()
    return cost


# --- what the documents say -----------------------------------------------------------------------------


def test_a_hidden_delta_is_explained_by_equation_2():
    traced, _ = document_001()
    text = explain(traced.z[1][0], traced.cost).text
    assert text.startswith("δ₁⁽¹⁾ = ∂C/∂z₁⁽¹⁾ = (w₁₁⁽²⁾ · δ₁⁽²⁾ + w₂₁⁽²⁾ · δ₂⁽²⁾) · σ′(z₁⁽¹⁾)\n")
    assert "with σ′(z₁⁽¹⁾) = a₁⁽¹⁾ · (1 − a₁⁽¹⁾)" in text


def test_the_last_delta_is_explained_by_the_cost():
    traced, _ = document_001()
    assert explain(traced.z[3][0], traced.cost).text.startswith("δ₁⁽³⁾ = ∂C/∂z₁⁽³⁾ = 2 · (z₁⁽³⁾ − (−1))\n")


def test_a_weight_is_explained_by_delta_times_activation_and_a_bias_by_delta():
    traced, _ = document_001()
    neuron = traced.model.layers[1].neurons[1]
    assert explain(neuron.w[1], traced.cost).text.startswith("∂C/∂w₂₂⁽²⁾ = δ₂⁽²⁾ · a₂⁽¹⁾\n")
    assert explain(neuron.b, traced.cost).text.startswith("∂C/∂b₂⁽²⁾ = δ₂⁽²⁾\n")


def test_a_network_of_elementary_operations_has_the_same_equations():
    plain = trace(MLP(3, [2, 2, 1], "tanh", seed=4), [0.1, 0.7, -0.4], y=1.0)
    elementary = trace(MLP(3, [2, 2, 1], "tanh", seed=4, elementary=True), [0.1, 0.7, -0.4], y=1.0)
    plain.backward()
    elementary.backward()
    for l in (1, 2, 3):
        for j in range(plain.model.sizes[l]):
            first = explain(plain.z[l][j], plain.cost).text.splitlines()[0]
            assert explain(elementary.z[l][j], elementary.cost).text.splitlines()[0] == first


@pytest.mark.parametrize(
    ("notation", "line"),
    [
        ("000", "∂E/∂θ₂₂⁽³⁾ = δ₂⁽³⁾ · a₂⁽²⁾"),
        ("001", "∂C/∂w₂₂⁽²⁾ = δ₂⁽³⁾ · a₂⁽²⁾"),
        ("002", "∂C/∂w₂₂⁽²⁾ = δ₂⁽²⁾ · a₂⁽¹⁾"),
    ],
)
def test_every_document_finds_its_own_letters(notation, line):
    traced, _ = document_001()
    weight = traced.model.layers[1].neurons[1].w[1]
    assert explain(weight, traced.cost, notation=notation).text.splitlines()[0] == line


# --- the numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_printed_numbers_give_the_printed_gradient_for_random_graphs(seed):
    cost = random_cost(seed)
    for node in topological_order(cost):
        if not node.label or node is cost:
            continue
        explanation = explain(node, cost)
        _, *others = sides(explanation.text)
        result = compact(node.grad)
        assert others[-1] == result
        for line in others[:-1]:
            if not re.search(r"[a-zσ…]", re.sub(r"\de", "", line)):  # functions have no pocket calculator
                assert compact(evaluate(line)) == result, explanation.text


def test_printed_numbers_of_every_node_of_the_documents_network_multiply_out():
    traced, _ = document_001()
    checked = 0
    for node in topological_order(traced.cost)[:-1]:
        if node.label:
            for line in sides(explain(node, traced.cost).text)[1:]:
                assert compact(evaluate(line)) == compact(node.grad)
                checked += 1
    assert checked >= 50


def test_many_consumers_are_abridged_to_a_sum_that_is_still_right():
    model = MLP(2, [1], seed=0)
    cost = mean([squared_error(model([x / 10, 1.0]), 0.5) for x in range(20)])
    cost.label = "C"
    cost.backward()
    explanation = explain(model.layers[0].neurons[0].w[0], cost)
    assert "… 14 more" in explanation.text
    assert compact(evaluate(sides(explanation.text)[1])) == compact(model.layers[0].neurons[0].w[0].grad)


# --- LaTeX and MathML -----------------------------------------------------------------------------------


def compiles(latex):
    """Set by matplotlib's TeX, which stops at what it does not know."""
    mathtext.math_to_image(f"${latex}$", io.BytesIO(), format="svg")


def latex_number(line):
    """The number that a line of LaTeX gives."""
    for tex, plain in (
        (r"\cdot 10^", "* 10 ** "),
        (r"\left(", "("),
        (r"\right)", ")"),
        (r"\cdot", "*"),
        (r"\,", "*"),
    ):
        line = line.replace(tex, plain)
    line = line.replace("{", "(").replace("}", ")").lstrip("= ")
    assert re.fullmatch(r"[-+*/()\d.\s]*", line), line
    return eval(line)


def test_latex_of_every_node_compiles_line_by_line_and_multiplies_out():
    traced, _ = document_001()
    for node in topological_order(traced.cost)[:-1]:
        if not node.label:
            continue
        explanation = explain(node, traced.cost)
        lines = explanation.latex_lines
        for line in lines:
            compiles(line)
        for line in lines[1 : len(lines) - len(explanation.notes)]:
            assert compact(latex_number(line)) == compact(node.grad)


@pytest.mark.parametrize("seed", range(20))
def test_latex_of_random_graphs_compiles_line_by_line_and_ends_with_the_gradient(seed):
    cost = random_cost(seed)
    for node in topological_order(cost):
        if node.label:
            explanation = explain(node, cost)
            lines = explanation.latex_lines
            for line in lines:
                if "cases" not in line:  # which matplotlib's TeX does not know; pdflatex does
                    compiles(line)
            last = lines[len(lines) - len(explanation.notes) - 1]
            assert compact(latex_number(last.rpartition("=")[2])) == compact(node.grad)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on the PATH to compile with")
def test_latex_blocks_compile_with_latex(tmp_path):
    traced, _ = document_001()
    odd = Value(2.0, label="a_b%\\<&>~^$#{}") * 2.0
    odd.label = "C"
    odd.backward()
    costs = [traced.cost, odd, *(random_cost(seed) for seed in range(12))]
    blocks = [
        f"\\[ {explain(node, cost).latex} \\]"
        for cost in costs
        for node in topological_order(cost)
        if node.label
    ]
    assert any("cases" in block for block in blocks)
    page = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n%s\n\\end{document}\n"
    (tmp_path / "all.tex").write_text(page % "\n".join(blocks), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert finished.returncode == 0, finished.stdout.decode(errors="replace")[-1500:]


def test_labels_with_what_latex_and_mathml_reserve_are_text():
    label = r"a_b%\<>#$"
    x = Value(2.0, label=label)
    y = x * x
    y.label = "C"
    y.backward()
    explanation = explain(x, y)
    for line in explanation.latex_lines:
        compiles(line)
    assert label in "".join(ElementTree.fromstring(explanation.mathml).itertext())


def mathml_sides(mathml):
    """The right sides of a MathML explanation, as text."""
    rows = [e for e in ElementTree.fromstring(mathml).iter() if e.tag.endswith("mtr")]
    return ["".join(list(row)[1].itertext()).lstrip("=") for row in rows]


def test_mathml_of_every_node_is_well_formed_and_multiplies_out():
    traced, _ = document_001()
    for node in topological_order(traced.cost)[:-1]:
        if not node.label:
            continue
        explanation = explain(node, traced.cost)
        found = mathml_sides(explanation.mathml)
        for side in found[1 : len(found) - len(explanation.notes)]:
            arithmetic = re.sub(r"·10−(\d+)", r"e-\1", side).replace("\u2062", "*")
            assert compact(evaluate(arithmetic)) == compact(node.grad)


# --- ledger and paths -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_the_ledger_adds_up_to_the_gradient_and_so_do_the_paths(seed):
    cost = random_cost(seed)
    consumers = consumers_of(topological_order(cost))
    for node in topological_order(cost)[:-1]:
        if node.op is rules.constant:
            continue  # the gradient of an exponent may be nan
        entries = ledger(node, consumers)
        scale = math.fsum(abs(entry.contribution) for entry in entries)
        # sums of a few products, in another order than the pass took them
        assert abs(entries[-1].running - node.grad) <= 1e-13 * scale
        found = paths(node, cost, consumers, limit=10_000)
        products = [path.product for path in found]
        assert abs(math.fsum(products) - node.grad) <= 1e-12 * math.fsum(map(abs, products))
        counted = efficiency(node, cost)
        assert counted.paths == len(found)
        assert counted.edges_on_paths == sum(len(path.local_derivatives) for path in found)


def test_paths_are_exponentially_many_where_edges_are_few():
    x = node = Value(1.0, label="x")
    for _ in range(60):
        node = node + node
    node.backward()
    counted = efficiency(x, node)
    assert (counted.paths, counted.edges_visited) == (2**60, 120)
    text = explain(x, node, with_paths=True, most_paths=3).text
    assert f"… {2**60 - 3:,} paths more" in text
    assert "backward() visits 120 edges" in text


def test_every_path_of_document_001s_example_is_printed_and_multiplies_out():
    traced, _ = document_001()
    explanation = explain(traced.a[0][0], traced.cost, with_paths=True)
    lines = [line for line in explanation.text.splitlines() if "→" in line]
    assert len(lines) == 4
    for line in lines:
        factors, result = line.split(":  ")[1].split(" = ")
        assert compact(evaluate(factors)) == result
    assert explanation.efficiency.edges_visited == 40
    assert explanation.efficiency_of_leaves.edges_on_paths == 288


# --- what cannot be explained ---------------------------------------------------------------------------


def test_errors_say_what_is_missing():
    x = Value(1.0, label="x")
    y = x * 2.0
    with pytest.raises(ValueError, match="no backward pass"):
        explain(x, y)
    y.backward()
    with pytest.raises(ValueError, match="no part of the graph"):
        explain(Value(1.0, label="stranger"), y)
    assert explain(y, y).text.endswith("= 1.0000")


def test_an_operation_whose_row_takes_numbers_only_is_named_by_its_fraction():
    @operation(value=math.cbrt, symbol="∛")
    def cube_root(y, x):
        return (1.0 / (3.0 * math.pow(y, 2)),)

    x = Value(8.0, label="x")
    y = cube_root(x)
    y.label = "y"
    y.backward()
    assert explain(x, y).text.splitlines()[0] == "∂y/∂x = ∂y/∂x"


def test_a_domain_of_logarithms_is_explained_too():
    x = Value(2.0, label="x")
    y = log(x)
    y.label = "y"
    y.backward()
    assert explain(x, y).text.splitlines() == ["∂y/∂x = 1 / x", "      = 1 / 2", "      = 0.5000"]


def test_what_earlier_passes_left_is_told_and_not_added_up_wrongly():
    x = Value(2.0, label="x")
    y = x * x
    for _ in range(2):  # without setting x.grad to 0
        y.backward()
    lines = explain(x, y).text.splitlines()
    assert [line.split("= ")[-1] for line in lines[:3]] == ["x + x", "2 + 2", "4.0000"]
    assert "but its grad is 8" in lines[3]
    x.grad = 0.0
    assert "but its grad is 0" in explain(x, y).text
    y.backward()
    assert "but its grad" not in explain(x, y).text


def test_gradients_that_were_set_by_hand_are_shown():
    a = Value(2.0, label="a")
    loss = a * 3
    loss.label = "L"
    loss.grad, a.grad = 1.0, 3.0
    assert repr(a) == "Value(2, grad 3, a)"
    svg = graph(loss).svg
    assert "?" not in svg
    assert "No backward pass" not in svg
