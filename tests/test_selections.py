"""What is not selected passes nothing on, whatever arrives: 0 · ∞ and 0 · nan are 0 at a selection.

The right derivatives are 0, since each function is constant where it is asked. PyTorch 2.13.0 gives the same
for all of them, where it is installed.
"""

import copy
import math
import pickle

import pytest
from compiler_graphs import compiled, on_tape

import minigrad
from minigrad import (
    Value,
    backward_steps,
    clip,
    elu,
    floor,
    grad,
    hessian,
    jacobian,
    leaky_relu,
    log,
    maximum,
    minimum,
    relu,
    rules,
    sign,
    sqrt,
    where,
)
from minigrad.number import NOTHING

CONSTANT_THERE = {
    "sqrt(relu(x))": (lambda x: sqrt(relu(x)), -1.0),
    "sqrt(relu(x)) at the kink": (lambda x: sqrt(relu(x)), 0.0),
    "sRGB": (lambda x: minimum(maximum(x, 0.0), 1.0) ** (1 / 2.4), -0.5),
    "maximum(x, 0) ** 0.5": (lambda x: maximum(x, 0.0) ** 0.5, -1.0),
    "log(1 / maximum(x, tiny))": (lambda x: log(1 / maximum(x, 1e-200)), 0.0),
    "1 / maximum(x, tiny)": (lambda x: 1 / maximum(x, 1e-200), -3.0),
    "a power with a negative exponent": (lambda x: maximum(x, 1e-160) ** -1.5, -2.0),
    "sqrt(minimum)": (lambda x: sqrt(minimum(x, 0.0)), 2.0),
    "minimum on the right": (lambda x: sqrt(minimum(0.0, x)), 2.0),
    "two selections, one above the other": (lambda x: sqrt(relu(relu(x) - 1.0)), 0.5),
    "overflow on the way": (lambda x: (relu(x) + 1e-200) ** -1 * 1e150 * 1e150, -1.0),
    "the norm of what is cut off": (lambda x: sqrt(relu(x) * relu(x) + relu(x - 1.0)), -1.0),
    "the arc sine of a clipped number": (lambda x: minigrad.asin(minimum(maximum(x, -1.0), 1.0)), 7.0),
    "the slope of leaky_relu where x > 0": (lambda s: sqrt(leaky_relu(1.0, s) - 1.0), 0.3),
    "the scale of elu where x > 0": (lambda s: sqrt(elu(2.0, s) - 2.0), 0.3),
}
FLAT_THERE = {
    "sqrt(clip) below": (lambda x: sqrt(clip(x, 0.0, 1.0)), -0.5),
    "sqrt(1 - clip) above": (lambda x: sqrt(1 - clip(x, 0.0, 1.0)), 1.5),
    "where, not chosen": (lambda x: sqrt(where(relu(x), x, 0.0)), -1.0),
    "sqrt(floor(x))": (lambda x: sqrt(floor(x)), 0.5),
    "log(1 / (round(x) + tiny))": (lambda x: log(1 / (round(x) + 1e-200)), 0.25),
    "sqrt(x // 2)": (lambda x: sqrt(x // 2.0), 1.0),
    "sqrt(2 % x - 2)": (lambda x: sqrt(2.0 % x - 2.0), 5.0),
    "sqrt(sign(x) + 1)": (lambda x: sqrt(sign(x) + 1.0), -3.0),
}
EVERYWHERE = CONSTANT_THERE | FLAT_THERE
everywhere_constant = pytest.mark.parametrize(("f", "at"), EVERYWHERE.values(), ids=EVERYWHERE.keys())


@everywhere_constant
def test_the_derivative_is_0_where_the_function_is_constant(f, at):
    x = Value(at)
    y = f(x)
    y.backward()
    assert x.grad == 0.0
    assert type(x.grad) is float
    assert grad(y, [x])[0].data == 0.0
    assert jacobian([y], [x]) == [[0.0]]
    assert hessian(y, [x]) == [[0.0]]


@everywhere_constant
def test_the_steps_of_a_pass_say_the_same(f, at):
    x = Value(at)
    steps = backward_steps(f(x))
    steps.finish()
    assert x.grad == 0.0


@everywhere_constant
@pytest.mark.parametrize("examples", [1, 9])
@pytest.mark.parametrize("make", [compiled, on_tape], ids=["lines", "tape"])
def test_programs_say_the_same(f, at, examples, make):
    x, shift = Value(at), Value(0.0)
    program = make((f(x + shift), [shift], [x]))
    _, gradient = program.gradient([[0.0]] * examples)
    assert gradient.tolist() == [0.0]


@pytest.mark.parametrize(("f", "at"), CONSTANT_THERE.values(), ids=CONSTANT_THERE.keys())
def test_pytorch_agrees(f, at):
    torch = pytest.importorskip("torch")
    functions = {
        "maximum": torch.maximum, "minimum": torch.minimum, "relu": torch.relu, "sqrt": torch.sqrt,
        "log": torch.log, "asin": torch.asin,
        "leaky_relu": lambda x, slope: torch.where(x > 0, x, slope * x),
        "elu": lambda x, scale: torch.where(x > 0, x, scale * torch.expm1(x)),
    }  # fmt: skip
    x = Value(at)
    y = f(x)
    numbers = {}
    for node in minigrad.topological_order(y):
        if node is x or node.op is rules.constant:
            numbers[node] = torch.tensor(node.data, dtype=torch.float64, requires_grad=node is x)
            continue
        operands = [numbers[operand] for operand in node.operands]
        function = functions.get(node.op.name) or node.op.value
        function = torch.pow if node.op is rules.power else function
        numbers[node] = function(*operands)
    numbers[y].backward()
    assert numbers[x].grad.item() == x.grad == 0.0


def test_where_x_is_selected_infinity_comes_through():
    x = Value(0.0)
    sqrt(maximum(x, -1.0)).backward()
    assert x.grad == math.inf
    x = Value(0.0)
    sqrt(maximum(x, 0.0)).backward()  # a tie: half of it
    assert x.grad == math.inf


def test_any_other_0_times_infinity_is_nan():
    for f in (
        lambda x: sqrt(x * x),
        lambda x: sqrt(abs(x)),
        lambda x: sqrt(x**2),
        lambda x: x * math.inf * 0,
    ):
        x = Value(0.0)
        f(x).backward()
        assert math.isnan(x.grad)


def test_what_lies_below_an_operand_that_is_not_selected_is_asked_as_ever():
    x = Value(0.0)
    maximum(sqrt(x), 5.0).backward()  # 0 arrives at √x, of which the derivative is ∞; in PyTorch too
    assert math.isnan(x.grad)
    assert math.isnan(grad(maximum(sqrt(x), 5.0), [x])[0].data)


def test_nothing_absorbs_nan_too():
    x = Value(-1.0)
    (relu(x) * math.nan).backward()
    assert x.grad == 0.0


def test_a_copy_and_a_pickle_of_a_graph_pass_nothing_on_either():
    for copied in (copy.deepcopy, lambda y: pickle.loads(pickle.dumps(y)), copy.copy):
        y = copied(sqrt(relu(Value(-1.0))))
        y.backward()
        [leaf] = [node for node in minigrad.topological_order(y) if node.op is None]
        assert leaf.grad == 0.0
        assert y.operands[0].local_derivatives[0] is NOTHING


def test_a_row_of_ones_own_may_say_nothing():
    @minigrad.operation(lambda x, low, high: min(max(x, low), high))
    def clamp(y, x, low=0.0, high=1.0):
        inside = rules.where(x < low, NOTHING, rules.where(x > high, NOTHING, 1.0))
        return inside, rules.where(x < low, 1.0, NOTHING), rules.where(x > high, 1.0, NOTHING)

    x, shift = Value(-0.5), Value(0.0)
    y = clamp(x + shift) ** (1 / 2.4)
    y.backward()
    assert x.grad == 0.0 == hessian(y, [x])[0][0]
    for make in (compiled, on_tape):
        for examples in (1, 9):
            assert make((y, [shift], [x])).gradient([[0.0]] * examples)[1].tolist() == [0.0]


@pytest.mark.parametrize("make", [compiled, on_tape], ids=["lines", "tape"])
def test_a_step_and_a_choice_of_ones_own_pass_nothing_on_in_programs(make):
    @minigrad.operation(lambda x: math.copysign(1.0, x))
    def side(y, x):
        return (NOTHING,)

    @minigrad.operation(lambda condition, yes, no: yes if condition else no)
    def select(y, condition, yes, no):
        is_no = rules.where(condition >= 0, rules.where(condition <= 0, 1.0, NOTHING), NOTHING)
        is_yes = rules.where(condition >= 0, rules.where(condition <= 0, NOTHING, 1.0), 1.0)
        return NOTHING, is_yes, is_no

    x, shift = Value(1.0), Value(0.0)
    for f, wanted in [
        (lambda x: sqrt(side(x) - 1.0) + x, 1.0),
        (lambda x: side(x), 0.0),
        (lambda x: sqrt(select(x - 1.0, x, 0.0)) + 3.0 * x, 3.0),
        (lambda x: sqrt(select(x, 0.0, x)), 0.0),
        (lambda x: select(1.0, x * x, 0.0), 2.0),
    ]:
        y = f(x + shift)
        x.grad = 0.0
        y.backward()
        assert x.grad == wanted
        for examples in (1, 9):
            assert make((y, [shift], [x])).gradient([[0.0]] * examples)[1].tolist() == [wanted]


def test_an_infinite_error_at_a_dead_neuron_is_0_in_the_four_equations():
    from nn import MLP, trace
    from nn.delta import equations

    model = MLP(1, [1, 1], activation="relu", output_activation="relu", seed=0)
    for parameter, number in zip(model.parameters(), [1.0, -2.0, 1.0, 0.0], strict=True):
        parameter.data = number
    t = trace(model, [1.0], y=0.0, loss=lambda a, y: sqrt(a))
    t.backward()
    assert t.delta(2).tolist() == t.delta(1).tolist() == [0.0]
    assert equations.report(t).largest == 0.0


def test_the_four_equations_keep_their_form():
    from nn import MLP

    x, y = [Value(0.5), Value(0.2)], Value(0.0)
    cost = (MLP(2, [3, 1], activation="relu", seed=0)(x) - y) ** 2
    program = minigrad.compile(cost, inputs=[*x, y])
    assert "delta1 = where(Z1 > 0, W2.T @ delta2, 0.0)" in program.source
    assert "(2)  δ⁽¹⁾ = (W⁽²⁾ᵀ δ⁽²⁾) ⊙ (1 if z⁽¹⁾ > 0 else 0)" in map(str, program.equations())
