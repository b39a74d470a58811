"""The journal of a backward pass: its end is that of `backward()`, and its way back is exact."""

import gc
import math
import random
import struct
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Value, backward_steps, topological_order, total
from minigrad.journal import Journal
from nn import MLP, mean, squared_error, trace


def bits(number: float) -> bytes:
    return struct.pack("<d", number)


def state(root: Value) -> list[tuple[bytes, bool]]:
    return [(bits(node.grad), node.has_gradient) for node in topological_order(root)]


def random_graph(seed: int, size: int, leaves: int = 5) -> Value:
    """Sums, differences, products and tanh of recent nodes, with much sharing; all nodes lead to the root."""
    generator = random.Random(seed)
    nodes = [Value(generator.uniform(-2, 2), label=f"x{i}") for i in range(leaves)]
    for _ in range(size):
        left, right = generator.choice(nodes[-20:]), generator.choice(nodes[-20:])
        makers = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: (a * b).tanh(), lambda a, b: a * a]
        nodes.append(generator.choice(makers)(left, right) * 0.9)
    return total(nodes[-20:])


def network() -> Value:
    """Document 001's network on one example: 11 nodes that pass a gradient on, 40 edges."""
    model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], seed=0)
    return trace(model, [-0.4, -0.5, 0.2, -0.2], y=-1.0).cost


def node_called(root: Value, label: str) -> Value:
    return next(node for node in topological_order(root) if node.label == label)


# --- the end, and the way back ---------------------------------------------------------------------------


@given(seed=st.integers(0, 10**6), size=st.integers(0, 60), former=st.floats(-10, 10))
@settings(max_examples=60, deadline=None)
def test_the_end_of_the_journal_is_that_of_backward_bit_for_bit(seed: int, size: int, former: float) -> None:
    root = random_graph(seed, size)
    leaf = topological_order(root)[0]
    leaf.grad = former
    root.backward()
    expected = state(root)
    for node in topological_order(root):
        node.grad, node.has_gradient = 0.1, False  # of interior nodes nothing may remain
    for node in topological_order(root):
        if not node.operands:
            node.grad = 0.0
    leaf.grad = former
    backward_steps(root).finish()
    assert state(root) == expected


@given(seed=st.integers(0, 10**6), size=st.integers(0, 60), data=st.data())
@settings(max_examples=60, deadline=None)
def test_going_back_restores_the_bits_of_every_position(seed: int, size: int, data: st.DataObject) -> None:
    root = random_graph(seed, size)
    journal = backward_steps(root)
    states = [state(root)]
    for _ in journal:
        states.append(state(root))
    for _ in range(5):
        position = data.draw(st.integers(0, len(journal)))
        journal.to_step(position)
        assert state(root) == states[position]


def test_restoring_gives_back_the_gradients_of_before_the_pass() -> None:
    root = network()
    root.backward()
    for node in topological_order(root):
        node.grad *= 3.0
    before = state(root)
    journal = backward_steps(root)
    journal.to_step(17)
    journal.restore()
    assert state(root) == before


def test_going_back_restores_numbers_that_subtraction_would_lose() -> None:
    big, small = Value(1e300, label="big"), Value(1e-300)
    root = big * math.inf + big * small  # inf + 1e-300: neither can be taken out of the sum again
    journal = backward_steps(root)
    journal.finish()
    assert big.grad == math.inf
    for step in reversed(journal):
        assert bits(step.operand.grad) == bits(step.before)
    assert big.grad == 0.0


def test_a_nan_is_walked_over_and_taken_back() -> None:
    x = Value(math.nan, label="x")
    journal = backward_steps(x * x)
    journal.finish()
    assert math.isnan(x.grad)
    journal.to_step(0)
    assert bits(x.grad) == bits(0.0)


def test_leaves_accumulate_unless_they_start_from_zero() -> None:
    x = Value(3.0)
    root = x * 2.0
    x.grad = 5.0
    backward_steps(root).finish()
    assert x.grad == 7.0
    journal = backward_steps(root, from_zero=True)
    journal.finish()
    assert x.grad == 2.0
    journal.restore()
    assert x.grad == 7.0


def test_a_leaf_as_root_has_no_steps_and_the_gradient_one() -> None:
    x = Value(2.0)
    journal = backward_steps(x)
    assert (len(journal), list(journal), x.grad, x.has_gradient) == (0, [], 1.0, True)


# --- what a step says ------------------------------------------------------------------------------------


def test_every_step_is_one_addition_of_the_loop_of_backward() -> None:
    root = network()
    received: dict[Value, int] = {}
    journal = backward_steps(root)
    for number, step in enumerate(journal, start=1):
        received[step.operand] = received.get(step.operand, 0) + 1
        assert step.number == number
        assert step.operand is step.node.operands[step.place]
        assert step.local_derivative == step.node.local_derivatives[step.place]
        assert step.upstream_gradient == step.node.grad
        assert step.contribution == step.upstream_gradient * step.local_derivative
        assert step.after == step.before + step.contribution == step.operand.grad
        assert step.waiting == journal.consumers(step.operand) - received[step.operand]
        assert journal.edge(number) == (step.node, step.place)
        assert journal[number] is step


def test_a_node_passes_its_gradient_on_only_when_it_is_complete() -> None:
    journal = backward_steps(random_graph(1, 80))
    while (node := journal.next_node) is not None:
        assert journal.waiting(node) == 0
        journal.forward()


def test_an_operand_that_occurs_twice_gets_two_steps() -> None:
    x = Value(3.0)
    steps = list(backward_steps(x * x))
    assert [(step.place, step.contribution, step.waiting) for step in steps] == [(0, 3.0, 1), (1, 3.0, 0)]


def test_the_ledger_of_a_node_adds_up_to_its_gradient() -> None:
    root = network()
    journal = backward_steps(root)
    journal.finish()
    for node in topological_order(root):
        if node is not root:
            ledger = journal.ledger(node)
            assert len(ledger) == journal.consumers(node)
            assert node.grad == sum((step.contribution for step in ledger[1:]), ledger[0].contribution)


def test_a_gradient_that_has_not_arrived_is_told_from_zero() -> None:
    root = network()
    root.backward()
    journal = backward_steps(root)
    z = node_called(root, "z1_1")
    assert not z.has_gradient
    journal.to_node(z)
    assert z.has_gradient
    journal.to_step(0)
    assert not z.has_gradient


def test_the_graph_is_the_users_own_and_not_a_copy() -> None:
    root = network()
    journal = backward_steps(root)
    assert all(node is other for node, other in zip(journal.order, topological_order(root), strict=True))


# --- walking to somewhere --------------------------------------------------------------------------------


def test_the_walk_to_a_node_ends_where_it_is_about_to_pass_its_gradient_on() -> None:
    root = network()
    journal = backward_steps(root)
    z = node_called(root, "z2_2")
    for start in (0, len(journal)):
        journal.to_step(start)
        journal.to_node(z)
        assert (journal.next_node, journal.at_node) == (z, True)


def test_the_walk_to_a_leaf_ends_when_its_gradient_is_complete() -> None:
    root = network()
    journal = backward_steps(root)
    w = node_called(root, "w2_12")
    for start in (0, len(journal)):
        journal.to_step(start)
        journal.to_node(w)
        assert journal.last is not None
        assert journal.last.operand is w


def test_the_walk_to_a_layer_has_all_that_the_layer_needs() -> None:
    root = network()
    journal = backward_steps(root)
    journal.to_layer(1)
    assert journal.next_node is node_called(root, "a1_1")
    assert journal.waiting(node_called(root, "a1_2")) == 0
    journal.to_layer(2)
    assert journal.next_node is node_called(root, "a2_1")


def test_walks_to_what_is_not_there_say_so() -> None:
    journal = backward_steps(network())
    with pytest.raises(IndexError, match="40 steps, there is no position 41"):
        journal.to_step(41)
    with pytest.raises(ValueError, match="layer 7"):
        journal.to_layer(7)
    with pytest.raises(ValueError, match="is not in the graph"):
        journal.to_node(Value(1.0))
    with pytest.raises(IndexError, match="there is no step 1 among them"):
        journal[1]


def test_a_batch_is_walked_example_by_example() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    cost = mean([squared_error(model(x), y) for x, y in (((0.1, 0.2), 1.0), ((0.3, -0.4), 0.0))])
    labels = [str(step.operand.label) for step in backward_steps(cost) if step.operand.label[:1] == "z"]
    assert labels == ["z2_1", "z1_1", "z1_2"] * 2


# --- cost ------------------------------------------------------------------------------------------------


def seconds_a_step(journal: Journal, count: int = 2000) -> float:
    """Of the processor, the least of five, as other work on the machine only adds."""
    times = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(count):
            journal.forward()
        times.append((time.process_time() - start) / count)
        for _ in range(count):
            journal.back()
    return min(times)


def test_a_step_takes_no_longer_in_a_large_graph_and_no_more_memory() -> None:
    small, large = random_graph(0, 800), random_graph(0, 45_000)
    assert len(topological_order(large)) > 100_000
    gc.collect()
    gc.disable()  # its passes over all objects would be timed too
    try:
        journals = [backward_steps(small), backward_steps(large)]
        times = [seconds_a_step(journal) for journal in journals]
        sizes = []
        for journal in journals:
            tracemalloc.start()
            for _ in range(1000):
                journal.forward()
            sizes.append(tracemalloc.get_traced_memory()[0] / 1000)
            tracemalloc.stop()
    finally:
        gc.enable()
    assert times[1] < 4 * times[0]  # measured 1.0; a walk over the graph a step would be 100
    assert sizes[1] < 2 * sizes[0]
    assert sizes[1] < 1000


def test_starting_costs_little_more_than_the_topological_order() -> None:
    root = random_graph(0, 45_000)
    gc.collect()
    gc.disable()
    try:
        times: dict[str, list[float]] = {"order": [], "journal": []}
        for _ in range(3):
            start = time.process_time()
            topological_order(root)
            times["order"].append(time.process_time() - start)
            start = time.process_time()
            backward_steps(root)
            times["journal"].append(time.process_time() - start)
    finally:
        gc.enable()
    assert min(times["journal"]) < 8 * min(times["order"])  # measured 2.5; taking all the steps is 30
