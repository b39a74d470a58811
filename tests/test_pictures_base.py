"""What holds for every picture: the same bytes, a text alternative, no system package, files that open."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import load_example
from picture_checks import cut

from minigrad import Value
from nn import MLP, trace, trace_batch
from viz import draw_dot, explain, graph, network, outer_products, recursion, table, tree

rendering = load_example("rendering")

PROGRAM = """
from nn import MLP, trace
from viz import explain, graph, network, outer_products, recursion, table, tree
t = trace(MLP(4, [2, 2, 1], activation="sigmoid", seed=0), [0.1, -0.2, 0.3, 0.4], y=1.0)
t.backward()
print(network(t).svg, graph(t.cost).svg, graph(t.cost).dot, graph(t.cost, detail="neurons").svg)
print(outer_products(t).svg, recursion(t, 1).svg, table(t), tree(t.cost), explain(t.z[1][0], t.cost).mathml)
"""


@pytest.fixture
def traced():
    result = trace(MLP(4, [2, 2, 1], activation="sigmoid", seed=0), [0.1, -0.2, 0.3, 0.4], y=1.0)
    result.backward()
    return result


def test_the_same_network_gives_the_same_bytes_in_every_process():
    printed = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONIOENCODING": "utf-8",
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(printed) == 1
    assert len(printed.pop()) > 10_000


@pytest.mark.parametrize("draw", [network, lambda t: graph(t.cost)])
def test_a_picture_is_well_formed_and_has_a_text_alternative(traced, draw):
    root = ElementTree.fromstring(draw(traced).svg)
    names = [child.tag.split("}")[1] for child in root][:2]
    assert names == ["title", "desc"]
    assert all(child.text for child in list(root)[:2])


def test_pictures_are_saved_as_what_their_name_says(traced, tmp_path):
    picture = graph(traced.cost)
    assert picture.save(tmp_path / "a" / "g.svg").read_text() == picture.svg
    assert picture.save(tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")
    assert picture.save(tmp_path / "g.dot").read_text() == picture.dot
    with pytest.raises(ValueError, match=r"one of \.svg, \.pdf, \.png, not '\.dot'"):
        network(traced).save(tmp_path / "n.dot")
    with pytest.raises(ValueError, match="a name without ending"):
        picture.save(tmp_path / "g")


def test_labels_are_text_and_never_markup():
    label = "<script>alert(1)</script> a|b{}\"&'"
    x = Value(1.0, label=label)
    picture = graph(x * 2.0)
    texts = [element.text for element in ElementTree.fromstring(picture.svg).iter() if element.text]
    assert not any("script" in element.tag for element in ElementTree.fromstring(picture.svg).iter())
    assert any(label[:20] in text for text in texts)


@pytest.mark.parametrize(
    "label", ["\\N\\l\\G", "\x00\x1b[1m", "two\nlines", "é😀漢", '"quoted"', "]]>", "%s {0}", " "]
)
def test_any_label_at_all_gives_a_picture(label):
    x = Value(1.0, label=label)
    y = x * x
    y.backward()
    svg = graph(y).svg
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert cut(svg) == []
    assert explain(x, y).text
    ElementTree.fromstring(explain(x, y).mathml)


def test_no_backward_pass_yet_is_told_from_a_gradient_of_0():
    before = graph(Value(1.0, label="x") * 0.0).svg
    y = Value(1.0, label="x") * 0.0
    y.backward()
    assert ">?</text>" in before
    assert "No backward pass from root yet" in before
    assert ">?</text>" not in graph(y).svg
    assert ">0</text>" in graph(y).svg


def test_without_any_graphviz_graphs_are_drawn_and_the_error_names_both_installs(monkeypatch, tmp_path):
    monkeypatch.delenv(rendering.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    picture = graph(Value(1.0) + 2.0)
    assert picture.dot
    assert picture.svg
    with pytest.raises(RuntimeError, match=r"(?s)graphviz-pure.*graphviz\.org"):
        rendering.run_graphviz(picture.dot)


def test_a_renderer_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv(rendering.ENVIRONMENT_VARIABLE, "no-such-graphviz")
    with pytest.raises(RuntimeError, match="'no-such-graphviz'"):
        rendering.find_renderer()


def test_a_renderer_that_fails_says_what_it_said(tmp_path):
    failing = tmp_path / "failing"
    failing.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('out of paper')\n")
    failing.chmod(0o755)
    with pytest.raises(RuntimeError, match="out of paper"):
        rendering.run_graphviz(graph(Value(1.0) + 2.0).dot, renderer=str(failing))


def test_graphviz_pure_alone_draws_the_dot_text_of_graphs(monkeypatch, tmp_path, traced):
    beside = Path(sys.executable).parent
    monkeypatch.delenv(rendering.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Path(rendering.find_renderer()).parent == beside
    assert "δ₁⁽¹⁾" in rendering.run_graphviz(graph(traced.cost).dot, "svg")


def test_repeated_edges_are_kept():
    x = Value(3.0, label="x")
    assert graph(x * x).dot.count("n1 -> n2") == 2


def test_draw_dot_serves_micrograds_users(tmp_path):
    picture = draw_dot(Value(2.0, label="a") * 3.0, format="png", rankdir="TB")
    assert "rankdir=TB" in picture.source
    assert Path(picture.render(str(tmp_path / "gout"))).name == "gout.png"
    with pytest.raises(ValueError, match="'pdf'"):
        draw_dot(Value(1.0), format="pdf")
    with pytest.raises(ValueError, match="'LT'"):
        draw_dot(Value(1.0), rankdir="LT")


@pytest.mark.parametrize("draw", [graph, tree, lambda root: explain(root, root)])
def test_of_what_is_no_value_the_error_says_which_value_to_give(traced, draw):
    batch = trace_batch(traced.model, [[0.0] * 4], [1.0])
    for wrong, remedy in (
        (traced.model, r"not MLP; trace an input, t = nn\.trace\(model, x, y\), and give t\.cost"),
        (traced, r"not Trace; give its cost, as in t\.cost"),
        (batch, r"not BatchTrace; give its cost"),
        (1.0, r"not float; give the result of a computation"),
    ):
        with pytest.raises(TypeError, match=remedy):
            draw(wrong)


@pytest.mark.parametrize("draw", [network, outer_products, table, lambda given: recursion(given, 1)])
def test_of_what_is_no_trace_the_error_says_how_to_make_one(traced, draw):
    batch = trace_batch(traced.model, [[0.0] * 4], [1.0])
    for wrong, remedy in (
        (traced.cost, r"not Value; give nn\.trace\(model, x, y\); viz\.graph draws Values"),
        (traced.model, r"not MLP; give nn\.trace\(model, x, y\)"),
        (batch, r"not BatchTrace; give one of its \.traces, as in .*: a δ belongs to one example"),
    ):
        with pytest.raises(TypeError, match=remedy):
            draw(wrong)


@pytest.mark.parametrize(
    ("draw", "choices"),
    [
        (network, {"theme": "blue", "scale": "log", "max_neurons": 1}),
        (
            lambda t, **look: graph(t.cost, **look),
            {"detail": "all", "direction": "up", "scale": "log", "theme": "red"},
        ),
    ],
    ids=["network", "graph"],
)
def test_an_unknown_choice_is_an_error_that_names_it(traced, draw, choices):
    for name, choice in choices.items():
        with pytest.raises(ValueError, match=str(choice)):
            draw(traced, **{name: choice})
