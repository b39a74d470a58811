"""Depth is no limit: graphs are evaluated, walked, copied, pickled, freed, in linear time and memory."""

import copy
import gc
import io
import pickle
import subprocess
import sys
import time
import tracemalloc

import pytest

from minigrad import Value, grad, topological_order, total


def chain(length):
    x = Value(0.5, label="x")
    y = x
    for _ in range(length // 2):
        y = y * 0.999999
        y = y + x
    return x, y


MILLION = """
import copy, pickle
from minigrad import Value, grad, topological_order
x = y = Value(0.5, label="x")
for _ in range(500_000):
    y = y * 0.999999
    y = y + x
y.backward()
copied = copy.deepcopy(y)
del y  # frees a graph of which only the leaf x is held
text = pickle.dumps(copied)
del copied
again = pickle.loads(text)
order = topological_order(again)
[gradient] = grad(again, [order[0]])
same = gradient.data == order[0].grad == x.grad
print(len(order), order[0].label, order[0] is not x, again.has_gradient, same)
"""


def test_a_chain_of_a_million_operations():
    """Two operations a link, and a constant; in a process of its own, whose memory and limits are its own."""
    command = [sys.executable, "-c", MILLION]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("1500001 x True True True\n", "")


def test_second_derivatives_of_a_deep_chain():
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y * x
    [first] = grad(y, [x], create_graph=True)
    [second] = grad(first, [x])
    assert (first.data, second.data) == (20_001.0, 20_001.0 * 20_000.0)


def test_time_and_memory_are_linear():
    """Ten times the nodes take ten times the memory, and not a hundred times the processor's time."""
    seconds, bytes_a_node = [], []
    for length in (10_000, 100_000):
        gc.collect()
        started = time.process_time()
        _, y = chain(length)
        y.backward()
        pickle.loads(pickle.dumps(copy.deepcopy(y)))
        seconds.append(time.process_time() - started)
        del y
        tracemalloc.start()
        _, y = chain(length)
        bytes_a_node.append(tracemalloc.get_traced_memory()[0] / (1.5 * length))
        tracemalloc.stop()
        del y
    assert bytes_a_node[1] == pytest.approx(bytes_a_node[0], rel=0.05)
    assert seconds[1] < 40 * seconds[0]  # ten, with room for caches and the garbage collector


# --- what copies and pickles share -------------------------------------------------------------------------


@pytest.fixture
def pair():
    x = Value(3.0, label="x")
    y = (x * x).tanh()
    z = x + 1
    (y + z).backward()
    return x, y, z


def through_pickle(thing):
    return pickle.loads(pickle.dumps(thing))


def through_the_pickler_in_python(thing):
    file = io.BytesIO()
    pickle._Pickler(file).dump(thing)
    return pickle.loads(file.getvalue())


def through_an_old_protocol(thing):
    return pickle.loads(pickle.dumps(thing, protocol=1))


ROUTES = [copy.deepcopy, through_pickle, through_the_pickler_in_python, through_an_old_protocol]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.__name__)
def test_copies_have_all_facts_and_go_backward(pair, route):
    x, y, _ = pair
    copied = route(y)
    for old, new in zip(topological_order(y), topological_order(copied), strict=True):
        assert new is not old
        for field in ("data", "grad", "label", "has_gradient", "local_derivatives", "op"):
            assert getattr(new, field) == getattr(old, field)
    before, leaf = x.grad, topological_order(copied)[0]
    copied.backward()
    assert leaf.grad > before  # a leaf accumulates on top of the gradient it was copied with
    assert x.grad == before


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.__name__)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_what_several_values_share_they_share_afterwards(pair, route, order):
    things = {i: pair[i] for i in order}
    copied = route({**things, "again": pair[1]})
    assert copied["again"] is copied[1]
    assert copied[2].operands[0] is copied[0]
    assert copied[1].operands[0].operands == (copied[0], copied[0])


def test_a_shallow_copy_is_a_new_node_on_the_same_operands(pair):
    _, y, _ = pair
    copied = copy.copy(y)
    assert copied is not y
    assert copied.operands == y.operands
    assert (copied.data, copied.op) == (y.data, y.op)


def test_copying_all_nodes_of_a_graph_visits_each_once():
    _, y = chain(20_000)
    order = topological_order(y)
    started = time.process_time()
    copied = copy.deepcopy(order)  # leaves first: a walk from every node would be 300 million steps
    assert time.process_time() - started < 20
    assert topological_order(copied[-1]) == copied


@pytest.mark.parametrize("shared", ["in one sum", "at every step"])
def test_copying_what_is_used_many_times_takes_linear_time(shared):
    seconds = []
    for uses in (5_000, 50_000):
        mean = total([Value(1.0) for _ in range(uses)])
        y = Value(1.0)
        if shared == "in one sum":
            y = total([mean] * uses)
        else:
            for _ in range(uses):
                y = mean * y
        started = time.process_time()
        copied = copy.deepcopy(y)
        seconds.append(time.process_time() - started)
        assert len(topological_order(copied)) == len(topological_order(y))
    assert (
        seconds[1] < 40 * seconds[0]
    )  # ten, with room for caches; from use to operand and back is a hundred


class Unpicklable:
    def __reduce__(self):
        raise TypeError("this object cannot be pickled")


def test_a_pickle_that_failed_does_not_spoil_the_next(pair):
    x, y = chain(10_000)
    x.label = Unpicklable()  # the first node saved, so that the pickler fails amid the graph
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(y)
    x.label = "x"
    again = pickle.loads(pickle.dumps(y.operands[0]))
    assert len(topological_order(again)) == len(topological_order(y.operands[0]))


class FullDisk:
    def __init__(self):
        self.written = 0

    def write(self, text):
        self.written += len(text)
        if self.written > 100_000:
            raise OSError("no space")


def test_a_pickler_that_failed_and_lives_on_does_not_spoil_the_next():
    _, y = chain(20_000)
    pickler = pickle.Pickler(FullDisk())
    with pytest.raises(OSError, match="no space"):
        pickler.dump(y)
    again = pickle.loads(pickle.dumps(y.operands[0]))
    assert len(topological_order(again)) == len(topological_order(y.operands[0]))


def test_a_pickler_that_lives_on_does_not_spoil_the_next():
    _, y = chain(10_000)
    pickler = pickle.Pickler(io.BytesIO())
    pickler.dump(y)
    assert pickle.loads(pickle.dumps(y)).data == y.data


def test_the_recursion_limit_is_what_it_was():
    limit = sys.getrecursionlimit()
    _, y = chain(10_000)
    y.backward()
    copy.deepcopy(y)
    assert sys.getrecursionlimit() == limit
