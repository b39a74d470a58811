"""The page in a notebook and on a command line: numbers go from Python to the page and back."""

import json
import math
import sys
import threading
from textwrap import dedent
from urllib.request import urlopen

import page_modules
import pytest
from notebooks import executed
from page_browser import needs_browser
from page_modules import HOST
from page_readback import carried

import nn
from minigrad import Value
from nn import MLP, trace
from viz.page import steps
from viz.page.__main__ import main, page_of, server_of
from viz.page.rules_script import in_script, rules_script
from viz.page.shell import bundle
from viz.page.tape import tape_of
from viz.page.widget import Link, widget

tab = page_modules.tab  # a fixture


# --- Python's side ---------------------------------------------------------------------------------------


def network():
    model = MLP(2, [2, 1], "sigmoid", seed=1)
    return model, trace(model, [0.5, -1.0], 1.0, nn.half_squared_error)


def test_a_number_from_the_page_is_put_into_its_value_and_the_graph_computed():
    model, traced = network()
    link = Link(traced)
    link.receive([["w1_11", "0.25"], ["x2", "2.0"], ["y1", "-1.0"]])
    again = trace(model, [0.5, 2.0], -1.0, nn.half_squared_error)
    assert model.layers[0].neurons[0].w[0].data == 0.25
    assert traced.cost.data == again.cost.data
    again.backward()
    expected = [parameter.grad for parameter in model.parameters()]
    link.receive([["w1_11", "0.5"]])
    link.receive([["w1_11", "0.25"]])
    assert [parameter.grad for parameter in model.parameters()] == expected


def test_numbers_outside_a_domain_leave_the_graph_and_say_why():
    x = Value(2.0, "x")
    root = x.log() * 3.0
    link, before = Link(root), root.data
    link.receive([["x", "-1.0"]])
    assert link.error == "log(-1): the operand must be > 0 (value labelled 'x')"
    assert root.data == before
    link.receive([["x", "4.0"]])
    assert (link.error, root.data) == ("", 3.0 * Value(4.0).log().data)


def test_leaves_of_one_label_and_unknown_labels_are_left_alone():
    first, second, third = Value(2.0, "a"), Value(3.0, "a"), Value(4.0, "b")
    Link(first * second + third).receive([["a", "9"], ["nobody", "1"], ["b", "Infinity"]])
    assert (first.data, second.data, third.data) == (2.0, 3.0, math.inf)


def test_a_graph_that_the_page_does_not_compute_is_not_linked():
    x = Value(2.0, "x")
    y = x * 3.0
    y.local_derivatives = [1.0, 2.0]
    assert Link(y).leaves == {}


def test_without_anywidget_there_is_a_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match=r'pip install "minigrad\[widget\]"'):
        widget(Value(1.0) * 2.0)


def test_a_value_that_changed_in_python_is_told_to_the_page():
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    model, traced = network()
    page = widget(traced)
    page.update()
    assert page.numbers == []
    model.layers[0].neurons[1].b.data = 0.125
    page.update()
    assert page.numbers == [["b1_2", "0.125"]]
    model.layers[1].neurons[0].w[0].data = -3.0
    page.update()
    assert page.numbers == [["b1_2", "0.125"], ["w2_11", "-3.0"]]
    assert traced.cost.data == trace(model, [0.5, -1.0], 1.0, nn.half_squared_error).cost.data
    page.close()


CELLS = (
    """
    import nn
    from viz import widget
    model = nn.MLP(2, [2, 1], "sigmoid", seed=1)
    traced = nn.trace(model, [0.5, -1.0], 1.0)
    page = widget(traced)
    page""",
    "model.layers[0].neurons[0].w[1].data = 0.75",  # Python → page, when the cell ends
    "print(page.numbers)",
    "page.set_state({'numbers': [['w1_12', '0.75'], ['b2_1', '-0.5']]})  # as the page says it",
    "print(model.layers[1].neurons[0].b.data, traced.cost.data == nn.trace(model, [0.5, -1], 1).cost.data)",
)


def test_in_a_notebook_numbers_go_to_the_page_and_back(tmp_path):
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    v4 = pytest.importorskip("nbformat").v4
    book = v4.new_notebook(cells=[v4.new_code_cell(dedent(cell).strip()) for cell in CELLS])
    cells = executed(book, tmp_path)
    shown = [output for output in cells[0].outputs if "data" in output]
    assert "application/vnd.jupyter.widget-view+json" in shown[0].data
    printed = ["".join(output.get("text", "") for output in cell.outputs) for cell in cells]
    assert printed[2] == "[['w1_12', '0.75']]\n"
    assert printed[4] == "-0.5 True\n"


# --- the browser's side ----------------------------------------------------------------------------------

FRAME = """import {Graph} from "./numbers/engine.js";
import {minigradApi, connectHost} from "./api.js";
import {Training} from "./numbers/training.js";
let shown = new Graph(JSON.parse(document.getElementById("tape").textContent)), tell = () => {};
const page = {graph: () => shown, show: (graph) => { shown = graph; tell(); }};
const data = {x: [[0.5, -1], [1, 0]], y: [[1], [0]]};
let training = null;
page.training = () => training ??= new Training(shown, {data, learningRate: 0.5});
window.minigrad = minigradApi({...page, zoom: (level) => `zoom ${level}`, step: (n) => `step ${n}`});
tell = connectHost(page);
"""

HOSTED = """
const widget = (await import("HOSTwidget.js")).default, traits = new Map(Object.entries(given)), heard = [];
let changed = null;
const model = {
  get: (name) => traits.get(name),
  set: (name, value) => { traits.set(name, value); changed?.(); },
  save_changes: () => heard.push(JSON.stringify(traits.get("numbers"))),
  on: (name, listener) => { changed = listener; },
  off: () => { changed = null; },
};
window.model = model;
window.heard = heard;
window.cleanUp = widget.render({model, el: document.body});
"""


def hosted(tab, html):
    """A notebook's side in a tab, and the page's frame in it."""
    tab.tab.goto(HOST)
    tab.run({}, HOSTED.replace("HOST", HOST), {"html": html, "height": 300, "numbers": [["x1", "0.25"]]})
    frame = tab.tab.frames[1]
    until(frame, "window.minigrad && minigrad.get('x1').data === 0.25")  # told when it opened
    return tab.tab, frame


def until(frame, condition):
    """The page's content policy forbids the eval with which Playwright waits for a function."""
    for _ in range(400):
        if frame.evaluate(condition):
            return
        frame.wait_for_timeout(25)
    raise AssertionError(condition)


def bare_page(root):
    """A page without a stage: what window.minigrad asks for, and no more."""
    script = bundle("frame", {"frame": FRAME, "numbers/rules": rules_script()})
    tape = f'<script type="application/json" id="tape">{in_script(tape_of(root))}</script>'
    return f"<!doctype html>{tape}<script type=module>{script}</script>"


@needs_browser
def test_the_page_and_the_notebook_tell_each_other_and_never_echo(tab):
    _, traced = network()
    host, frame = hosted(tab, steps(traced).html)
    frame.evaluate("minigrad.set('w1_11', 0.125)")
    host.wait_for_function("heard.length === 1")
    assert json.loads(host.evaluate("heard[0]")) == [["x1", "0.25"], ["w1_11", "0.125"]]
    host.evaluate("model.set('numbers', [['x1', '0.25'], ['w1_11', '-7'], ['b2_1', 'Infinity']])")
    until(frame, "minigrad.get('w1_11').data === -7 && minigrad.get('b2_1').data === Infinity")
    host.wait_for_timeout(50)
    assert host.evaluate("heard.length") == 1
    host.evaluate("cleanUp()")


@needs_browser
def test_window_minigrad_answers_as_a_script_expects(tab):
    model, traced = network()
    traced.backward()
    _, frame = hosted(tab, bare_page(traced))
    labels = frame.evaluate("minigrad.labels()")
    assert {"w1_11", "b2_1", "z1_2", "a1_1", "x1", "y1", "C"} <= set(labels)
    frame.evaluate("minigrad.set('x1', 0.5)")
    found = frame.evaluate("minigrad.get('z1_2')")
    assert found == {"data": traced.z[1][1].data, "grad": traced.delta(1)[1]}
    for wrong in ("minigrad.get('w9_11')", "minigrad.set('C', 1)", "minigrad.set('x1', '1')"):
        with pytest.raises(Exception, match=r"labels|set a leaf|is a number"):
            frame.evaluate(wrong)
    frame.evaluate("minigrad.set('y1', 0)")
    assert frame.evaluate("minigrad.get('C').data") == traced.output.data**2 / 2
    trained = frame.evaluate("minigrad.train(20)")
    nn.fit(model, [[0.5, -1.0], [1.0, 0.0]], [[1.0], [0.0]], loss=nn.half_squared_error, lr=0.5, epochs=20)
    assert trained["epoch"] == 20
    assert abs(frame.evaluate("minigrad.get('w2_11').data") - model.layers[1].W[0, 0]) < 1e-12
    assert frame.evaluate("[minigrad.zoom('layers'), minigrad.step(3)]") == ["zoom 3", "step 3"]
    refused = """calls => calls.map(([name, given]) => {
        try { minigrad[name](given); return "" } catch (error) { return error.message }
    })"""
    assert frame.evaluate(refused, [["zoom", "leaves"], ["zoom", 5], ["step", "3"]]) == [
        "zoom takes 1 to 4, or operations, neurons, layers, matrices; not leaves",
        "zoom takes 1 to 4, or operations, neurons, layers, matrices; not 5",
        "step takes a number of steps of the pass, not 3",
    ]


# --- the command line ------------------------------------------------------------------------------------


def test_the_command_writes_a_page_to_start_from(tmp_path, capsys):
    path = main(["--layers", "3", "2", "1", "--out", str(tmp_path / "new" / "page.html")])
    assert capsys.readouterr().out == f"{path}\n"
    assert carried(path.read_text(encoding="utf-8"))["tape"]["network"]["sizes"] == [3, 2, 1]


@pytest.mark.parametrize("layers", [["4"], ["4", "0"], ["4", "-1"], ["two", "1"]])
def test_layers_that_are_none_are_refused(layers, capsys):
    with pytest.raises(SystemExit):
        main(["--layers", *layers])
    assert "layer" in capsys.readouterr().err


def test_the_page_is_served_on_this_machine_alone():
    page = page_of([2, 2, 1])
    with server_of(page, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert server.server_address[0] == "127.0.0.1"
        with urlopen(f"http://127.0.0.1:{server.server_port}/") as answer:
            assert answer.read().decode() == page.html
        with pytest.raises(Exception, match="404"):
            urlopen(f"http://127.0.0.1:{server.server_port}/elsewhere")
        server.shutdown()
