"""People who come from micrograd change the import line, and nothing else."""

import importlib.metadata
import re

import pytest

from minigrad import Value
from nn import MLP


def test_the_example_of_micrograds_readme_runs_with_the_import_line_changed(capsys):
    readme = importlib.metadata.metadata("micrograd").get_payload() or ""
    readme = readme or importlib.metadata.metadata("micrograd")["Description"]
    blocks = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    program = next(block for block in blocks if "from micrograd.engine import Value" in block)
    exec(program.replace("from micrograd.engine import Value", "from minigrad import Value"), {})
    printed = capsys.readouterr().out.split()
    stated = re.findall(r"prints (-?\d+\.\d+)", program)
    assert printed == stated
    assert len(stated) == 3


def test_micrograds_code_runs_with_the_import_changed():
    model = MLP(3, [4, 4, 1], seed=1337)  # his code has no seed; relus that are dead at the start stay so
    assert len(model.parameters()) == 41
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    losses = []
    for _ in range(20):
        ypred = [model(x) for x in xs]
        loss = sum((yout - ygt) ** 2 for ygt, yout in zip(ys, ypred, strict=True))
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data += -0.005 * p.grad
        losses.append(loss.data)
    assert isinstance(ypred[0], Value)  # a network of one output gives a Value, not a list
    assert losses[-1] < losses[0]
    assert isinstance(model.layers[0].neurons[0].w[0], Value)
    assert any(layer.neurons[0].b.data != 0.0 for layer in model.layers)


def test_the_lectures_drawing_code_finds_what_it_reads():
    x = Value(2.0, label="x")
    y = (x * x).tanh()
    assert y._op == "tanh"
    assert x._op == ""
    assert list(y._prev[0]._prev) == [x, x]


@pytest.mark.parametrize("given", [((), ""), (("a", "b"), "*"), (("a", "b"),), ("x", "+")])
def test_a_node_made_by_hand_is_told_that_operations_make_nodes(given):
    with pytest.raises(TypeError, match=r"only operations make nodes .* a \* b.*minigrad\.operation"):
        Value(6.0, *given)


@pytest.mark.parametrize("name", ["_backward", "_prev", "_op"])
def test_what_is_assigned_to_micrograds_names_is_told_what_to_do_instead(name):
    out = Value(2.0) * Value(3.0)
    with pytest.raises(AttributeError, match=r"only operations make nodes .*minigrad\.operation"):
        setattr(out, name, lambda: None)


def test_a_backward_step_of_a_node_is_told_what_to_do_instead():
    with pytest.raises(AttributeError, match=r"minigrad\.operation"):
        Value(2.0)._backward()
