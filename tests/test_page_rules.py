"""The table of rules read as JavaScript: every row against Python, in a real browser."""

import itertools
import math

import numpy as np
import pytest
from edge_table import rows
from page_browser import needs_browser
from page_modules import COMPUTED, agree, modules, packed, unpacked

from minigrad import Value, grad, operation, rules, topological_order
from minigrad.number import NOTHING
from minigrad.operations import OUT_OF_DOMAIN
from viz.page.tape import operations_of, tape_of

pytestmark = needs_browser

EDGES = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -3.0,
    1e-150,
    -1e160,
    1e300,
    -1e300,
    5e-324,
    710.0,
    math.inf,
    -math.inf,
    math.nan,
)
FEWER_EDGES = (0.0, -0.0, 1.0, -3.0, 1e160, -1e300, -math.inf, math.nan)
STANDS_FOR_NOTHING = math.pi * 1e-77  # among numbers
LEAST = 2_000  # operands of each row
# Of these the local derivative cancels where y is near 1, and has the rounding of y, which may differ.
CANCELLING = {"sigmoid", "tanh", "silu"}


def operands_of(row, generator):
    """At least 2,000 operands: every tuple of edges, near the ends of domains, and numbers of every size."""
    counts = (2, 3, 4, 7) if row.arity is None else (row.arity,)
    found = []
    for count in counts:
        edges = itertools.product(EDGES if count < 3 else FEWER_EDGES, repeat=min(count, 3))
        found += [(*each, *generator.normal(size=count - len(each)).tolist()) for each in edges]
        size = (LEAST // len(counts) // 5, count)
        ordinary = generator.normal(scale=generator.choice([0.5, 3.0, 30.0], size=size), size=size)
        of_any_size = generator.choice([-1, 1], size=size) * 10.0 ** generator.uniform(-320, 308, size=size)
        near_one = generator.choice([-1, 1], size=size) * (1 + generator.normal(scale=1e-9, size=size))
        whole = generator.integers(-20, 20, size=size).astype(float)
        for some in (ordinary, of_any_size, near_one, whole, np.where(whole % 2, whole, ordinary)):
            found += map(tuple, some.tolist())
    return found


def outcome(row, operands):
    """Value and local derivatives, or the name of the error."""
    try:
        y = row.value(*operands)
        return "", [y, *row.local_derivatives(y, *operands)]
    except OUT_OF_DOMAIN as error:
        return type(error).__name__, []


IN_THE_PAGE = """
const rule = RULES[given.name], count = given.count, x = floats(given.operands), n = x.length / count;
const numbers = new Float64Array(n * (count + 1)).fill(NaN), errors = [];
const known = (slope) => (slope === NOTHING ? given.nothing : slope);
for (let i = 0; i < n; i++) {
  const operands = [...x.subarray(i * count, (i + 1) * count)];
  try {
    const y = rule.every ? rule.value(operands) : rule.value(...operands);
    const local = (k) => (rule.every ? rule.every(y, operands, k) : rule.local[k](y, ...operands));
    numbers.set([y, ...operands.map((_, k) => known(local(k)))], i * (count + 1));
    errors.push("");
  } catch (error) {
    errors.push(error.name);
  }
}
return [errors, bytes(numbers)];
"""


@operation(lambda x: x * x * x)
def cube(y, x):
    """y = x³"""
    return (3 * x * x,)


@operation(lambda x: 2.0 / x + x**0.5)
def hyperbola(y, x):
    """y = 2 / x + √x"""
    return (0.5 / x**0.5 - 2.0 / (x * x),)


@pytest.fixture(scope="module")
def tab():
    with modules(cube, hyperbola) as opened:
        yield opened


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_every_row_gives_in_the_page_what_it_gives_in_python(tab, row):
    operands = operands_of(row, np.random.default_rng(7))
    assert len(operands) >= LEAST
    for count, group in itertools.groupby(operands, key=len):
        some = list(group)
        given = {"name": row.name, "count": count, "operands": packed(some), "nothing": STANDS_FOR_NOTHING}
        errors, numbers = tab.run({"rules": "RULES", "values": "NOTHING"}, IN_THE_PAGE, given)
        found = unpacked(numbers).reshape(len(some), count + 1).tolist()
        for each, error, there in zip(some, errors, found, strict=True):
            name, here = outcome(row, each)
            assert error == name, each
            for place, (wanted, actual) in enumerate(zip(here, there)):
                assert agrees(wanted, actual, row, place), (each, place, wanted, actual)


def agrees(wanted, actual, row, place):
    """To 1e-12 of itself; 0, inf, nan, NOTHING and the sign of a value as they are."""
    if wanted is NOTHING or actual == STANDS_FOR_NOTHING:
        return wanted is NOTHING and actual == STANDS_FOR_NOTHING
    if not math.isfinite(wanted) or not math.isfinite(actual):
        return wanted == actual or (math.isnan(wanted) and math.isnan(actual))
    is_slope_of_power = row.name == "power" and place > 0  # at the exponent 0 it is 0, of either sign
    if wanted == 0 and actual == 0:
        return is_slope_of_power or math.copysign(1, wanted) == math.copysign(1, actual)
    rounding = 4e-16 if row.name in CANCELLING and place else 1e-320
    return abs(actual - wanted) <= 1e-12 * abs(wanted) + rounding


@pytest.mark.parametrize("terms", list(itertools.permutations((1000.0, math.nan, 0.0))))
def test_nan_among_the_terms_of_logsumexp_is_nan_wherever_it_stands(terms):
    assert math.isnan(rules.logsumexp(*terms))


def test_a_zeroth_power_has_the_derivative_zero_at_any_base():
    for base in (5e-324, -5e-324, 1e-309, 0.5, -0.5, 1e300, math.inf):
        x, exponent = Value(base), Value(0.0)
        (slope,) = grad(x**exponent, [x], create_graph=True)
        assert slope.data == 0.0


HOSTILE = ("a", "it's", '"quoted"', "tab\tand\nline \\ end", "both ' and \"", "δ </script>")
WORDS = """
return given.map(([tape, leaves]) => {
  const graph = new Graph(tape);
  leaves.forEach((number, node) => graph.set(node, Number(number)));
  graph.forward();
  return graph.error;
});
"""


def test_outside_its_domain_a_row_says_in_the_page_what_python_says(tab):
    given, wanted = [], []
    for row in filter(lambda row: row.arity in (1, 2), rows()):
        labels = itertools.cycle(HOSTILE)
        inside = next(x for x in itertools.product((1.5, 0.5), repeat=row.arity) if not outcome(row, x)[0])
        root = row(*[Value(x, next(labels)) for x in inside])
        for outside in itertools.product(EDGES, repeat=row.arity):
            operands = [Value(x, node.label) for x, node in zip(outside, root.operands)]
            try:
                row(*operands)
            except OUT_OF_DOMAIN as error:
                order = topological_order(root)
                leaves = [operands[root.operands.index(node)].data for node in order[:-1]]
                given.append([tape_of(root), list(map(str, leaves))])
                wanted.append(str(error))
    assert len(wanted) > 100
    given = [[tape, [x.replace("inf", "Infinity") for x in leaves]] for tape, leaves in given]
    assert tab.run({"engine": "Graph"}, WORDS, given) == wanted


# --- rows of one's own -----------------------------------------------------------------------------------


@operation(lambda x: x if x > 0 else 2 * x)
def branching(y, x):
    """A row that asks for the number"""
    return (1.0 if x > 0 else 2.0,)


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
