"""Worksheets: friendly numbers, right solutions, one page each."""

import itertools
import re
import shutil
import subprocess

import numpy as np
import pytest

from nn import equations
from viz.worksheet import make_exercise, solve, write_sheets
from viz.worksheet.__main__ import main
from viz.worksheet.pages.content import BLANK, Matrix, Quantity, make_sheet
from viz.worksheet.exercise import MOST_NEURONS, MOST_NEURONS_IN_A_LAYER
from viz.worksheet.pages.html_page import html_page
from viz.worksheet.pages.latex_page import latex_page

SEEDS = range(200)
SIZES = [(2, 2, 1), (4, 2, 2, 1), (3, 3, 2), (2, 1)]
sizes = pytest.mark.parametrize("sizes", SIZES, ids=str)

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PDFLATEX = shutil.which("pdflatex")


def numbers(value) -> list[float]:
    return [value] if isinstance(value, float) else [number for part in value for number in numbers(part)]


@sizes
def test_every_number_asked_for_is_whole_and_not_zero(sizes):
    for seed in SEEDS:
        solution = solve(make_exercise(seed, sizes))
        asked = [solution.z, solution.a, solution.activation_gradients, solution.delta]
        asked += [solution.weight_gradients, solution.bias_gradients]
        assert all(number == int(number) != 0 and abs(number) < 100 for number in numbers(asked)), seed


@sizes
def test_the_solution_is_that_of_the_four_equations(sizes):
    for seed in SEEDS:
        exercise = make_exercise(seed, sizes)
        solution = solve(exercise)
        weights = [np.array(rows, dtype=float) for rows in exercise.weights]
        activations, slopes = [np.array(exercise.x, dtype=float)], []
        for W, b in zip(weights, exercise.biases):
            z = W @ activations[-1] + b
            slopes.append(np.where(z > 0, 1.0, 0.5))
            activations.append(np.where(z > 0, z, z / 2))
        slopes[-1], activations[-1] = np.ones_like(z), z
        error = activations[-1] - exercise.y
        delta = equations.output_delta(2 * error, slopes[-1])
        assert solution.cost == error @ error
        for l in reversed(range(len(weights))):
            if l < len(weights) - 1:
                delta = equations.hidden_delta(weights[l + 1], delta, slopes[l])
            assert (delta == solution.delta[l]).all()  # exactly: halves and whole numbers do not round
            assert (equations.weight_gradient(delta, activations[l]) == solution.weight_gradients[l]).all()
            assert (equations.bias_gradient(delta) == solution.bias_gradients[l]).all()
            assert (slopes[l] == solution.slopes[l]).all()


def test_both_slopes_occur_so_that_a_forgotten_one_shows():
    for seed in SEEDS:
        hidden = solve(make_exercise(seed, (2, 2, 1))).slopes[0]
        assert sorted(hidden) == [0.5, 1.0]


def test_every_seed_is_another_exercise_and_always_the_same():
    exercises = {make_exercise(seed) for seed in SEEDS}
    assert len({(e.x, e.y, e.weights, e.biases) for e in exercises}) == len(SEEDS)
    assert exercises == {make_exercise(seed) for seed in SEEDS}


def plain(formula) -> str:
    """A formula as Python's arithmetic, of the tokens that are numbers and signs."""
    text = "".join(token for token in formula if isinstance(token, str))
    return text.rstrip("=").replace("−", "-").replace("·", "*").replace("²", "**2")


@sizes
def test_every_worked_line_comes_out(sizes):
    for seed in SEEDS:
        sheet = make_sheet(make_exercise(seed, sizes), is_solution=True)
        for line in sheet.forward.lines:
            assert eval(plain(line.worked)) == float(line.numbers[0].replace("−", "-"))
        for line in sheet.backward.lines:
            gradient, slope, delta = (text.replace("−", "-").replace("½", "0.5") for text in line.numbers)
            assert eval(plain(line.worked)) == float(gradient)
            assert float(gradient) * float(slope) == float(delta)
        *_, cost, result = "".join(t for t in sheet.cost if isinstance(t, str)).split("=")
        assert eval(plain((cost,))) == float(result)
        *_, update, after = "".join(t for t in sheet.update if isinstance(t, str)).split("=")
        assert eval(plain((update,))) == pytest.approx(float(after.replace("−", "-")), abs=1e-9)


def test_the_first_page_gives_nothing_away():
    for seed in SEEDS:
        sheet = make_sheet(make_exercise(seed, (4, 2, 2, 1)))
        for line in (*sheet.forward.lines, *sheet.backward.lines):
            assert line.worked == ()
            assert set(line.numbers) == {""}
        matrices = [token for formula in sheet.gradients for token in formula if isinstance(token, Matrix)]
        assert all(entry == "" for matrix in matrices for row in matrix.rows for entry in row)
        assert len(matrices) == 6
        assert sheet.cost[-1] == sheet.update[-1] == BLANK


def test_no_page_shows_a_negative_zero_or_a_number_that_went_wrong():
    for seed in SEEDS:
        sheets = [make_sheet(make_exercise(seed), is_solution=solved) for solved in (False, True)]
        for page in (html_page(sheets), latex_page(sheets)):
            assert not re.search(r"[−-]0(?![.\d])|nan|inf\b|None", page), seed


def test_names_follow_the_notation_asked_for():
    exercise = make_exercise(7)
    assert "a_{1}^{(2)}" in latex_page([make_sheet(exercise, "002")])
    assert "a_{1}^{(3)}" in latex_page([make_sheet(exercise, "001")])


def test_the_html_is_a_file_of_its_own():
    page = html_page([make_sheet(make_exercise(7))])
    assert not re.search(r"<script|https?:|url\(|<link|@import", page)
    for tag in ("section", "table", "math", "mrow", "svg", "div", "p", "mtable"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), tag


def test_the_command_writes_both_files_and_refuses_what_does_not_fit(tmp_path, capsys):
    paths = main(["--seed", "7", "--layers", "2", "2", "1", "--out", str(tmp_path)])
    assert [path.name for path in paths] == ["sheet-7.html", "sheet-7.tex"]
    assert all(path.stat().st_size > 1000 for path in paths)
    for layers, problem in (
        (["5", "1"], "has more"),
        (["2"], "at least 1 each"),
        (["2", "0"], "at least 1 each"),
    ):
        with pytest.raises(SystemExit):
            main(["--layers", *layers])
        assert problem in capsys.readouterr().err


def shapes_that_fit() -> list[tuple[int, ...]]:
    widths = range(1, MOST_NEURONS_IN_A_LAYER + 1)
    layers = [
        shape
        for depth in range(1, MOST_NEURONS + 1)
        for shape in itertools.product(widths, repeat=depth)
        if sum(shape) == MOST_NEURONS
    ]
    return [(MOST_NEURONS_IN_A_LAYER, *shape) for shape in layers]


def largest_sheets() -> list:
    return [
        make_sheet(make_exercise(seed, shape), is_solution=solved)
        for seed, shape in enumerate(shapes_that_fit())
        for solved in (False, True)
    ]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH to print with")
def test_every_sheet_prints_on_one_a4_page(tmp_path):
    sheets = largest_sheets()
    page, pdf = tmp_path / "sheets.html", tmp_path / "sheets.pdf"
    page.write_text(html_page(sheets), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command = [CHROMIUM, *flags, f"--user-data-dir={tmp_path}/profile", f"--print-to-pdf={pdf}", str(page)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    printed = pdf.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == len(sheets)
    boxes = set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", printed))
    assert [round(float(edge)) for edge in boxes.pop().split()] == [0, 0, 595, 842]  # A4 in points
    assert not boxes


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex on the PATH to compile with")
def test_every_sheet_compiles_to_one_page_and_nothing_sticks_out(tmp_path):
    sheets = largest_sheets()
    (tmp_path / "sheets.tex").write_text(latex_page(sheets), encoding="utf-8")
    command = [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "sheets.tex"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert f"({len(sheets)} pages".encode() in done.stdout
    assert b"Overfull" not in done.stdout


def test_the_latex_is_balanced():
    page = latex_page(largest_sheets())
    begun, ended = re.findall(r"\\begin\{(\w+)\}", page), re.findall(r"\\end\{(\w+)\}", page)
    assert sorted(begun) == sorted(ended)
    assert page.count("{") == page.count("}")
    assert page.count("$") % 2 == 0


def test_what_is_asked_for_is_named_as_in_the_network():
    sheet = make_sheet(make_exercise(0, (2, 2, 1)))
    assert [line.asked[0] for line in sheet.forward.lines] == [
        Quantity("z", 1, 1),
        Quantity("z", 1, 2),
        Quantity("z", 2, 1),
    ]
    assert [line.asked[1] for line in sheet.backward.lines] == [
        Quantity("a", 2, 1),
        Quantity("a", 1, 1),
        Quantity("a", 1, 2),
    ]


def test_writing_makes_the_folder(tmp_path):
    assert all(path.exists() for path in write_sheets(3, folder=tmp_path / "new" / "folder"))
