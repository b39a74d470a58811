"""What the compiler finds: one readable source for every way of writing a network, and the equations."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

import minigrad
from minigrad import Value, dot, logsumexp, total
from minigrad.compiler import Program
from nn import MLP, squared_error

DOCUMENT_001 = """\
from numpy import add, divide, exp, negative


def sigmoid(x):
    result = negative(x)
    exp(result, result)
    add(result, 1.0, result)
    return divide(1.0, result, result)


def gradient(W1, b1, W2, b2, W3, batch):
    X, y = batch[:, :4].T, batch[:, 4:].T       # N examples, one a column
    examples = len(batch)
    Z1 = W1 @ X + b1                            # 2 × N
    A1 = sigmoid(Z1)                            # 2 × N
    Z2 = W2 @ A1 + b2                           # 2 × N
    A2 = sigmoid(Z2)                            # 2 × N
    Z3 = W3 @ A2                                # 1 × N
    error = Z3 - y                              # 1 × N
    cost = error ** 2                           # 1 × N
    # backward: delta carries the factor 1 / N of the mean
    delta3 = (2 / examples) * error             # 1 × N   (1)
    dW3 = delta3 @ A2.T                         # 1 × 2   (3)
    delta2 = (W3.T @ delta3) * (A2 * (1 - A2))  # 2 × N   (2)
    dW2 = delta2 @ A1.T                         # 2 × 2   (3)
    db2 = delta2.sum(axis=1, keepdims=True)     # 2 × 1   (4)
    delta1 = (W2.T @ delta2) * (A1 * (1 - A1))  # 2 × N   (2)
    dW1 = delta1 @ X.T                          # 2 × 4   (3)
    db1 = delta1.sum(axis=1, keepdims=True)     # 2 × 1   (4)
    return cost.sum() / examples, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3}
"""


def document_001(elementary: bool = False) -> Program:
    model = MLP(4, [2, 2, 1], "sigmoid", bias=[True, True, False], seed=0, elementary=elementary)
    x = [Value(0.1 * k, label=f"x{k}") for k in range(1, 5)]
    y = Value(1.0, label="y")
    return minigrad.compile(squared_error(model(x), [y]), [*x, y], model.parameters())


def test_the_network_of_document_001_compiles_to_the_four_equations() -> None:
    assert document_001().source == DOCUMENT_001


def test_an_elementary_network_compiles_to_the_same_source() -> None:
    assert document_001(elementary=True).source == DOCUMENT_001


# --- any way of writing a sum ----------------------------------------------------------------------------


def from_the_left(terms: list[Value]) -> Value:
    return sum(terms)  # type: ignore[return-value]  # begins with 0 + terms[0]


def from_the_right(terms: list[Value]) -> Value:
    result = terms[-1]
    for term in reversed(terms[:-1]):
        result = term + result
    return result


def balanced(terms: list[Value]) -> Value:
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return balanced(terms[:half]) + balanced(terms[half:])


def shuffled(terms: list[Value]) -> Value:
    return balanced(random.Random(len(terms)).sample(terms, len(terms)))


def written_by_hand(add: Callable[[list[Value]], Value], weight_first: bool) -> Program:
    """The same network with no roles and no labels but those of its inputs."""
    draw = random.Random(0)
    x = [Value(0.1 * k, label=f"x{k}") for k in range(1, 5)]
    y = Value(1.0, label="y")
    parameters: list[Value] = []

    def layer(sources: Sequence[Value], size: int, bias: bool) -> list[Value]:
        results = []
        for _ in range(size):
            weights = [Value(draw.uniform(-1, 1)) for _ in sources]
            parameters.extend(weights)
            terms = [w * a if weight_first else a * w for w, a in zip(weights, sources)]
            if bias:
                parameters.append(Value(0.0))
                terms.append(parameters[-1])
            results.append(add(terms))
        return results

    hidden = [z.sigmoid() for z in layer(x, 2, True)]
    hidden = [z.sigmoid() for z in layer(hidden, 2, True)]
    (s,) = layer(hidden, 1, False)
    return minigrad.compile((s - y) ** 2, [*x, y], parameters)


@pytest.mark.parametrize("weight_first", [True, False])
@pytest.mark.parametrize("add", [from_the_left, from_the_right, balanced, shuffled, total])
def test_any_association_compiles_to_the_same_source(
    add: Callable[[list[Value]], Value], weight_first: bool
) -> None:
    assert written_by_hand(add, weight_first).source == DOCUMENT_001


def test_calling_a_model_twice_changes_nothing() -> None:
    model = MLP(2, [3, 1], "tanh", seed=0)
    x, y = [Value(0.1, label="x1"), Value(0.2, label="x2")], Value(0.0, label="y")
    once = minigrad.compile((model(x) - y) ** 2, [*x, y], model.parameters())  # type: ignore[operator]
    twice = minigrad.compile((model(x) - y) * (model(x) - y), [*x, y], model.parameters())  # type: ignore[operator]
    assert once.source.count("@") == twice.source.count("@")
    np.testing.assert_allclose(once.gradient([[0.3, -0.2, 0.5]])[1], twice.gradient([[0.3, -0.2, 0.5]])[1])


def test_the_same_graph_gives_the_same_source_in_another_process() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); import test_compiler_source as t; print(t.heads().source)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": ".", "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        for seed in ("1", "2")
    ]
    assert runs[0].stdout.strip() == heads().source.strip()
    assert runs[0].stdout == runs[1].stdout


# --- what else is found ----------------------------------------------------------------------------------


def heads() -> Program:
    """One hidden layer, two outputs that are used in different ways."""
    draw = random.Random(1)

    def parameters(count: int) -> list[Value]:
        return [Value(draw.uniform(-1, 1)) for _ in range(count)]

    x, y, t = [Value(0.1, label=f"x{k}") for k in range(3)], Value(0.5, label="y"), Value(1.0, label="t")
    hidden = [minigrad.sigmoid(dot(parameters(3), x, parameters(1)[0])) for _ in range(4)]
    p, q = (dot(parameters(4), hidden, parameters(1)[0]) for _ in range(2))
    return minigrad.compile((p - y) ** 2 + minigrad.softplus(q) - t * q, [*x, y, t])


def lines(program: Program) -> list[str]:
    return [line.split("  #")[0].strip() for line in program.source.splitlines()]


def test_two_heads_are_two_blocks_and_the_deltas_add_up_through_both() -> None:
    assert "delta1 = (W3.T @ delta3 + W2.T @ delta2) * (A1 * (1 - A1))" in lines(heads())


def test_tied_weights_are_one_array_and_its_transpose() -> None:
    weights = [[Value(0.1 * j + 0.2 * k) for k in range(3)] for j in range(2)]
    x = [Value(0.1, label=f"x{k}") for k in range(3)]
    hidden = [minigrad.tanh(dot(row, x)) for row in weights]
    outputs = [dot(column, hidden) for column in zip(*weights)]
    program = minigrad.compile(total([(a - b) ** 2 for a, b in zip(outputs, x)]), x)
    assert "Z2 = W1.T @ A1" in lines(program)
    assert len(program.parameters) == 6


def test_shared_kernels_are_one_product_over_gathered_inputs() -> None:
    x = [Value(0.1, label=f"x{k}") for k in range(6)]
    kernels = [[Value(0.1 * j + 0.2 * k) for k in range(3)] for j in range(2)]
    maps = [minigrad.relu(dot(kernel, x[at : at + 3])) for kernel in kernels for at in range(4)]
    program = minigrad.compile(total(maps), x)
    assert "Z1 = W1 @ G" in lines(program)


def test_fused_softmax_and_cross_entropy_have_probability_minus_target_as_delta() -> None:
    model = MLP(2, [3, 3], "tanh", seed=0)
    x, y = [Value(0.1, label=f"x{k}") for k in range(2)], [Value(0.3, label=f"y{k}") for k in range(3)]
    z = model(x)
    assert isinstance(z, list)
    program = minigrad.compile(logsumexp(z) - dot(y, z), [*x, *y], model.parameters())
    assert "delta2 = (1 / examples) * (exp(Z2 - logsumexp_1) - Y)" in lines(program)


def test_a_penalty_adds_a_term_of_its_own_to_each_matrix() -> None:
    model = MLP(2, [3, 1], "tanh", seed=0)
    x, y = [Value(0.1, label=f"x{k}") for k in range(2)], Value(0.3, label="y")
    weights = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    cost = squared_error(model(x), [y]) + 0.01 * total([w * w for w in weights])
    found = lines(minigrad.compile(cost, [*x, y], model.parameters()))
    assert "dW1 = dW1 + 0.02 * W1" in found
    assert "dW2 = dW2 + 0.02 * W2" in found


def test_two_functions_of_one_block_get_two_names() -> None:
    w, x = [Value(0.3), Value(0.4)], Value(0.5, label="x")
    z = [weight * x for weight in w]
    cost = total([minigrad.tanh(each) * minigrad.sigmoid(each) for each in z])
    names = re.findall(r"^    (\w+) = ", minigrad.compile(cost, [x]).source, re.MULTILINE)
    assert len(names) == len(set(names))


def test_labels_that_are_no_names_or_names_of_functions_do_no_harm() -> None:
    labels = ["tanh", "batch", "lambda", "1", "dW1", "W1", "cost", "δ", "a b", "examples", "parameters"]
    x = [Value(0.1 * k, label=label) for k, label in enumerate(labels)]
    w = [Value(0.1 * k + 0.1, label=label) for k, label in enumerate(labels)]
    cost = total([minigrad.tanh(a * b) * abs(a) for a, b in zip(w, x)])
    expected = sum(np.tanh(a.data * b.data) * abs(a.data) for a, b in zip(w, x))
    program = minigrad.compile(cost, x, w)
    assert program([[a.data for a in x]]) == pytest.approx(expected, rel=1e-13)


# --- the equations ---------------------------------------------------------------------------------------


def test_equations_are_listed_in_the_documents_quantities() -> None:
    assert [str(equation) for equation in document_001().equations()] == [
        "(1)  δ⁽³⁾ = (2 / N) · (z⁽³⁾ − y)",
        "(3)  ∂C/∂W⁽³⁾ = δ⁽³⁾ a⁽²⁾ᵀ",
        "(2)  δ⁽²⁾ = (W⁽³⁾ᵀ δ⁽³⁾) ⊙ (a⁽²⁾ ⊙ (1 − a⁽²⁾))",
        "(3)  ∂C/∂W⁽²⁾ = δ⁽²⁾ a⁽¹⁾ᵀ",
        "(4)  ∂C/∂b⁽²⁾ = Σₙ δ⁽²⁾",
        "(2)  δ⁽¹⁾ = (W⁽²⁾ᵀ δ⁽²⁾) ⊙ (a⁽¹⁾ ⊙ (1 − a⁽¹⁾))",
        "(3)  ∂C/∂W⁽¹⁾ = δ⁽¹⁾ xᵀ",
        "(4)  ∂C/∂b⁽¹⁾ = Σₙ δ⁽¹⁾",
    ]


def test_every_equation_is_a_line_of_the_source() -> None:
    for program in (document_001(), heads()):
        assert all(equation.line in program.source for equation in program.equations())


def test_the_latex_of_equations_is_mathematics_that_another_program_reads() -> None:
    parser = MathTextParser("path")
    for equation in (*document_001().equations(), *heads().equations()):
        parser.parse(f"${equation.latex}$")


def test_a_network_of_depth_d_has_one_equation_1_and_d_minus_1_equations_2() -> None:
    for depth in (1, 2, 5):
        model = MLP(2, [3] * (depth - 1) + [1], "tanh", seed=0)
        x, y = [Value(0.1, label=f"x{k}") for k in range(2)], Value(0.3, label="y")
        found = minigrad.compile(squared_error(model(x), [y]), [*x, y], model.parameters()).equations()
        assert [sum(e.number == n for e in found) for n in (1, 2, 3, 4)] == [1, depth - 1, depth, depth]
