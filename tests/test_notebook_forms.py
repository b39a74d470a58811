"""Things show themselves in a notebook: richly, quickly, safely, on light pages and dark ones."""

import re
import time
from base64 import b64encode
from html.parser import HTMLParser
from xml.etree import ElementTree

import notebooks
import numpy as np
import page_browser
import pytest
from notebooks import images, in_theme, results
from processes import printed_by
from traced_networks import torch_trace

import nn
import viz
from minigrad import Value, check_gradients, compile
from minigrad.display import html_form
from minigrad.hooks import FORMS
from nn import MLP, BatchTrace, History, Layer, Module, Neuron, TorchTrace, fit, squared_error, trace
from nn.delta import equations
from viz.drawing.axes import visible
from viz.drawing.palette import contrast

browser, page = page_browser.browser, page_browser.page  # fixtures

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]></title><style>*{display:none}</style>",
    "&lt;b&gt; & $x$ [red]",
    "\x00\x1b[31m\u202e\ud800",
    "a\nb\r\n\tc",
    "long " * 100_000,
]


def document():
    """The network of the documents, 4-2-2-1, traced and walked back."""
    model = MLP(4, [2, 2, 1], activation="sigmoid", seed=0)
    t = trace(model, [0.1, 0.2, 0.3, 0.4], 1.0)
    t.backward()
    return t


def chain(length, x=None):
    """A graph of 2 · length operations, and the sine of a product last."""
    x = Value(1.0, label="x") if x is None else x
    result = x
    for _ in range(length):
        result = (result * x).sin()
    return result


def program_of(model, n_inputs, n_outputs):
    x, y = [Value(0.1) for _ in range(n_inputs)], [Value(0.0) for _ in range(n_outputs)]
    return compile(squared_error(model(x), y), inputs=[*x, *y])


def things():
    """By name, whatever a cell may end in; small ones, and ones of any size."""
    t, wide, deep = document(), MLP(64, [128, 64, 10], seed=0), MLP(2, [2] * 200, seed=0)
    large, long = trace(wide, [0.1] * 64, [0.0] * 10), trace(deep, [0.1, 0.2], [0.0, 0.0])
    large.backward()
    batch = nn.trace_batch(t.model, [[0.1] * 4] * 50, [1.0] * 50)
    batch.backward()
    record = History(cost=[1 / k for k in range(1, 20_001)], stopped="done")
    return {
        "leaf": Value(2.0, label="x"),
        "value": Value(2.0, label="x") * 3.0 + 1.0,
        "cost": t.cost,
        "large cost": large.cost,
        "deep value": chain(100_000),
        "wide value": sum((Value(1.0) for _ in range(3000)), Value(0.0)),
        "neuron": t.model.layers[0].neurons[0],
        "large neuron": Neuron(5000),
        "layer": t.model.layers[0],
        "large layer": wide.layers[0],
        "network": t.model,
        "large network": wide,
        "deep network": deep,
        "trace": t,
        "trace without a pass": trace(t.model, [0.1] * 4),
        "large trace": large,
        "deep trace": long,
        "batch": batch,
        "ledger": batch.ledger(1, 1, 1),
        "report": equations.report(t),
        "report of a batch": equations.report(batch),
        "comparison": equations.compare(t, {"delta2": 2 * t.delta(2)}),
        "history": fit(MLP(2, [2, 1], seed=0), [[0.0, 1.0]], [1.0], epochs=3),
        "history of nothing": History(),
        "long history": record,
        "endless history": History(cost=[1.0] * 1_000_000, stopped="done"),
        "program": program_of(MLP(4, [2, 1], activation="sigmoid", seed=0), 4, 1),
        "large program": program_of(MLP(3, [4] * 60, seed=0), 3, 4),
        "program on a tape": compile(chain(60, one := Value(1.0)), inputs=[one]),
        "report of gradients": check_gradients(lambda x: x * x, [3.0]),
    }


@pytest.fixture(scope="module")
def shown():
    """(thing, HTML, seconds of the processor) by name."""
    html_form(document().cost)  # what is loaded once
    forms = {}
    for name, thing in things().items():
        start = time.process_time()
        forms[name] = (thing, thing._repr_html_(), time.process_time() - start)
    return forms


DRAWN = {
    "style",
    "svg",
    "title",
    "desc",
    "defs",
    "pattern",
    "rect",
    "path",
    "g",
    "text",
    "line",
    "polygon",
    "circle",
}


class Reader(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.texts.append(data)


def cells(html):
    """The rows of a table, without its head."""
    rows = re.findall(r"<tr>(.*?)</tr>", html.split("</thead>")[1], re.S)
    return [re.findall(r"<td>(.*?)</td>", row) for row in rows]


def svgs(html):
    """The picture of a form, light and dark."""
    (svg,) = images(html)
    return [in_theme(svg, theme) for theme in ("light", "dark")]


def test_each_has_a_form_of_its_own_and_none_is_its_bare_repr(shown):
    for name, (thing, html, _) in shown.items():
        assert html.startswith('<div class="minigrad">'), name
        assert any(kind in FORMS for kind in type(thing).__mro__)


def test_a_form_is_quick_and_small_however_large_the_thing(shown):
    slow = {name: seconds for name, (_, _, seconds) in shown.items() if seconds > 1.0}  # of a busy machine
    large = {name: len(html) for name, (_, html, _) in shown.items() if len(html) > 300_000}
    assert (slow, large) == ({}, {})


def test_a_picture_is_that_of_viz_in_both_themes(shown):
    t = shown["trace"][0]
    drawn = [viz.network(t, theme=theme, max_neurons=6).svg for theme in ("light", "dark")]
    assert svgs(shown["trace"][1]) == drawn
    cost = shown["cost"][0]
    assert svgs(shown["cost"][1]) == [viz.graph(cost, theme=theme).svg for theme in ("light", "dark")]
    record = shown["history"][0]
    assert svgs(shown["history"][1]) == [viz.history(record, theme=theme).svg for theme in ("light", "dark")]


def test_what_is_too_large_for_a_picture_is_a_table(shown):
    for name in ("large cost", "deep value", "wide value", "deep trace"):
        assert "<img" not in shown[name][1]
        assert "<table" in shown[name][1], name
    assert "more than 100,000 nodes" in shown["deep value"][1]
    assert ["its graph", "6,001 nodes"] in cells(shown["wide value"][1])


def test_the_numbers_of_a_table_are_those_of_the_thing(shown):
    leaf = Value(-1.5, label="x")
    assert cells(html_form(leaf)) == [["number", "−1.5"], ["gradient", "none yet"]]
    leaf.grad, leaf.has_gradient = 0.0, True
    assert cells(html_form(leaf)) == [["number", "−1.5"], ["gradient", "0"]]
    layer = Layer(2, 3, initial=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    layer.neurons[2].b.data = 7.0
    assert cells(html_form(layer)) == [["1", "1", "2", "0"], ["2", "3", "4", "0"], ["3", "5", "6", "7"]]
    model = MLP(4, [3, 2], activation="tanh", bias=[False, True])
    assert cells(html_form(model)) == [
        ["input", "4", "", "", ""],
        ["1", "3", "tanh", "12", "0"],
        ["2", "2", "identity", "6", "2"],
    ]
    neuron = shown["neuron"][0]
    names = ["w¹₁₁", "w¹₁₂", "w¹₁₃", "w¹₁₄", "b¹₁"]
    for row, name, parameter in zip(cells(html_form(neuron)), names, neuron.parameters(), strict=True):
        assert row[0] == name
        assert float(row[1].replace("−", "-")) == pytest.approx(parameter.data, abs=5e-5)
        assert float(row[2].replace("−", "-")) == pytest.approx(parameter.grad, abs=5e-5)


def test_the_table_of_a_deep_trace_has_the_largest_of_each_layer(shown):
    batch = shown["batch"][0]
    for l, row in enumerate(cells(shown["batch"][1]), start=1):
        numbers = [batch.pre_activations(l), batch.activations(l), batch.delta(l)]
        assert [float(cell) for cell in row[3:]] == pytest.approx(
            [np.abs(array).max() for array in numbers], abs=5e-5
        )
    assert all(row[5] == "?" for row in cells(shown["deep trace"][1]))


def test_a_report_has_its_differences_in_the_columns_of_their_layers():
    exact, off = equations.Residual(1, 2, 0.0), equations.Residual(4, 1, 3e-5)
    rows = cells(html_form(equations.Report((exact, off))))
    assert [row[1:] for row in rows] == [["exact", ""], ["", ""], ["", ""], ["", "3e−05"]]


def test_the_lines_of_a_program_that_are_equations_stand_out(shown):
    program, html, _ = shown["program"]
    marked = re.findall(r"<mark>(.*?)</mark>", html)
    assert [re.sub("<.*", "", line).strip() for line in marked] == [e.line for e in program.equations()]
    assert "".join(Reader(html).texts).count(program.source.rstrip()) == 1
    for equation in program.equations():
        assert f"<p>{equation}</p>" in html


def test_an_equation_is_mathematics():
    equation = program_of(MLP(1, [1], seed=0), 1, 1).equations()[0]
    assert equation._repr_latex_() == rf"$\displaystyle (1)\quad {equation.latex}$"


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_label_is_text(label):
    class Named(Module):
        def __init__(self):
            self.by_name = {label: Value(1.0, label=label)}

    value = Value(2.0, label=label)
    record = History(cost=[1.0], stopped=label)
    for thing in (value, value * value, chain(500, value), Named(), History(stopped=label), record):
        html = html_form(thing)
        html.encode()
        page = Reader(html)
        allowed = {"div", "style", "table", "thead", "tbody", "tr", "th", "td", "p", "pre", "img"}
        assert set(page.tags) <= allowed
        assert {name for name, _ in page.attributes} <= {"class", "style", "src", "alt"}
        assert len(html) < 50_000 or thing is record
        for svg in images(html):
            elements = list(ElementTree.fromstring(svg).iter())
            assert {element.tag.split("}")[1] for element in elements} <= DRAWN
            assert not [name for element in elements for name in element.attrib if name.startswith("on")]


def test_what_cannot_be_drawn_is_shown_as_its_text(monkeypatch):
    def fails(thing):
        raise RecursionError("<b>")

    thing = Value(2.0, label="<x>")
    monkeypatch.setitem(FORMS, Value, fails)
    assert html_form(thing) == "<pre>Value(2, grad none yet, &lt;x&gt;)</pre>"
    monkeypatch.setitem(FORMS, Value, lambda thing: None)
    assert html_form(thing) == "<pre>Value(2, grad none yet, &lt;x&gt;)</pre>"


def test_a_subclass_has_the_form_of_its_nearest_base():
    class Mine(MLP):
        pass

    class Line(Module):
        def __init__(self):
            self.slope, self.shift = Value(2.0), Value(-1.0)

    assert "Mine(2, [1])" in html_form(Mine(2, [1]))
    assert cells(html_form(Line())) == [["slope", "2", "none yet"], ["shift", "−1", "none yet"]]


def test_a_form_of_ones_own_is_kept():
    program = (
        "from minigrad import Value; from minigrad.hooks import FORMS; FORMS[Value] = lambda value: 'mine';"
        "from nn import MLP; print(MLP(2, [1])._repr_html_()[:5], Value(2.0)._repr_html_())"
    )
    assert printed_by(program) == "<div  mine\n"


def test_every_recording_has_the_form_of_its_layers():
    assert FORMS[BatchTrace] is FORMS[TorchTrace]
    t = torch_trace(layers=1, neurons=2)
    assert cells(html_form(t)) == [["1", "2", "relu", "1", "1", "2"]]


def test_a_console_asks_for_text_alone(monkeypatch):
    from IPython.core.formatters import DisplayFormatter

    console = DisplayFormatter(active_types=["text/plain"])
    t = document()
    monkeypatch.setitem(FORMS, Value, lambda thing: pytest.fail("a console has asked for HTML"))
    data, _ = console.format(t.cost)
    assert data == {"text/plain": repr(t.cost)}


def test_the_engine_loads_no_picture_until_something_is_shown():
    program = (
        "import sys, minigrad, nn; early = {'viz', 'rich', 'graphviz', 'IPython'} & set(sys.modules);"
        "html = minigrad.Value(2.0)._repr_html_();"
        "print(early, 'viz.notebook' in sys.modules, '<td>2</td>' in html)"
    )
    assert printed_by(program) == "set() True True\n"


def test_a_long_run_is_drawn_with_its_peaks_its_gaps_and_its_end():
    rng = np.random.default_rng(0)
    numbers = rng.uniform(0.4, 0.6, size=20_000)
    numbers[[777, 12_345]] = 0.01, 9.0
    numbers[5_000:5_002] = np.nan
    kept = dict(visible(numbers.tolist()))
    assert len(kept) <= 1010
    assert {1, 778, 12_346, 20_000} <= set(kept)
    assert all(kept[epoch] == numbers[epoch - 1] for epoch in kept if np.isfinite(kept[epoch]))
    assert sum(not np.isfinite(number) for number in kept.values()) == 1
    for start in range(0, 20_000, 1000):  # wherever one looks, it reaches as high and as low
        part = [number for epoch, number in kept.items() if start < epoch <= start + 1000]
        whole = numbers[start : start + 1000]
        assert np.nanmax(part) >= np.nanmax(whole) - 1e-3
        assert np.nanmin(part) <= np.nanmin(whole) + 1e-3


def test_numbers_that_are_not_finite_are_shown():
    value = Value(float("nan"), label="x")
    value.grad, value.has_gradient = float("-inf"), True
    assert cells(html_form(value)) == [["number", "nan"], ["gradient", "−∞"]]
    layer = Layer(1, 1, initial=[[1.0]])
    layer.neurons[0].w[0].data = float("inf")
    assert cells(html_form(layer)) == [["1", "∞", "0"]]
    assert "<img" in html_form(History(cost=[1.0, float("nan"), 2.0], stopped="diverged"))
    assert "<img" in html_form(value * value)


def test_to_show_a_thing_changes_nothing():
    t = document()
    before = [(node.data, node.grad, node.has_gradient) for node in [*t.model.parameters(), t.cost]]
    for thing in (t, t.cost, t.model, t.model.layers[0], equations.report(t)):
        assert html_form(thing) == html_form(thing)
    assert [(node.data, node.grad, node.has_gradient) for node in [*t.model.parameters(), t.cost]] == before


# --- in a kernel ------------------------------------------------------------------------------------------

CELLS = """
from minigrad import Value, compile
x = Value(2.0, label="x"); y = x * 3.0 + x; y.backward(); y
===
from nn import MLP, SGD, Module, trace, fit, squared_error
from nn.delta import equations
model = MLP(4, [2, 2, 1], activation="sigmoid", seed=0); model
===
model.layers[0]
===
model.layers[0].neurons[0]
===
t = trace(model, [0.1, 0.2, 0.3, 0.4], 1.0); t.backward(); t
===
equations.report(t)
===
equations.compare(t, {"delta2": 2 * t.delta(2)})
===
record = fit(model, [[0.1, 0.2, 0.3, 0.4]], [1.0], epochs=20, progress=True, patience=None); record
===
row = [Value(0.1) for _ in range(4)]; goal = Value(1.0)
program = compile(squared_error(model(row), goal), inputs=[*row, goal]); program
===
program.equations()[0]
===
from viz import table, tree
table(t)
===
tree(y)
===
print(tree(y)); print(table(t))
===
[y, model, SGD(0.1)]
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    import nbformat

    sources = CELLS.strip().split("\n===\n")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    return notebooks.executed(notebook, tmp_path_factory.mktemp("notebook"))


def test_in_a_kernel_each_cell_shows_its_thing_as_html_beside_the_text(ran):
    for cell in ran[:9]:
        assert '<div class="minigrad">' in results(cell, "text/html")[-1], cell.source
        assert len(results(cell, "text/plain")[-1]) <= 100
    assert results(ran[9], "text/latex")[0].startswith(r"$\displaystyle (1)\quad \delta^{(3)}")


def test_in_a_kernel_there_are_no_escape_codes(ran):
    assert "\x1b" not in str([cell.outputs for cell in ran])
    for cell in ran[10:12]:
        assert results(cell, "text/html")[0].startswith("<pre style=")
    assert 'style="color: color-mix(' in results(ran[10], "text/html")[0]
    assert "├── " in results(ran[11], "text/html")[0]
    printed = ran[12].outputs[0].text
    assert "├── " in printed
    assert "δ₁⁽³⁾" in printed


def test_in_a_kernel_progress_is_a_bar_that_ends_full(ran):
    bar = results(ran[7], "text/html")[0]
    assert re.fullmatch(r'<progress value="20" max="20"></progress> epoch 20/20, C [\d.e-]+', bar)
    assert [output.output_type for output in ran[7].outputs] == ["display_data", "execute_result"]


def test_in_a_kernel_a_list_is_its_short_texts(ran):
    assert results(ran[13], "text/html") == []
    assert "MLP(4, [2, 2, 1], activation='sigmoid')" in results(ran[13], "text/plain")[0]


# --- on a page --------------------------------------------------------------------------------------------

PAGES = {
    "Jupyter, light": ('<html><body data-jp-theme-light="true">', "light"),
    "Jupyter, dark": ('<html><body data-jp-theme-light="false">', "dark"),
    "Visual Studio Code, light": ('<html><body class="vscode-light">', "light"),
    "Visual Studio Code, dark": ('<html><body class="vscode-dark">', "dark"),
    "marimo, dark": ('<html><body class="dark dark-theme">', "dark"),
    "Colab, dark": ('<html theme="dark"><body>', "dark"),
    "Jupyter Book, dark": ('<html data-theme="dark"><body>', "dark"),
    "Quarto, dark": ('<html><body class="quarto-dark">', "dark"),
    "another": ("<html><body>", "light"),
}


@pytest.mark.parametrize("host", PAGES)
def test_the_picture_is_that_of_the_pages_theme_and_tables_have_its_colour(page, shown, host):
    start, theme = PAGES[host]
    ink = "rgb(240, 240, 240)" if theme == "dark" else "rgb(20, 20, 20)"
    forms = shown["trace"][1] + shown["network"][1] + shown["program"][1]
    page.set_content(f'<!doctype html>{start}<main style="color:{ink}">{forms}</main></body></html>')
    seen = page.locator("img").screenshot()
    asked = viz.network(shown["trace"][0], theme=theme, max_neurons=6).svg
    page.locator("img").evaluate(
        "(e, data) => { e.src = `data:image/svg+xml;base64,${data}`; return e.decode(); }",
        b64encode(asked.encode()).decode(),
    )
    assert page.locator("img").screenshot() == seen
    for place in ("td", "th", "p", "pre", "mark"):
        assert page.locator(place).first.evaluate("e => getComputedStyle(e).color") == ink


@pytest.mark.parametrize(("ink", "ground"), [("#141414", "#FFFFFF"), ("#F0F0F0", "#111111")])
def test_the_colours_of_a_printed_table_can_be_read_on_light_and_dark(page, ink, ground):
    page.set_content(f'<!doctype html><body style="color:{ink}">{viz.table(document())._repr_html_()}</body>')
    spans = page.locator("pre span[style*='color-mix']").all()
    seen = {span.evaluate("e => getComputedStyle(e).color") for span in spans}
    assert len(seen) == 2  # positive and negative
    for colour in seen:
        channels = [float(share) for share in re.findall(r"[\d.]+", colour)]  # color(srgb r g b)
        written = "#" + "".join(f"{round(255 * share):02X}" for share in channels)
        assert contrast(written, ground) >= 4.5


def test_a_picture_is_drawn_and_keeps_a_size_at_which_it_can_be_read(page, shown):
    page.set_viewport_size({"width": 700, "height": 900})
    page.set_content(f"<!doctype html><body>{shown['cost'][1]}{shown['value'][1]}</body>")
    own, seen = page.locator("img").first.evaluate("e => [e.naturalWidth, e.clientWidth]")
    assert own > 700  # wider than the page
    assert seen >= 0.64 * own
    assert page.evaluate("document.documentElement.scrollWidth") <= 700  # it is scrolled in its own frame
    own, seen = page.locator("img").last.evaluate("e => [e.naturalWidth, e.clientWidth]")
    assert own == seen > 0
