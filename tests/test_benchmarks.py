"""`python -m tests.benchmarks` finds what there is to run. What it measures is not a matter of tests."""

import importlib
import subprocess
import sys

import pytest


def test_an_unknown_benchmark_is_refused_with_those_that_there_are(root):
    command = [sys.executable, "-m", "tests.benchmarks", "no_such"]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    names = "compiler, engine, gpt, gpt_program, pictures, training"
    assert ran.stderr == f"no benchmark no_such; there are {names}\n"


def test_a_part_of_a_benchmark_prints_its_table_alone_and_an_unknown_one_is_refused(root, monkeypatch):
    monkeypatch.syspath_prepend(root)
    runner = importlib.import_module("tests.benchmarks.__main__")
    assert runner.parts("compiler") == ["networks", "irregular"]
    assert runner.parts("training") == ["real_data", "predictions", "large"]
    before = runner.PAGE.read_bytes()
    with pytest.raises(SystemExit, match="training has no part fit; there are real_data, predictions, large"):
        runner.main(["training.fit"])
    ran = []
    monkeypatch.setattr(runner, "printed_by", lambda *names: ran.append(names) or "new")
    runner.main(["training.predictions", "engine.moons"])
    assert ran == [("training", "predictions"), ("engine", "moons")]
    assert runner.PAGE.read_bytes() == before


def test_a_benchmark_that_is_run_alone_leaves_the_other_sections_of_the_page(root, monkeypatch):
    monkeypatch.syspath_prepend(root)
    runner = importlib.import_module("tests.benchmarks.__main__")
    page = runner.PAGE.read_text(encoding="utf-8")
    texts = runner.sections(page)
    assert list(texts) == ["compiler", "engine", "gpt", "gpt_program", "pictures", "training"]
    assert runner.page_of(texts) == page
    again = runner.sections(runner.page_of({**texts, "engine": "new"}))
    assert again == {**texts, "engine": "new"}


def test_every_benchmark_has_a_main(root, monkeypatch):
    monkeypatch.syspath_prepend(root)
    found = sorted((root / "tests" / "benchmarks").glob("bench_*.py"))
    assert found
    for path in found:
        assert callable(importlib.import_module(f"tests.benchmarks.{path.stem}").main)


@pytest.mark.parametrize("engine", ["Value", "Micro"])
def test_the_engines_build_the_graph_that_is_said(root, monkeypatch, engine):
    monkeypatch.syspath_prepend(root)
    bench = importlib.import_module("tests.benchmarks.bench_engine")
    pending, seen = [bench.build(getattr(bench, engine))], set()
    while pending:
        node = pending.pop()
        if node not in seen:
            seen.add(node)
            pending.extend(node._prev)
    assert sum(bool(node._prev) for node in seen) == bench.NODES


def test_the_scalar_gpt_has_the_same_cost_and_gradients_in_both_engines(root, monkeypatch):
    monkeypatch.syspath_prepend(root)
    bench = importlib.import_module("tests.benchmarks.bench_gpt")
    found = {}
    for name, make in bench.ENGINES.items():
        parameters = bench.scalar_gpt.parameters(make)
        cost = bench.scalar_gpt.cost([1, 5, 0, 26, 5], parameters)
        cost.backward()
        rows = [row for matrix in parameters.values() for row in matrix]
        found[name] = [cost.data, *(parameter.grad for row in rows for parameter in row)]
    assert len(found["minigrad"]) == 1 + 4192
    assert found["minigrad"] == pytest.approx(found["forty lines"], rel=1e-12, abs=1e-15)


def test_the_gpt_by_hand_has_the_gradient_of_its_program(root, monkeypatch):
    monkeypatch.syspath_prepend(root)
    bench = importlib.import_module("tests.benchmarks.bench_gpt_program")
    w = bench.scalar_gpt.parameters(lambda number: bench.Value(5 * number), seed=3)
    program, batch = bench.scalar_gpt.compiled(4, w), bench.drawn(5, 40)
    cost, gradient = program.gradient(batch)
    for by_hand in (bench.gpt, bench.in_parts):
        found, matrices = by_hand(bench.arrays(w), batch)
        assert found == pytest.approx(cost, rel=1e-12)
        flat = [number for name in w for number in matrices[name].ravel().tolist()]
        assert max(abs(a - b) for a, b in zip(flat, gradient.tolist(), strict=True)) <= 1e-12
