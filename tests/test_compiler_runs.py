"""A program seen from inside: its outputs, the arrays of a run by name, and programs in float32."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
from compiler_graphs import Layered, on_tape, random_graph
from drawn_programs import Drawn
from scipy.special import logsumexp as scipy_logsumexp

import minigrad
from minigrad import Value, logsumexp, total
from minigrad.compiler.compilation import make_program
from minigrad.compiler.parameters import Parameters
from minigrad.compiler.targets.flat_vectors import FlatVectors
from minigrad.compiler.targets.in_place import in_place
from minigrad.graph import topological_order
from nn import MLP, squared_error, trace_batch

RNG = np.random.default_rng(0)


def network(activation="tanh", output="identity", sizes=(4, 3, 2), **settings):
    """A model, and the program of its squared error with its outputs."""
    model = MLP(sizes[0], sizes[1:], activation, output, seed=0)
    x = model.inputs([0.1] * sizes[0])
    y = [Value(0.5, label="y") for _ in range(sizes[-1])]
    nodes = model(x)
    outputs = nodes if isinstance(nodes, list) else [nodes]
    program = make_program(
        squared_error(outputs, y), [*x, *y], model.parameters(), outputs=outputs, **settings
    )
    return model, program


def batch_of(program, examples=7):
    return RNG.normal(size=(examples, len(program.inputs)))


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
@pytest.mark.parametrize("output", ["identity", "softmax"])
def test_outputs_are_what_the_model_computes_with_or_without_targets(activation, output):
    model, program = network(activation, output)
    batch = batch_of(program)
    expected = [[a.data for a in model(x)] for x in batch[:, :4]]
    np.testing.assert_allclose(program.outputs(batch), expected, rtol=1e-13)
    np.testing.assert_array_equal(program.outputs(batch[:, :4]), program.outputs(batch))
    np.testing.assert_array_equal(program.run(batch).outputs, program.outputs(batch))


def test_the_arrays_of_a_run_are_those_of_the_trace():
    model, program = network(sizes=(4, 3, 3, 2))
    batch = batch_of(program)
    trace = trace_batch(model, batch[:, :4], batch[:, 4:])
    trace.backward()
    run = program.run(batch)
    assert (run.cost, run.gradient.tolist()) == (
        program.gradient(batch)[0],
        program.gradient(batch)[1].tolist(),
    )
    assert run.cost == pytest.approx(trace.cost.data, rel=1e-13)
    for l in (1, 2, 3):
        np.testing.assert_allclose(run[f"Z{l}"], trace.pre_activations(l), rtol=1e-12)
        np.testing.assert_allclose(len(batch) * run[f"delta{l}"], trace.delta(l), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(run[f"dW{l}"], trace.weight_gradients(l), rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(run[f"W{l}"], trace.weights(l))
    np.testing.assert_allclose(run["A1"], trace.activations(1), rtol=1e-12)
    assert "A2" in repr(run)
    assert len(run) == len(list(run)) == len(dict(run))


def test_every_name_of_a_run_stands_in_the_source_and_chosen_ones_are_given_alone():
    _, program = network()
    batch = batch_of(program)
    run = program.run(batch)
    assert all(name in program.source for name in run)
    chosen = program.run(batch, ["delta1", "dW2", "Y"])
    assert list(chosen) == ["delta1", "dW2", "Y"]
    for name in chosen:
        np.testing.assert_array_equal(chosen[name], run[name])
    with pytest.raises(KeyError, match="delta9"):
        program.run(batch, ["delta9"])


def test_a_run_does_not_change_with_the_next_one():
    _, program = network()
    batch = batch_of(program)
    run = program.run(batch)
    kept = {name: array.copy() for name, array in run.items()}
    program.parameters.vector[...] += 1.0
    program.run(2.0 * batch)
    for name, array in run.items():
        np.testing.assert_array_equal(array, kept[name])


def test_a_run_in_slices_is_a_run_in_one():
    _, program = network()
    batch = batch_of(program, 50)
    whole = program.run(batch, ["delta1", "delta2", "A1"])
    program._slice_size = 8  # as for a network that is far wider
    parts = program.run(batch, ["delta1", "delta2", "A1"])
    assert parts.cost == pytest.approx(whole.cost, rel=1e-14)
    np.testing.assert_allclose(parts.gradient, whole.gradient, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(parts.outputs, whole.outputs, rtol=1e-13)
    for name in whole:
        np.testing.assert_allclose(parts[name], whole[name], rtol=1e-12, atol=1e-17)


def test_outputs_may_be_any_nodes_of_a_recording():
    w, x, y = Value(2.0, label="w"), Value(3.0, label="x"), Value(1.0, label="y")
    hidden = w * x
    aside = minigrad.exp(hidden)  # the cost does not need it
    cost = (hidden - y) ** 2 + w
    outputs = [aside, w, hidden, Value(5.0), cost, y, x, w * w, aside]
    batch = np.array([[1.0, 0.5], [2.0, 0.25], [-1.0, 0.0]])
    expected = [
        [np.exp(2 * a), 2.0, 2 * a, 5.0, (2 * a - b) ** 2 + 2, b, a, 4.0, np.exp(2 * a)] for a, b in batch
    ]
    program = minigrad.compile(cost, [x, y], [w], outputs=outputs)
    np.testing.assert_allclose(program.outputs(batch), expected, rtol=1e-14)
    plain = minigrad.compile(cost, [x, y], [w])
    assert program.source == plain.source  # what only outputs need is not computed with the gradient
    np.testing.assert_array_equal(program.gradient(batch)[1], plain.gradient(batch)[1])
    only_x = minigrad.compile(cost, [x, y], [w], outputs=[aside])
    np.testing.assert_allclose(only_x.outputs(batch[:, :1])[:, 0], np.exp(2 * batch[:, 0]), rtol=1e-14)
    with pytest.raises(ValueError, match=r"shape \(examples, 2\)"):
        program.outputs(batch[:, :1])


def in_the_engine(outputs, numbers):
    """The numbers of nodes, from those of some leaves, operation by operation."""
    known = dict(numbers)
    for node in (node for output in outputs for node in topological_order(output)):
        if node not in known:
            operands = [known[operand] for operand in node.operands]
            known[node] = node.op.value(*operands) if operands else node.data
    return [known[output] for output in outputs]


@pytest.mark.parametrize("form", ["arrays", "tape"])
@pytest.mark.parametrize("part", range(4))
def test_any_nodes_of_any_graph_are_what_the_engine_computes(part, form):
    compared = 0
    for seed in range(part, 60, 4):
        for cost, inputs, parameters in (random_graph(seed, size=3 + seed % 40), Layered(seed).graph()):
            draw = random.Random(seed)
            outputs = draw.choices(topological_order(cost), k=6)
            outputs.append(outputs[0] * 2.0 + (cost if seed % 2 else 1.0))  # the cost does not need it
            batch = np.random.default_rng(seed).uniform(0.2, 0.9, (3, len(inputs)))
            program = make_program(cost, inputs, parameters, outputs=outputs, form=form)
            plain = make_program(cost, inputs, parameters, form=form)
            numbers = {parameter: parameter.data for parameter in parameters}
            try:
                expected = [
                    in_the_engine(outputs, numbers | dict(zip(inputs, row))) for row in batch.tolist()
                ]
                _, gradient = plain.gradient(batch)
            except (ArithmeticError, ValueError):
                continue  # outside a domain, which is not the question here
            compared += 1
            found = program.outputs(batch[:, : program.output_columns])
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(program.run(batch).outputs, expected, rtol=1e-10, atol=1e-12)
            by_value = dict(zip(program.parameters, program.run(batch).gradient.tolist()))
            again = [by_value[parameter] for parameter in plain.parameters]
            np.testing.assert_allclose(again, gradient, rtol=1e-9, atol=1e-12)
    assert compared > 20


def test_a_tape_has_outputs_too():
    w, x, y = Value(2.0), Value(3.0), Value(1.0)
    hidden = minigrad.tanh(w * x)
    program = on_tape(((hidden - y) ** 2, [x, y], [w]), outputs=[hidden, x])
    batch = np.array([[0.5, 1.0], [-0.25, 2.0]])
    expected = np.column_stack([np.tanh(2 * batch[:, 0]), batch[:, 0]])
    np.testing.assert_allclose(program.outputs(batch[:, :1]), expected, rtol=1e-15)
    run = program.run(batch)
    np.testing.assert_allclose(run.outputs, expected, rtol=1e-15)
    assert list(run) == ["parameters", "dparameters"]


def test_without_outputs_the_remedy_is_told_and_a_wrong_one_is_a_type_error():
    w, x = Value(2.0), Value(3.0)
    program = minigrad.compile(w * x, [x])
    with pytest.raises(ValueError, match=r"compile\(cost, inputs, outputs=\[…\]\)"):
        program.outputs([[1.0]])
    assert program.run([[1.0]]).outputs is None
    with pytest.raises(TypeError, match="an output must be a Value, not float"):
        minigrad.compile(w * x, [x], outputs=[1.0])  # type: ignore[list-item]


def test_every_layer_has_its_delta_whatever_the_loss_passes_on():
    model = MLP(2, [2, 2], "tanh", seed=0)
    x, y = model.inputs([0.1, 0.2]), [Value(0.5, label="y") for _ in range(2)]
    z = model(x)
    errors = [minigrad.sin(a - b) for a, b in zip(z, y)]
    program = minigrad.compile(total([*errors, *[e * e for e in errors]]), [*x, *y], model.parameters())
    run = program.run([[0.3, -0.2, 0.1, 0.4]])
    assert {"delta1", "delta2"} <= set(run)


def test_a_cosine_that_is_there_is_not_computed_again():
    w, x = [Value(0.3 * k) for k in range(1, 4)], Value(0.5)
    angles = [w_k * x for w_k in w]
    cost = total([minigrad.sin(a) * minigrad.cos(a) for a in angles])
    program = minigrad.compile(cost, [x])
    assert program.source.count("cos(") == program.source.count("sin(") == 1
    expected = np.mean([[np.cos(2 * 0.3 * k * a) * a for k in range(1, 4)] for a in (0.5, 1.5)], axis=0)
    np.testing.assert_allclose(program.gradient([[0.5], [1.5]])[1], expected, rtol=1e-13)


@pytest.mark.parametrize(
    "column", [[1.0, 2.0, 3.0], [1000.0, 999.0, -1000.0], [np.inf, 0.0, 1.0], [-np.inf] * 3]
)
def test_logsumexp_of_rows_is_scipys_and_calls_no_loop(column):
    w, x = Value(1.0), [Value(0.1 * k, label=f"x{k}") for k in range(3)]
    program = minigrad.compile(logsumexp([w * x_k for x_k in x]), x, [w])
    assert "axis=0)" in program.source
    batch = np.array([column, [0.5, 0.25, 0.0]])
    np.testing.assert_allclose(program(batch, per_example=True), scipy_logsumexp(batch, axis=1), rtol=1e-14)


def test_logsumexp_of_one_term_each_is_no_sum_over_rows():
    w, x = Value(1.0), [Value(0.1 * k, label=f"x{k}") for k in range(3)]
    ones = [logsumexp([w * x_k]) for x_k in x]
    program = minigrad.compile(total([minigrad.tanh(one) for one in ones]), x, [w])
    batch = RNG.normal(size=(4, 3))
    np.testing.assert_allclose(program(batch, per_example=True), np.tanh(batch).sum(axis=1), rtol=1e-13)


# --- float32 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "activation", ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus"]
)
@pytest.mark.parametrize("output", ["identity", "softmax", "sigmoid"])
def test_a_program_in_float32_is_that_in_float64_to_its_precision(activation, output):
    _, double = network(activation, output, sizes=(4, 5, 3))
    _, single = network(activation, output, sizes=(4, 5, 3), dtype="float32")
    batch = batch_of(double, 20)
    cost, gradient = single.gradient(batch)
    expected_cost, expected = double.gradient(batch)
    assert cost == pytest.approx(expected_cost, rel=1e-5)  # float32 has 6e-8; sums of some dozen terms
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)
    run = single.run(batch)
    assert {array.dtype for array in run.values()} == {np.dtype(np.float32)}
    assert {gradient.dtype, single.outputs(batch).dtype, run.outputs.dtype, single.dtype} == {
        np.dtype(np.float32)
    }


def test_float32_survives_a_pickle_and_another_type_is_refused():
    _, program = network(dtype="float32")
    batch = batch_of(program)
    again = pickle.loads(pickle.dumps(program))
    assert again.gradient(batch)[1].dtype == np.float32
    np.testing.assert_array_equal(again.gradient(batch)[1], program.gradient(batch)[1])
    np.testing.assert_array_equal(again.outputs(batch), program.outputs(batch))
    for dtype in ("float16", "int64", "steam", int):
        with pytest.raises(ValueError, match='dtype is "float64" or "float32"'):
            network(dtype=dtype)


def test_float32_on_a_tape_and_with_repeated_indices():
    w, x, y = Value(2.0), Value(3.0), Value(1.0)
    program = on_tape(((minigrad.tanh(w * x) - y) ** 2, [x, y], [w]), dtype="float32")
    for examples in (1, 3, 30):
        batch = RNG.normal(size=(examples, 2))
        cost, gradient = program.gradient(batch)
        residual = np.tanh(2 * batch[:, 0]) - batch[:, 1]
        assert cost == pytest.approx(np.mean(residual**2), rel=1e-5)
        assert gradient.dtype == np.float32


# --- gradients that are written where they belong --------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("order", ["model", "reversed", "left out"])
@pytest.mark.parametrize("examples", [1, 7])
@pytest.mark.parametrize("sizes", [(2, 9, 1), (3, 1, 2), (100, 5, 2), (100, 120, 2)])  # the last one is large
def test_gradients_in_place_are_those_of_the_source_bit_for_bit(dtype, order, sizes, examples):
    model = MLP(sizes[0], sizes[1:], "sigmoid", seed=0)
    x, y = model.inputs([0.1] * sizes[0]), [Value(0.3, label="y") for _ in range(sizes[-1])]
    given = {"model": model.parameters(), "reversed": model.parameters()[::-1], "left out": None}[order]
    output = model(x)
    cost = squared_error(output if isinstance(output, list) else [output], y)
    program = minigrad.compile(cost, [*x, *y], given, dtype=dtype)
    batch = RNG.normal(size=(examples, len(x) + len(y))).astype(dtype)
    space: dict = {}
    exec(program.source, space)
    cost, gradients = space["gradient"](**program.parameters.views(), batch=batch)
    for found in (program.gradient(batch), (program.run(batch).cost, program.run(batch).gradient)):
        assert found[0] == float(cost)
        for name, view in program.parameters.views(found[1]).items():
            np.testing.assert_array_equal(view, gradients[name])


# Those below 40, and some in which lines once wrote over what lay in another order, read what was repeated
# or lay apart by `dot`, or had arrays of float64 in float32.
@pytest.mark.parametrize("seed", [*range(40), 387, 558, 893, 2508, 2645, 2652, 2821, 2867, 2891, 2961])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_drawn_programs_have_the_bits_of_their_source_and_arrays_of_their_type(seed, dtype):
    drawn = Drawn(seed)
    program = make_program(drawn.cost, drawn.inputs, drawn.parameters, form="arrays", dtype=dtype)
    space: dict = {}
    exec(program.source, space)
    recorded = np.array([leaf.data for leaf in drawn.inputs])
    for examples in (1, 5):
        near = recorded + np.random.default_rng(seed).normal(size=(examples, len(recorded))) / 1000
        batch = near.astype(dtype)
        with np.errstate(all="ignore"):
            cost, gradients = space["gradient"](**program.parameters.views(), batch=batch)
        run = program.run(batch)
        for found in (program.gradient(batch), (run.cost, run.gradient)):
            assert found[0] == float(cost)
            for name, view in program.parameters.views(found[1]).items():
                np.testing.assert_array_equal(view, gradients[name])
        assert {array.dtype.name for array in (*run.arrays.values(), *gradients.values())} == {dtype}


@pytest.mark.parametrize("label", ["into", "matmul", "dot", "add", "sum"])
def test_an_array_may_have_a_name_that_lines_in_place_use(label):
    w, x = Value(2.0, label=label), Value(1.0, label="x")
    program = minigrad.compile((w * w - x) ** 2, [x], [w])
    assert label in program.source
    assert program.gradient([[1.0]])[1].tolist() == [24.0]  # 2 (w² − x) 2 w


def test_lines_in_place_write_what_they_can_and_return_the_rest():
    source = (
        "def gradient(W, b, c, batch):\n"
        "    delta = W * (2 - batch)\n"
        "    dW = delta @ delta\n"
        "    db = delta.sum(axis=1, keepdims=True)\n"
        "    dc = delta[:1]\n"
        '    return 0.0, {"W": dW, "b": db, "c": dc}\n'
    )
    places = {"W": np.arange(4).reshape(2, 2), "b": np.array([[4], [5]]), "c": np.array([[6, 7]])}
    vectors = FlatVectors(Parameters([Value(0.0) for _ in range(8)], places))
    shapes = {"W": (2, 2), "delta": (2, 2)}
    gradient = in_place(source, "<test>", {}, shapes, vectors, ["delta"])
    vector, into = vectors.take()
    (_, rest), (delta,) = gradient(into, np.eye(2), None, None, np.ones((2, 2)))
    assert list(rest) == ["c"]
    assert into["W"].tolist() == (delta @ delta).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert vectors.filled(vector, into, rest).tolist() == [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    assert [line for *_, line in gradient.__code__.co_lines()][-1] == 6  # lines are those of the source


def test_weights_that_two_layers_share_have_both_gradients():
    w = [Value(0.1 * k + 0.1, label=f"w{k}") for k in range(4)]
    x = [Value(0.5, label="x1"), Value(-0.3, label="x2")]
    hidden = [minigrad.tanh(minigrad.dot(w[:2], x)), minigrad.tanh(minigrad.dot(w[2:], x))]
    output = [minigrad.tanh(minigrad.dot(w[:2], hidden)), minigrad.tanh(minigrad.dot(w[2:], hidden))]
    cost = total([a * a for a in output])
    program = make_program(cost, x, w, form="arrays")
    cost.backward()
    np.testing.assert_allclose(program.gradient([[0.5, -0.3]])[1], [p.grad for p in w], rtol=1e-12)
