"""Training in the page is `fit`: the same weights, costs and ‖δ‖ after hundreds of steps."""

import json
import math
import random
from pathlib import Path

import numpy as np
import page_modules
import pytest
from page_browser import needs_browser

import nn
from nn import MLP, fit, trace
from viz.page.tape import tape_of

pytestmark = needs_browser
tab = page_modules.tab  # a fixture

IRIS = Path(__file__).parent.parent / "examples" / "data" / "iris.csv"
STEPS = 500


def xor():
    x, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]]
    return MLP(2, [3, 1], "tanh", "sigmoid", seed=1), nn.binary_cross_entropy, x, y, 0.5


def regression():
    rng = random.Random(4)
    x = [[rng.gauss(0.0, 1.0) for _ in range(3)] for _ in range(9)]
    y = [[math.sin(a) + b, a * b - c] for a, b, c in x]
    return (
        MLP(3, [4, 3, 2], ["gelu", "softplus"], bias=[True, False, True], seed=2),
        nn.half_squared_error,
        x,
        y,
        0.05,
    )


def iris():
    lines = [line.split(",") for line in IRIS.read_text(encoding="utf-8").splitlines()[1:]]
    names = sorted({line[-1] for line in lines})
    x = [[float(field) for field in line[:-1]] for line in lines[::10]]
    y = [[float(name == line[-1]) for name in names] for line in lines[::10]]
    # at a rate of 0.1 the cost jumps up and down, and the last bits, in which fit's own engines differ, grow
    return MLP(4, [3, 3], "tanh", "softmax", seed=3), nn.cross_entropy, x, y, 0.02


def logits():
    x, y = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]], [[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]]
    return MLP(2, [3, 2], "elu", seed=4), nn.cross_entropy_on_logits, x, y, 0.1


TRAINED = """
const {network, data, rate, batch} = given;
const training = new Training(network, {data, learningRate: rate, batch});
training.step(given.steps);
const {W, b} = training.at();
const {history, cost, epoch} = training;
return {W, b, history, cost, epoch, early: training.at(given.early)};
"""


@pytest.mark.parametrize("make", [xor, regression, iris, logits])
@pytest.mark.parametrize("batch", ["all", 1, 4])
def test_five_hundred_steps_are_those_of_fit(tab, make, batch):
    model, loss, x, y, rate = make()
    size = len(x) if batch == "all" else batch
    epochs = math.ceil(STEPS * size / len(x)) if size == len(x) else max(1, STEPS * size // len(x))
    steps = epochs * math.ceil(len(x) / size)
    network = tape_of(trace(model, x[0], y[0], loss))["network"]
    weights = {}
    early = epochs // 2

    def keep(epoch, cost):
        weights[epoch] = [layer.W.tolist() for layer in model.layers]

    history = fit(
        model, x, y, loss=loss, lr=rate, epochs=epochs, batch_size=size, shuffle=False, on_epoch=keep
    )
    given = {"network": network, "data": {"x": x, "y": y}, "rate": rate, "batch": size, "steps": steps}
    found = tab.run({"training": "Training"}, TRAINED, given | {"early": early})
    assert found["epoch"] == epochs
    for layer, W, b in zip(model.layers, found["W"], found["b"], strict=True):
        assert np.allclose(layer.W, W, rtol=0, atol=1e-9)
        assert (layer.b is None and b is None) or np.allclose(layer.b, b, rtol=0, atol=1e-9)
    assert np.allclose([entry["cost"] for entry in found["history"]], history.cost, rtol=0, atol=1e-9)
    for layer, norms in history.delta.items():
        there = [entry["deltaNorms"][layer - 1] for entry in found["history"]]
        assert np.allclose(there, norms, rtol=0, atol=1e-9)
    if size == len(x):  # on_epoch is called before the update, so after `early` epochs it is the next one's
        for W, there in zip(weights[early + 1], found["early"]["W"], strict=True):
            assert np.allclose(W, there, rtol=0, atol=1e-9)


def test_weights_of_any_epoch_can_be_had_again_though_few_are_kept(tab):
    model, loss, x, y, rate = xor()
    network = tape_of(trace(model, x[0], y[0], loss))["network"]
    body = """
    const training = new Training(given.network, {data: given.data, learningRate: given.rate, batch: 2});
    const weights = (epoch) => JSON.stringify(training.at(epoch).W), all = [weights()];
    for (let epoch = 1; epoch <= 1300; epoch++) { training.step(2); all.push(weights()); }
    const asked = [0, 1, 2, 3, 500, 501, 777, 1299, 1300];
    return [asked.map((epoch) => weights(epoch) === all[epoch]), training.kept.size];
    """
    given = {"network": network, "data": {"x": x, "y": y}, "rate": rate}
    same, kept = tab.run({"training": "Training"}, body, given)
    assert all(same)
    assert kept <= 501


def test_a_learning_rate_that_is_too_large_ends_training_with_a_word(tab):
    model, loss, x, y, _ = regression()
    model = MLP(3, [4, 3, 2], "relu", seed=2)
    network = tape_of(trace(model, x[0], y[0], loss))["network"]
    body = """
    const training = new Training(given.network, {data: given.data, learningRate: 1e6});
    training.step(500);
    return training.stopped;
    """
    stopped = tab.run({"training": "Training"}, body, {"network": network, "data": {"x": x, "y": y}})
    assert "a smaller learning rate may help" in stopped or "too large for a float" in stopped


def test_the_boundary_is_what_the_network_says_at_each_point(tab):
    model, loss, x, y, _ = xor()
    network = tape_of(trace(model, x[0], y[0], loss))["network"]
    body = """
    const training = new Training(given.network, {data: given.data});
    return [...training.boundary({x1: [-1, 3], x2: [0, 2], columns: 4, rows: 2})];
    """
    found = tab.run({"training": "Training"}, body, {"network": network, "data": {"x": x, "y": y}})
    points = [(x1, x2) for x2 in (1.5, 0.5) for x1 in (-0.5, 0.5, 1.5, 2.5)]
    assert np.allclose(found, [model(point).data for point in points], rtol=0, atol=1e-12)


def test_the_map_of_a_neuron_is_what_it_says_at_each_point_at_any_epoch(tab):
    model, loss, x, y, rate = xor()
    network = tape_of(trace(model, x[0], y[0], loss))["network"]
    body = """
    const training = new Training(given.network, {data: given.data, learningRate: given.rate});
    training.step(50);
    const grid = {x1: [-1, 3], x2: [0, 2], columns: 4, rows: 2};
    return [[1, 2], [2, 1]].map(([l, j]) => [...training.boundary(grid, training.vectorAfter(20), {l, j})]);
    """
    given = {"network": network, "data": {"x": x, "y": y}, "rate": rate}
    hidden, output = tab.run({"training": "Training"}, body, given)
    fit(model, x, y, loss=loss, lr=rate, epochs=20, batch_size=len(x), shuffle=False)
    points = [(x1, x2) for x2 in (1.5, 0.5) for x1 in (-0.5, 0.5, 1.5, 2.5)]
    traced = [trace(model, point) for point in points]
    assert np.allclose(hidden, [t.a[1][1].data for t in traced], rtol=0, atol=1e-9)
    assert np.allclose(output, [t.a[2][0].data for t in traced], rtol=0, atol=1e-9)


# --- data ------------------------------------------------------------------------------------------------


def test_iris_is_the_one_of_the_examples(tab):
    body = "const {inputs, targets, classes} = DATASETS.iris(); return {inputs, targets, classes};"
    found = tab.run({"data": "DATASETS"}, body)
    lines = [line.split(",") for line in IRIS.read_text(encoding="utf-8").splitlines()[1:]]
    assert found["inputs"] == [[float(field) for field in line[:-1]] for line in lines]
    assert [found["classes"][target] for target in found["targets"]] == [line[-1] for line in lines]


def test_a_csv_is_read_as_people_write_it(tab):
    body = "return given.map(([text, target]) => readCsv(text, target));"
    texts = [
        ("a,b,kind\n1,2,red\n3,-4.5e1,blue\n", ""),
        ("\ufeff1;2;0.5\r\n3;4;1.5\r\n", ""),
        ('"y";"a, b"\n0;1\n1;2\n', "y"),
        ("x1\tx2\ty\n1\t2\t1\n3\t4\t0\n\n", ""),
        (IRIS.read_text(encoding="utf-8"), ""),
    ]
    kinds, numbers, named, tabs, flowers = tab.run({"data": "readCsv"}, body, texts)
    assert (kinds["inputs"], kinds["targets"], kinds["classes"]) == (
        [[1, 2], [3, -45]],
        [1, 0],
        ["blue", "red"],
    )
    assert (numbers["columns"], numbers["targets"], numbers["classes"]) == (
        ["column 1", "column 2"],
        [0.5, 1.5],
        None,
    )
    assert (named["columns"], named["inputs"], named["targets"]) == (["a, b"], [[1], [2]], [0, 1])
    assert (tabs["inputs"], tabs["classes"]) == ([[1, 2], [3, 4]], ["0", "1"])
    assert len(flowers["inputs"]) == 150
    assert flowers["classes"] == ["setosa", "versicolor", "virginica"]


REFUSED = {
    "": "the file is empty",
    "a,b\n": "no rows of numbers below",
    "a\n1\n2\n": "one column only",
    "a,b,y\n1,red,0\n": 'row 2, column "b": "red" is no number',
    "a,b,y\n1,,0\n": 'row 2, column "b" is empty: fill the gap',
    "a,b,y\n1,2,0\n1,2\n": "row 3 has 2 fields, the first row has 3",
    "a,b,y\n1,0x10,0\n": '"0x10" is no number',
    "a;b;y\n1,5;2;0\n": "write a point for the decimal comma",
    "a,y\n1,NaN\n2,only\n" + "".join(f"{k},t{k}\n" for k in range(12)): "at most 10 classes",
    "a,y\n1,same\n2,same\n": "nothing to learn",
    'a,y\n1,"open\n': "not closed",
    "a,b,y\n" + "1,2,0\n" * 5_001: "5,003 lines are more than this page takes, 5,000 rows",
    "a,y\n<img src=x onerror=alert(1)>,0\n": '"<img src=x onerror=…" is no number',
}


@pytest.mark.parametrize("text", REFUSED, ids=[word[:30] for word in REFUSED.values()])
def test_a_csv_that_cannot_be_used_gets_a_clear_word(tab, text):
    body = "try { readCsv(given); return 'taken'; } catch (error) { return error.message; }"
    assert REFUSED[text] in tab.run({"data": "readCsv"}, body, text)


def test_a_million_rows_are_refused_at_once(tab):
    body = "try { readCsv('a,b,y\\n' + '1,2,0\\n'.repeat(1e6)); } catch (error) { return error.message; }"
    assert tab.run({"data": "readCsv"}, body).startswith("1,000,002 lines are more than this page takes")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tab):
    body = """
    const file = {name: "big.csv", size: 3e9, text: () => { throw new Error("it was read"); }};
    try { await readFile(file); } catch (error) { return error.message; }
    """
    assert "big.csv has 3000 MB; this page takes at most 4 MB" in tab.run({"data": "readFile"}, body)


def test_targets_are_what_the_outputs_of_a_network_can_be(tab):
    body = """
    const {inputs, classes} = DATASETS.iris();
    const data = {inputs: inputs.slice(49, 51), targets: [0, 1], classes};
    const refuse = (outputs) => {
      try { examplesOf(data, outputs); } catch (error) { return error.message; }
    };
    return [examplesOf(data, 3).y, examplesOf(DATASETS.xor(), 1).y, refuse(1), refuse(2)];
    """
    three, one, few, two = tab.run({"data": "DATASETS, examplesOf"}, body)
    assert (three, one) == ([[1, 0, 0], [0, 1, 0]], [[0], [1], [1], [0]])
    assert few.startswith("3 classes need as many outputs")
    assert two.startswith("3 classes need as many outputs")


def test_standardised_inputs_have_mean_0_and_deviation_1(tab):
    body = "return standardised(DATASETS.iris()).inputs;"
    inputs = np.array(tab.run({"data": "DATASETS, standardised"}, body))
    assert np.allclose(inputs.mean(axis=0), 0, atol=1e-12)
    assert np.allclose(inputs.std(axis=0), 1, atol=1e-12)


def test_moons_of_a_seed_are_the_same_points_and_two_classes(tab):
    body = "return [moons(60, 0.1, 3), moons(60, 0.1, 3), moons(60, 0, 3)];"
    first, again, exact = tab.run({"data": "moons"}, body)
    assert json.dumps(first) == json.dumps(again)
    assert sum(first["targets"]) == 30
    for (x1, x2), below in zip(exact["inputs"], exact["targets"], strict=True):
        centre = (1.0, 0.5) if below else (0.0, 0.0)
        assert math.isclose(math.hypot(x1 - centre[0], x2 - centre[1]), 1.0)
