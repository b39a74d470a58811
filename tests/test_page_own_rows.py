"""Rows of one's own in the page: read where they can be, and said why where they cannot."""

import pytest
from page_modules import CHROMIUM, COMPUTED, agree, modules, unpacked

from minigrad import Value, operation, topological_order
from viz.page.tape import operations_of, tape_of

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the PATH")


@operation(lambda x: x * x * x)
def cube(y, x):
    """y = x³"""
    return (3 * x * x,)


@operation(lambda x: 2.0 / x + x**0.5)
def hyperbola(y, x):
    """y = 2 / x + √x"""
    return (0.5 / x**0.5 - 2.0 / (x * x),)


@operation(lambda x: x if x > 0 else 2 * x)
def branching(y, x):
    """A row that asks for the number"""
    return (1.0 if x > 0 else 2.0,)


@pytest.fixture(scope="module")
def tab():
    with modules(cube, hyperbola) as opened:
        yield opened


def test_a_row_of_ones_own_is_read_where_it_is_arithmetic(tab):
    x = Value(0.75, "x")
    root = cube(x) * x + cube(x)
    root.backward()
    tape = tape_of(root)
    assert tape["computes"]
    assert operations_of(root) == [cube]
    changed = cube(moved := Value(-1.25)) * moved + cube(moved)
    changed.backward()
    place = topological_order(root).index(x)
    found = tab.run({"engine": "Graph"}, COMPUTED, [[tape, [[place, -1.25]]]])[0]
    data, grad, new_data, new_grad = map(unpacked, found[:4])
    agree([root.data, x.grad], [data[-1], grad[place]])
    agree([changed.data, moved.grad], [new_data[-1], new_grad[place]])


@pytest.mark.parametrize(("number", "error"), [(0.0, "ZeroDivisionError"), (-4.0, "ValueError"), (4.0, "")])
def test_a_row_of_ones_own_raises_in_the_page_where_python_does(tab, number, error):
    body = """
    const {value, local} = RULES["hyperbola"];
    try {
      const y = value(given);
      return ["", y, local[0](y, given)];
    } catch (error) {
      return [error.name];
    }
    """
    name, *numbers = tab.run({"rules": "RULES"}, body, number)
    assert name == error
    assert numbers == ([] if error else [2.5, 0.125])


def planted():
    x = Value(0.5, "x")
    y = x * 3.0
    y.local_derivatives = [2.0, 0.5]
    return y, "(x × 3) is not what its row gives"


def stale():
    x = Value(0.5, "x")
    y = x * 3.0
    x.data = 1.0
    return y, "(x × 3) is not what its row gives"


def unreadable():
    return branching(Value(0.5, "x")), "the row of branching cannot be read as a formula"


@pytest.mark.parametrize("make", [planted, stale, unreadable])
def test_what_cannot_be_computed_is_stepped_through_as_recorded_and_says_why(tab, make):
    root, why = make()
    root.backward()
    tape = tape_of(root)
    assert not tape["computes"]
    assert tape["why"].startswith(why)
    body = """
    const graph = new Graph(given), opened = [bytes(graph.data), bytes(graph.grad)];
    try { graph.set(0, 3); } catch (error) { opened.push(error.message); }
    graph.forward();
    return [...opened, bytes(graph.data)];
    """
    data, grad, refused, after = tab.run({"engine": "Graph"}, body, tape)
    order = topological_order(root)
    agree([node.data for node in order], unpacked(data))
    agree([node.grad for node in order], unpacked(grad))
    assert (refused, after) == (tape["why"], data)
