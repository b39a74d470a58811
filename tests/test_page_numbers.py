"""The page computes what Python computes: networks and expressions, before and after numbers change."""

import math
import random

import page_modules
from page_browser import needs_browser
from page_modules import COMPUTED, agree, unpacked
from random_graphs import draw

import nn
from minigrad import Value, backward_steps, rules, topological_order
from minigrad.number import NOTHING
from minigrad.operations import OUT_OF_DOMAIN
from nn import MLP, trace
from nn.activations import activation_name
from nn.loss_rows import name_of
from viz.page.tape import nodes_of, tape_of

pytestmark = needs_browser
tab = page_modules.tab  # a fixture

LOSSES = {name: getattr(nn, name) for name in nn.loss_rows.LOSS_NAMES}


# --- networks --------------------------------------------------------------------------------------------


def network(seed):
    """A model, x, y and a loss: all activations and losses take part, with and without biases and `dot`."""
    rng = random.Random(seed)
    loss = list(LOSSES)[seed % len(LOSSES)]
    hidden = [rng.choice(list(nn.ACTIVATIONS)) for _ in range(rng.randint(0, 2))]
    last = {"cross_entropy": ["softmax"], "binary_cross_entropy": ["sigmoid"]}
    last = rng.choice(last.get(loss, [*nn.ACTIVATIONS, "softmax"]))
    outputs = rng.randint(2, 4) if last == "softmax" or loss.startswith("cross") else rng.randint(1, 3)
    sizes = [rng.choice([1, 2, 3, 11]) for _ in hidden] + [outputs]
    biases = [rng.random() < 0.7 for _ in sizes]
    inputs = rng.choice([1, 2, 4, 12])
    model = MLP(inputs, sizes, hidden, last, biases, seed=seed, elementary=seed % 2 == 0)
    x = [rng.gauss(0.0, 1.0) for _ in range(inputs)]
    if loss.startswith("cross"):
        parts = [rng.random() for _ in range(outputs)]
        y = rng.choice([rng.randrange(outputs), [part / math.fsum(parts) for part in parts]])
    elif loss.startswith("binary"):
        y = [rng.choice([0.0, 1.0, rng.random()]) for _ in range(outputs)]
    else:
        y = [rng.gauss(0.0, 1.0) for _ in range(outputs)]
    return model, x, y, LOSSES[loss]


SEEDS = range(200)


def test_every_activation_and_every_loss_is_among_the_networks():
    networks = [network(seed) for seed in SEEDS]
    used = {activation_name(layer.activation) for model, *_ in networks for layer in model.layers}
    assert used == {*nn.ACTIVATIONS, "softmax"}
    assert {name_of(loss) for *_, loss in networks} == {*LOSSES}


def test_networks_agree_when_opened_and_after_every_number_has_changed(tab):
    sent, wanted = [], []
    for seed in SEEDS:
        rng, (model, x, y, loss) = random.Random(seed), network(seed)
        traced = trace(model, x, y, loss)
        traced.backward()
        tape, nodes = tape_of(traced), nodes_of(traced)
        before = [node.data for node in nodes], [node.grad for node in nodes]
        for parameter in model.parameters():
            parameter.data += rng.gauss(0.0, 0.5)
        x = [number + rng.gauss(0.0, 0.5) for number in x]
        changed = trace(model, x, y, loss)
        changed.backward()
        after = nodes_of(changed)
        leaves = [k for k, kind in enumerate(tape["nodes"]["kind"]) if kind in ("w", "b", "x")]
        sent.append([tape, [[k, after[k].data] for k in leaves]])
        wanted.append([*before, [node.data for node in after], [node.grad for node in after]])
    for here, there in zip(wanted, tab.run({"engine": "Graph"}, COMPUTED, sent), strict=True):
        for numbers, text in zip(here, there):
            agree(numbers, unpacked(text))


def test_a_network_is_recorded_in_the_page_node_by_node_as_in_python(tab):
    tapes = []
    for seed in SEEDS:
        model, x, y, loss = network(seed)
        tapes.append(tape_of(trace(model, x, y, loss)))
        assert tapes[-1]["computes"]
        assert tapes[-1]["network"]["rebuilds"]
    body = """
    const sorted = ([a], [b]) => (a < b ? -1 : 1), same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    const different = [];
    for (const tape of given) {
      const made = networkTape(tape.network);
      for (const column of ["operation", "operands", "label", "kind", "layer", "to", "from"]) {
        if (!same(made.nodes[column], tape.nodes[column])) different.push([column, tape.network]);
      }
      for (const fact of ["operations", "symbols", "root", "computes", "why"]) {
        if (!same(made[fact], tape[fact])) different.push([fact, tape.network]);
      }
      const [here, there] = [made.network, tape.network].map((each) => Object.entries(each).sort(sorted));
      if (!same(here, there)) different.push(["network", tape.network]);
    }
    return different;
    """
    assert tab.run({"network": "networkTape"}, body, tapes) == []


def test_a_network_is_found_in_a_tape_whatever_its_nodes_are_called():
    model, x, y, loss = network(14)
    tape = tape_of(trace(model, x, y, loss))
    inputs = [Value(number, f"feature {k}") for k, number in enumerate(x)]
    traced = trace(model, inputs, y, loss)
    for node in (*traced.z[1], *traced.a[-1], *model.parameters()):
        node.label = "something else"
    for column in ("kind", "layer", "to", "from"):
        assert tape_of(traced)["nodes"][column] == tape["nodes"][column]


def test_the_numbers_of_a_graph_are_a_specification_again(tab):
    model, x, y, loss = network(13)
    tape = tape_of(trace(model, x, y, loss))
    body = "return specOf(new Graph(networkTape(given)));"
    assert (
        tab.run({"network": "networkTape, specOf", "engine": "Graph"}, body, tape["network"])
        == tape["network"]
    )


# --- expressions -----------------------------------------------------------------------------------------


def test_expressions_agree_when_opened_and_after_their_leaves_have_changed(tab):
    sent, wanted = [], []
    for seed in range(200):
        generator = random.Random(seed)
        program = draw(generator, kind=("tame", "kinked", "hostile")[seed % 3])
        leaves = [Value(number, f"x{k}") for k, number in enumerate(program.leaves)]
        try:
            root = program.run(leaves)
        except OUT_OF_DOMAIN:
            continue
        root.backward()
        order = topological_order(root)
        before = [node.data for node in order], [node.grad for node in order]
        changes = {
            k: node.data * generator.uniform(-1.5, 1.5) for k, node in enumerate(order) if node in leaves
        }
        sent.append([tape_of(root), list(changes.items())])
        wanted.append([*before, *computed_again(order, changes)])
    assert len(sent) >= 180
    found = tab.run({"engine": "Graph"}, COMPUTED, sent)
    errors = 0
    for (data, grad, new_data, new_grad, error), there in zip(wanted, found, strict=True):
        agree(data, unpacked(there[0]))
        agree(grad, unpacked(there[1]))
        assert there[4] == error
        errors += bool(error)
        if not error:
            agree(new_data, unpacked(there[2]))
            agree(new_grad, unpacked(there[3]))
    assert errors > 5


def computed_again(order, changes):
    """Data and gradients of a graph with other numbers in its leaves, or the error that Python raises."""
    made = {}
    try:
        for k, node in enumerate(order):
            given = [made[operand] for operand in node.operands]
            made[node] = node.op(*given) if given else Value(changes.get(k, node.data), node.label)
    except OUT_OF_DOMAIN as error:
        return [], [], str(error)
    made[order[-1]].backward()
    return [made[node].data for node in order], [made[node].grad for node in order], ""


def test_steps_are_those_of_the_backward_pass_both_ways(tab):
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    root = (a * b + a).tanh() * a + rules.maximum(a * a, b)
    journal = list(backward_steps(root, from_zero=True))
    order = topological_order(root)
    body = """
    const graph = new Graph(given), steps = [], seen = [];
    for (let step = 1; step <= graph.steps; step++) steps.push(graph.edge(step));
    for (const step of [0, 1, graph.steps, 3, 2, 2, 0]) seen.push([...graph.upTo(step)]);
    return [steps, seen];
    """
    steps, seen = tab.run({"engine": "Graph"}, body, tape_of(root))
    for here, there in zip(journal, steps, strict=True):
        assert order[there["node"]] is here.node
        assert order[there["operand"]] is here.operand
        assert there["place"] == here.place
        assert (there["local"] is None) == (here.local_derivative is NOTHING)
        told = [there[name] or 0.0 for name in ("upstream", "local", "contribution", "before", "after")]
        agree(
            [here.upstream_gradient, here.local_derivative, here.contribution, here.before, here.after], told
        )
    for step, grads in zip((0, 1, len(journal), 3, 2, 2, 0), seen):
        wanted = dict.fromkeys(order, 0.0) | {root: 1.0}
        for each in journal[:step]:
            wanted[each.operand] = each.after
        agree([wanted[node] for node in order], grads)
