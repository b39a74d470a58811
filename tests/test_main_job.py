"""The main job's report: its claims hold, its arithmetic comes out, its pictures exist."""

import contextlib
import io
import re

import pytest

from nn import MLP, equations, trace

FACTOR = r"−?\d+\.\d{5,}"
NUMBER = r"\(?−?\d+\.\d+\)?"


@pytest.fixture(scope="module")
def report(main_job, tmp_path_factory):
    """Run the main job; gives what it printed, and its residuals."""

    def run(*arguments: str) -> tuple[str, equations.Report]:
        out = io.StringIO()
        with contextlib.chdir(folder), contextlib.redirect_stdout(out):
            residuals = main_job.main(arguments)
        return out.getvalue(), residuals

    folder = tmp_path_factory.mktemp("main_job")
    run.folder = folder
    return run


@pytest.fixture(
    scope="module", params=[(), ("--seed", "3", "--flower", "120"), ("--seed", "7", "--notation", "001")]
)
def printed(report, request):
    return report(*request.param)


def evaluated(expression: str) -> float:
    """A printed expression of numbers, ·, ×, +, − and parentheses, by Python's own arithmetic."""
    plain = expression.replace("·", "*").replace("×", "*").replace("−", "-")
    assert re.fullmatch(r"[\d.+\-*/() ]+", plain), plain
    return eval(plain)  # only what the line above lets through


def test_every_residual_of_the_four_equations_is_below_1e_12(printed):
    _, residuals = printed
    assert {residual.equation for residual in residuals.residuals} == {1, 2, 3, 4}
    assert residuals.largest <= 1e-12  # δ is at most about 10: some thousand roundings


def test_no_line_is_longer_than_88_columns(printed):
    text, _ = printed
    assert max(map(len, text.splitlines())) <= 88


def test_printed_products_come_out(printed):
    text, _ = printed
    lines = re.findall(rf"({FACTOR}) +× +({FACTOR}) .*= +({NUMBER})", text)
    assert len(lines) == 12
    for upstream_gradient, local_derivative, contribution in lines:
        product = evaluated(f"{upstream_gradient} * {local_derivative}")
        assert round(product, 4) == pytest.approx(evaluated(contribution), abs=1e-9)


def test_printed_equations_come_out(printed):
    text, _ = printed
    arithmetic = r"[\d.()·×+−\-/ ]*\d[\d.()·×+−\-/ ]*"
    chains = re.findall(rf"= ({arithmetic}(?:= {arithmetic})+)", text)
    chains += re.findall(rf"← ({arithmetic}= {arithmetic})", text)
    chains += re.findall(rf"this flower ({arithmetic}/ 100 = {NUMBER})", text)
    assert len(chains) == 5  # one z, one δ, one weight by two ways, the average, the update
    for chain in chains:
        *sides, result = chain.split("=")
        result = result.split("   ")[0].strip()
        decimals = len(result.strip("() ").partition(".")[2])
        for side in sides:
            assert round(evaluated(side), decimals) == pytest.approx(evaluated(result), abs=1e-9), chain


def test_the_examples_shares_add_up_to_the_gradient_of_the_mean(printed):
    text, _ = printed
    own, others, whole = re.search(
        rf"/ 100 = ({NUMBER}), the others ({NUMBER}), ∂C/∂\S+ = ({NUMBER})", text
    ).groups()
    assert evaluated(f"{own} + {others}") == pytest.approx(evaluated(whole), abs=1e-12)


def test_the_numbers_are_those_of_the_network(report, main_job):
    text, _ = report("--seed", "5")
    flowers = main_job.read_flowers()
    model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], initial="uniform", seed=5)
    main_job.fit(
        model, [f.scores for f in flowers], [f.target for f in flowers], learning_rate=0.5, epochs=200
    )
    flower = next(f for f in flowers if f"no. {f.number}," in text)
    t = trace(model, flower.scores, flower.target)
    t.backward()
    for l in (1, 2, 3):
        for delta in t.delta(l):
            assert main_job.number(delta) in text


def test_it_classifies_97_of_100_for_every_seed_tried(report):
    for seed in ("0", "1", "2"):
        text, _ = report("--seed", seed)
        assert int(re.search(r"ended: .*right (\d+) of 100", text)[1]) >= 97


def test_the_pictures_it_names_exist(report):
    text, _ = report()
    paths = re.search(r"PICTURES +(.*)", text)[1].split() + re.findall(r"STEP +(\S+)", text)
    assert paths
    assert all((report.folder / path).stat().st_size > 1000 for path in paths)


def test_an_unknown_flower_is_refused_with_the_range(main_job, capsys):
    with pytest.raises(SystemExit):
        main_job.main(["--flower", "7"])
    assert "51 to 150" in capsys.readouterr().err
