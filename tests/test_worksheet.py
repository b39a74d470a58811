"""Worksheets: friendly numbers, right solutions, pages to print, and marks that are fair."""

import io
import itertools
import random
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache

import nbformat
import numpy as np
import pytest
from notebooks import executed
from page_browser import BROWSER, needs_browser

from nn import MLP, Notation, binary_cross_entropy, equations, trace
from nn.delta.notation import drawn
from viz.worksheet import (
    Exercise,
    answers_in,
    ask,
    document_001,
    exercise_in,
    exercise_of,
    form_of,
    grade,
    make_exercise,
    mazur,
    notebook_of,
    of_student,
    seed_of,
    solution_of,
    write_class,
    write_sheets,
)
from viz.worksheet.__main__ import main
from viz.worksheet.exercise import ACTIVATIONS, MOST_NEURONS, MOST_NEURONS_IN_A_LAYER, PARTS
from viz.worksheet.keys import names
from viz.worksheet.notebook import points_of
from viz.worksheet.pages.content import BLANK, Matrix, make_sheet
from viz.worksheet.pages.drawing import network_of
from viz.worksheet.pages.html_page import html_page
from viz.worksheet.pages.latex_page import latex_page

SEEDS = range(60)
SIZES = [(2, 2, 2), (2, 2, 1), (4, 2, 2, 1), (3, 3, 2), (2, 1)]
sizes = pytest.mark.parametrize("sizes", SIZES, ids=str)
OWN = Notation(w="θ", W="Θ", cost="J", first_layer=1, vectors="rows")
EVERY = [make_exercise(5, shape, sigma) for shape in SIZES for sigma in ACTIVATIONS]
EVERY += [mazur(), document_001(3), document_001(3, "sigmoid")]
every = pytest.mark.parametrize("exercise", EVERY, ids=lambda e: f"{e.sizes}-{e.activations[0]}")

PDFLATEX = shutil.which("pdflatex")


# --- exercises ------------------------------------------------------------------------------------------


@sizes
def test_every_number_asked_for_is_whole_and_not_zero(sizes):
    for seed in SEEDS:
        exercise = make_exercise(seed, sizes)
        for kind, l in exercise.places():
            numbers = exercise.results(kind, l)
            assert (numbers == np.rint(numbers)).all()
            assert kind == "C" or (numbers.all() and (np.abs(numbers) < 100).all())


def test_in_the_default_one_equation_2_has_a_sum_and_both_slopes_occur():
    for seed in SEEDS:
        exercise = make_exercise(seed)
        assert exercise.sizes == (2, 2, 2)
        assert sorted(exercise.results("slope", 1)) == [0.5, 1.0]
        line = make_sheet(exercise, is_solution=True).backward.lines[-1]
        assert line.worked.count("·") == 2


@every
def test_the_solution_is_that_of_the_four_equations(exercise):
    t = exercise.trace
    a, slopes = [np.array(exercise.x)], []
    functions = {
        "half": (lambda z: np.where(z > 0, z, z / 2), lambda z, a: np.where(z > 0, 1.0, 0.5)),
        "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z, a: a * (1 - a)),
        "tanh": (np.tanh, lambda z, a: 1 - a * a),
        "relu": (lambda z: np.maximum(z, 0), lambda z, a: (z > 0) * 1.0),
        "identity": (lambda z: z, lambda z, a: z * 0 + 1.0),
    }
    for l, (rows, b, name) in enumerate(
        zip(exercise.weights, exercise.biases, exercise.activations), start=1
    ):
        z = np.array(rows) @ a[-1] + np.array(b or 0.0)
        value, slope = functions[name]
        a.append(value(z))
        slopes.append(slope(z, a[-1]))
        np.testing.assert_allclose(exercise.results("z", l), z)
        np.testing.assert_allclose(exercise.results("a", l), a[-1])
    factor = 0.5 if exercise.loss == "half_squared_error" else 1.0
    assert exercise.results("C", 0) == pytest.approx(factor * np.sum((a[-1] - exercise.y) ** 2))
    error = 2 * factor * (a[-1] - exercise.y)
    for l in range(t.depth, 0, -1):
        np.testing.assert_allclose(exercise.results("da", l), error, atol=1e-15)
        delta = error * slopes[l - 1]
        np.testing.assert_allclose(exercise.results("delta", l), delta, atol=1e-15)
        np.testing.assert_allclose(exercise.results("dW", l), np.outer(delta, a[l - 1]), atol=1e-15)
        error = np.array(exercise.weights[l - 1]).T @ delta


def test_mazurs_numbers_are_those_of_the_text():
    exercise = mazur()
    assert exercise.trace.cost.data == pytest.approx(0.298371109, abs=1e-9)
    assert exercise.results("a", 2) == pytest.approx([0.75136507, 0.772928465], abs=1e-9)
    assert exercise.results("dW", 2)[0, 0] == pytest.approx(0.082167041, abs=1e-9)
    assert exercise.results("dW", 1)[0, 0] == pytest.approx(0.000438568, abs=1e-9)
    update = "".join(
        token for token in make_sheet(exercise, is_solution=True).update if isinstance(token, str)
    )
    assert update.endswith("=0.14978")  # 0.149780716


def test_every_seed_is_another_exercise_and_always_the_same():
    exercises = {make_exercise(seed) for seed in SEEDS}
    assert len({(e.x, e.y, e.weights, e.biases) for e in exercises}) == len(SEEDS)
    assert exercises == {make_exercise(seed) for seed in SEEDS}


def test_every_student_has_a_seed_of_their_own():
    students = [f"Student {number}" for number in range(500)] + ["José", "Jose", "李雷"]
    seeds = {seed_of(student, exercise) for student in students for exercise in ("1", "2")}
    assert len(seeds) == 2 * len(students)
    assert seed_of("José", "1") == seed_of("  JOSE\u0301 ", "1")
    assert seed_of("Ada Lovelace", "1") == 3857299055
    with pytest.raises(ValueError, match="the student's name is empty"):
        seed_of("  ")


def test_a_network_of_ones_own_becomes_a_worksheet_with_its_numbers():
    model = MLP(3, [2, 2], "tanh", output_activation="sigmoid", seed=4)
    exercise = exercise_of(trace(model, [1.0, -0.5, 0.25], [1.0, 0.0]))
    assert (exercise.sizes, exercise.activations) == ((3, 2, 2), ("tanh", "sigmoid"))
    assert exercise.results("delta", 1) == pytest.approx(exercise.trace.delta(1))
    html_page([make_sheet(exercise, is_solution=True)])
    for refused, says in (
        (trace(model, [1.0, -0.5, 0.25]), "the trace has no target"),
        (trace(MLP(2, [9], seed=0), [1.0, 2.0], [0.0] * 9), "has more"),
        (trace(MLP(2, [2, 1], "gelu", seed=0), [1.0, 2.0], 0.0), "activation must be one of half, sigmoid"),
        (
            trace(MLP(2, [1], output_activation="sigmoid", seed=0), [1.0, 2.0], 1.0, binary_cross_entropy),
            "the loss must be",
        ),
    ):
        with pytest.raises(ValueError, match=says):
            exercise_of(refused)


# --- pages ----------------------------------------------------------------------------------------------


def plain(formula) -> str:
    """A formula as Python's arithmetic, of the tokens that are numbers and signs."""
    text = "".join(token for token in formula if isinstance(token, str))
    return text.rstrip("=").replace("−", "-").replace("·", "*").replace("²", "**2").replace("½", "0.5")


def comes_out(worked: str, printed: str) -> bool:
    """Whether a line's arithmetic gives its result, to the decimals in which that is printed."""
    decimals = len(printed.partition(".")[2])
    return abs(eval(worked) - float(plain((printed,)))) <= 0.5 * 10**-decimals + 1e-12


@every
@pytest.mark.parametrize("notation", ["002", OWN], ids=["002", "own"])
def test_every_worked_line_comes_out(exercise, notation):
    sheet = make_sheet(exercise, notation, is_solution=True)
    for line in (*sheet.forward.lines, *sheet.backward.lines):
        assert comes_out(plain(line.worked), line.numbers[0])
    for line in sheet.backward.lines:
        gradient, slope, delta = line.numbers
        assert comes_out(f"({plain((gradient,))}) * {plain((slope,))}", delta)
    *_, cost, result = "".join(t for t in sheet.cost if isinstance(t, str)).split("=")
    assert comes_out(plain((cost,)), result)
    *_, update, after = "".join(t for t in sheet.update if isinstance(t, str)).split("=")
    assert comes_out(plain((update,)), after)


@every
def test_the_first_pages_give_nothing_away(exercise):
    sheet = make_sheet(exercise)
    for line in (*sheet.forward.lines, *sheet.backward.lines):
        assert line.worked == ()
        assert set(line.numbers) == {""}
    matrices = [token for formula in sheet.gradients for token in formula if isinstance(token, Matrix)]
    assert all(entry == "" for matrix in matrices for row in matrix.rows for entry in row)
    assert sheet.cost[-1] == sheet.update[-1] == BLANK
    for item in network_of(exercise, "002", False).items:
        blank = {"input": 0, "line": 1, "neuron": 3}[item.kind]
        assert [text.number for text in item.texts][-blank or len(item.texts) :] == [""] * blank


@pytest.mark.parametrize("notation", ["001", OWN, Notation(indices="from, to")], ids=["001", "own", "from"])
def test_the_drawing_has_each_number_at_its_name_on_the_line_that_it_belongs_to(notation):
    exercise = mazur()
    drawing = network_of(exercise, notation, True)
    known = {}
    for l in (1, 2):
        for j, k in np.ndindex(2, 2):
            known[drawn("w", l, j + 1, k + 1, notation=notation)] = (l, j, k)
    lines = [item for item in drawing.items if item.kind == "line"]
    found = {}
    for item in lines:
        weight, gradient = item.texts
        (quantity,) = weight.name
        name = drawn(quantity.kind, quantity.layer, quantity.neuron, quantity.source, notation)
        l, j, k = found[name] = known[name]
        assert float(weight.number) == exercise.weights[l - 1][j][k]
        number = float(gradient.number.replace("−", "-"))
        assert number == pytest.approx(exercise.results("dW", l)[j, k], abs=0.5e-5)
        distances = [
            abs(y1 + (y2 - y1) * (item.x - x1) / (x2 - x1) - item.y)
            for x1, y1, x2, y2 in drawing.lines
            if x1 < item.x < x2
        ]
        ends = drawing.lines[4 * (l - 1) + 2 * k + j]
        x1, y1, x2, y2 = ends
        own = abs(y1 + (y2 - y1) * (item.x - x1) / (x2 - x1) - item.y)
        assert own == pytest.approx(min(distances), abs=item.height / 2)
    assert len(found) == len(known) == 8


@every
def test_no_two_boxes_of_the_drawing_cover_each_other(exercise):
    for one, other in itertools.combinations(network_of(exercise, "002", True).items, 2):
        across = (one.width + other.width) / 2 - abs(one.x - other.x)
        down = (one.height + other.height) / 2 - abs(one.y - other.y)
        assert across <= 0.5 or down <= 0.5, (one.texts, other.texts)


def test_no_page_shows_a_negative_zero_or_a_number_that_went_wrong():
    for exercise in EVERY:
        sheets = [make_sheet(exercise, is_solution=solved) for solved in (False, True)]
        for page in (html_page(sheets), latex_page(sheets)):
            assert not re.search(r"[−-]0(?![.\d])|nan|inf\b|None|\de[−-]", page)


def test_names_follow_the_notation_asked_for():
    exercise = make_exercise(7)
    assert "a_{1}^{(2)}" in latex_page([make_sheet(exercise, "002")])
    assert "a_{1}^{(3)}" in latex_page([make_sheet(exercise, "001")])
    page = latex_page([make_sheet(exercise, OWN)])
    assert r"\delta^{(l+1)} \left(\Theta^{(l+1)}\right)^{\top}" in page
    assert r"$\theta_{12}^{(2)}$ leads to neuron 2 of its layer from neuron 1" in page


def test_the_html_is_a_file_of_its_own():
    page = html_page([make_sheet(make_exercise(7))])
    assert not re.search(r"<script|https?:(?!//www\.w3\.org)|url\(|<link|@import", page)
    for tag in ("section", "table", "math", "mrow", "svg", "div", "p", "mtable"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), tag


def shapes_that_fit() -> list[tuple[int, ...]]:
    widths = range(1, MOST_NEURONS_IN_A_LAYER + 1)
    layers = [
        shape
        for depth in range(1, MOST_NEURONS + 1)
        for shape in itertools.product(widths, repeat=depth)
        if sum(shape) == MOST_NEURONS
    ]
    return [(MOST_NEURONS_IN_A_LAYER, *shape) for shape in layers]


@cache
def largest_sheets() -> list:
    return [
        make_sheet(make_exercise(seed, shape, ("half", "sigmoid")[seed % 2]), is_solution=solved)
        for seed, shape in enumerate(shapes_that_fit()[::5])
        for solved in (False, True)
    ]


@needs_browser
def test_every_sheet_prints_on_two_a4_pages(tmp_path):
    sheets = largest_sheets()
    page, pdf = tmp_path / "sheets.html", tmp_path / "sheets.pdf"
    page.write_text(html_page(sheets), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command = [BROWSER, *flags, f"--user-data-dir={tmp_path}/profile", f"--print-to-pdf={pdf}", str(page)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    printed = pdf.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2 * len(sheets)
    boxes = set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", printed))
    assert [round(float(edge)) for edge in boxes.pop().split()] == [0, 0, 595, 842]  # A4 in points
    assert not boxes


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex on the PATH to compile with")
def test_every_sheet_compiles_to_two_pages_and_nothing_sticks_out(tmp_path):
    sheets = largest_sheets()
    (tmp_path / "sheets.tex").write_text(latex_page(sheets), encoding="utf-8")
    command = [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "sheets.tex"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert f"({2 * len(sheets)} pages".encode() in done.stdout
    assert b"Overfull" not in done.stdout


def test_the_latex_is_balanced():
    page = latex_page(largest_sheets())
    begun, ended = re.findall(r"\\begin\{(\w+)\}", page), re.findall(r"\\end\{(\w+)\}", page)
    assert sorted(begun) == sorted(ended)
    assert page.count("{") == page.count("}")
    assert page.count("$") % 2 == 0
    assert page.isascii()  # so that every LaTeX reads it


# --- marks ----------------------------------------------------------------------------------------------


def solved(exercise: Exercise, decimals: int | None = None) -> dict[str, str]:
    """Every right answer by its entry, to all digits or rounded."""
    return {
        name: repr(float(number)) if decimals is None else f"{number:.{decimals}f}"
        for kind, l in exercise.places()
        for name, number in zip(names(exercise, kind, l), exercise.results(kind, l).flat, strict=True)
    }


@every
def test_right_answers_are_right_to_all_digits_and_rounded(exercise):
    for decimals in (None, exercise.decimals, exercise.decimals + 2):
        marks = grade(exercise, solved(exercise, decimals))
        assert marks.of("right") == [mark.name for mark in marks.marks], marks
        assert (marks.points, marks.why) == (len(marks.marks), "")


def by_hand(exercise: Exercise, slip: str = "", decimals: int | None = None) -> dict[str, np.ndarray]:
    """Each array computed from the ones before it, as on paper: rounded, and with a slip in the first entry
    of one array, from which the learner goes on."""
    t, factor = exercise.trace, 1.0 if exercise.loss == "half_squared_error" else 2.0
    functions = {"half": lambda z: np.where(z > 0, z, z / 2), **equations.FUNCTIONS}
    slopes = {"half": lambda z: np.where(z > 0, 1.0, 0.5), **equations.SLOPES}
    answers = {}

    def put(name: str, array: np.ndarray) -> np.ndarray:
        array = np.array(array if decimals is None else np.round(array, decimals), dtype=float)
        if name == slip:
            array.flat[0] = 2 * array.flat[0] + 3
        answers[name] = array
        return array

    a = {0: np.array(exercise.x)}
    for l, sigma in enumerate(exercise.activations, start=1):
        a[l] = put(f"a{l}", functions[sigma](put(f"z{l}", t.weights(l) @ a[l - 1] + t.biases(l))))
    put("C", np.array([factor / 2 * np.sum((a[t.depth] - exercise.y) ** 2)]))
    error = factor * (a[t.depth] - exercise.y)
    for l in range(t.depth, 0, -1):
        slope = slopes[exercise.activations[l - 1]](answers[f"z{l}"])
        delta = put(f"delta{l}", put(f"da{l}", error) * slope)
        put(f"dW{l}", np.outer(delta, a[l - 1]))
        if exercise.biases[l - 1] is not None:
            put(f"db{l}", delta)
        error = t.weights(l).T @ delta
    return answers


@every
def test_a_learner_who_rounds_on_the_way_is_right(exercise):
    marks = grade(exercise, by_hand(exercise, decimals=exercise.decimals))
    assert marks.of("wrong") == marks.of("coarse") == [], marks


@every
def test_a_learner_who_goes_on_from_a_slip_loses_one_point(exercise):
    for kind, l in exercise.places():
        name = f"{kind}{l or ''}"
        marks = grade(exercise, by_hand(exercise, slip=name))
        assert marks.of("wrong") == names(exercise, kind, l)[:1], name
        assert marks.points == len(marks.marks) - 1


@every
def test_one_wrong_number_costs_one_point_and_what_follows_from_it_none(exercise):
    generator = random.Random(str(exercise))
    right = solved(exercise)
    for name in generator.sample(sorted(right), 4):
        off = float(right[name]) + generator.choice((-1, 1)) * 1.7
        wrong = grade(exercise, {**right, name: repr(off)})
        assert wrong.of("wrong") == [name]
        assert wrong.points == len(right) - 1


def test_no_right_number_is_ever_called_wrong():
    generator = random.Random(0)
    for _ in range(150):
        exercise = generator.choice(EVERY)
        right = solved(exercise)
        answers = {}
        for name, number in right.items():
            digits = max(exercise.decimals, 3) + generator.randint(0, 6)
            answers[name] = generator.choice(
                (number, f"{float(number):.{digits}f}", f"{float(number):.{digits}e}", "")
            )
        slip = generator.choice(sorted(answers))
        marks = grade(exercise, {**answers, slip: "77.5"})
        assert marks.of("wrong") == [slip]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("0.13850", "right"), ("0.1385", "right"), ("0,1385", "right"), ("+.1385", "right"),
        ("1.385e-1", "right"), ("0.139", "right"), ("0.14", "right"),
        ("0.1", "coarse"), ("0", "coarse"), ("0.1395", "wrong"),
        ("−0.1385", "wrong"), ("a", "unreadable"), ("nan", "unreadable"), ("inf", "unreadable"),
        ("1/0", "unreadable"), ("", "blank"),
    ],
)  # fmt: skip
def test_a_number_may_be_written_as_people_write_it(text, verdict):
    (mark,) = [
        mark for mark in grade(mazur(), {"delta2_1": text}).marks if mark.name == "delta2_1"
    ]  # 0.138499
    assert mark.verdict == verdict


def test_in_whole_numbers_there_is_nothing_to_round():
    exercise = make_exercise(7)
    right = float(exercise.results("z", 1)[0])
    assert grade(exercise, {"z1_1": str(int(right))}).points == 1
    assert grade(exercise, {"z1_1": str(int(right) + 1)}).of("wrong") == ["z1_1"]


def test_a_known_mistake_is_named():
    exercise = make_exercise(7)
    answers = {f"{kind}{l or ''}": exercise.results(kind, l) for kind, l in exercise.places()}
    error = answers["da1"]
    marks = grade(exercise, {**answers, "delta1": error, "dW1": np.outer(error, exercise.x), "db1": error})
    assert "σ′ is missing in δ¹" in str(marks)
    assert set(marks.of("follows")) >= {"db1_2"}


def test_gradients_have_the_shape_that_the_notation_gives_them():
    exercise = make_exercise(7, (3, 2, 1))
    gradient = exercise.results("dW", 1)
    assert grade(exercise, {"dW1": gradient}).points == 6
    assert grade(exercise, {"dTheta2": gradient.T}, notation=OWN).points == 6
    rows = Notation(vectors="rows")
    for answer, notation, says in (
        (gradient.T, "002", "dW1 has shape (3, 2); it should be (2, 3): it is transposed"),
        (gradient, rows, "dW1 has shape (2, 3); it should be (3, 2): it is transposed"),
        ([[1, 2], [3]], "002", "dW1 has shape (2, -1); it should be (2, 3)"),
        (7, "002", "dW1 has shape (); it should be (2, 3)"),
    ):
        right = {} if notation == "002" else solution_of(exercise, "backward", notation)
        marks = grade(exercise, right | {"dW1": answer}, notation=notation)
        assert says in str(marks)
        assert (marks.points, len(marks.of("misshapen"))) == (len(right.get("delta1", [])) and 6, 6)


def test_letters_and_indices_of_the_notation_are_those_of_form_keys_and_marks():
    exercise, rows = mazur(), Notation(a="h", vectors="rows", first_layer=1)
    form = form_of(exercise, rows)
    assert re.search(r"^h2_1 = +# h²₁$", form, re.MULTILINE)
    assert re.search(r"^dw2_12 = +# ∂C/∂w²₁₂$", form, re.MULTILINE)
    right = {k: v for part in PARTS for k, v in solution_of(exercise, part, rows).items()}
    assert set(right) >= {"h2", "dh3", "dW2", "delta3"}
    assert grade(exercise, right, notation=rows).points == 29
    wrong = right | {"dW2": [[right["dW2"][0][0], 0.9], right["dW2"][1]]}  # from neuron 1 to neuron 2
    marks = grade(exercise, wrong, notation=rows)
    assert marks.of("wrong") == ["dw2_12"]
    assert "∂C/∂w²₁₂ is off" in marks.why


def _worked_by_steps(exercise, decimals, sigma, slope):
    """The answers of who rounds each box before going on, with a σ and a σ′ of their own for layer 1."""
    W, b = [np.array(w) for w in exercise.weights], [np.array(b) for b in exercise.biases]
    of = {"z1": np.round(W[0] @ exercise.x + b[0], decimals)}
    of["a1"] = np.round(sigma(of["z1"]), decimals)
    of["z2"] = of["a2"] = np.round(W[1] @ of["a1"] + b[1], decimals)
    of["C"] = np.round(np.sum((of["a2"] - exercise.y) ** 2), decimals)
    of["da2"] = of["delta2"] = of["db2"] = np.round(2 * (of["a2"] - exercise.y), decimals)
    of["da1"] = np.round(W[1].T @ of["delta2"], decimals)
    of["delta1"] = of["db1"] = np.round(of["da1"] * np.round(slope(of["a1"]), decimals), decimals)
    of["dW1"] = np.round(np.outer(of["delta1"], exercise.x), decimals)
    of["dW2"] = np.round(np.outer(of["delta2"], of["a1"]), decimals)
    return of


@pytest.mark.parametrize("seed", [12, 18, 20])
def test_rounding_each_box_costs_no_point(seed):
    exercise = make_exercise(seed, (3, 2, 2), "sigmoid")
    mine = _worked_by_steps(exercise, 4, lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a))
    marks = grade(exercise, mine)
    assert marks.points == len(marks.marks), str(marks)
    mine["delta1"] = -mine["delta1"]
    assert grade(exercise, mine).of("wrong") == ["delta1_1", "delta1_2"]


def test_an_answer_too_coarse_to_tell_gets_no_point_for_rounded_steps():
    exercise = make_exercise(7, (3, 2, 2), "sigmoid")
    mine = _worked_by_steps(exercise, 1, lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a))
    texts = {name: np.vectorize("{:.1f}".format)(array) for name, array in mine.items()}
    assert texts["delta1"][0] == "0.5"  # and 0.64 is right
    assert "delta1_1" in grade(exercise, texts).of("coarse")


@pytest.mark.parametrize("sigma", [np.tanh, np.exp], ids=["tanh", "exp"])
def test_a_slope_from_ones_own_wrong_a_follows(sigma):
    exercise = make_exercise(7, (3, 2, 2), "sigmoid")
    marks = grade(exercise, _worked_by_steps(exercise, 4, sigma, lambda a: a * (1 - a)))
    assert marks.of("wrong") == ["a1_1", "a1_2"], str(marks)


def test_what_follows_from_a_mistake_in_what_is_not_asked_is_wrong():
    """∂C/∂W of a δ with the wrong sign follows from it; but δ has no marks of its own that it could cost."""
    exercise = replace(make_exercise(7, activation="sigmoid"), only=("dW",))
    right = solution_of(exercise, "gradients")
    marks = grade(exercise, {name: (-np.array(array)).round(4) for name, array in right.items()})
    assert marks.points == 0


def test_marks_show_the_right_numbers_only_if_asked():
    answers = {"z1": [9, 9], "delta1": [9, 9], "da1": [0, 9]}
    for show in (False, True):
        said = str(grade(make_exercise(7, activation="sigmoid"), answers, show=show))
        assert ("it is" in said or "right\n" in said) == show
        assert "z1_1 = 9: wrong" in said


def test_a_zero_with_too_few_digits_is_not_called_a_slip_as_well():
    exercise = mazur()
    right = {k: v for part in PARTS for k, v in solution_of(exercise, part).items()}
    marks = grade(exercise, right | {"dW1": np.zeros((2, 2))})
    assert len(marks.of("coarse")) == 4
    assert marks.why == ""


def test_w_for_its_transpose_is_named_where_the_derivative_by_a_is_asked_first():
    exercise = mazur()
    t, right = exercise.trace, {k: v for part in PARTS for k, v in solution_of(exercise, part).items()}
    error = t.weights(2) @ t.delta(2)
    delta = error * t.activations(1) * (1 - t.activations(1))
    assert "W stands for Wᵀ in δ¹" in grade(exercise, right | {"da1": error, "delta1": delta}).why
    assert "W stands for Wᵀ in δ¹" in grade(exercise, {"da2": right["da2"], "da1": error}).why
    rounded = {"da2": np.round(right["da2"], 4), "da1": error.round(4)}
    assert "W stands for Wᵀ in δ¹" in grade(exercise, rounded).why


@pytest.mark.parametrize(
    ("answers", "says"),
    [({"z9": [1]}, "there is no 'z9'"), ({"w": 1}, "there is no 'w'")],
)
def test_answers_to_what_was_not_asked_are_refused(answers, says):
    with pytest.raises(ValueError, match=says):
        grade(mazur(), answers)
    with pytest.raises(ValueError, match="there is no part 'all'"):
        grade(mazur(), {}, ["all"])


# --- a form, the prompt, data, a notebook ---------------------------------------------------------------


def filled_in(form: str, answers: dict[str, str]) -> str:
    return re.sub(r"^(\w+) = ", lambda line: f"{line[1]} = {answers[line[1]]} ", form, flags=re.MULTILINE)


def mixed_answers(exercise: Exercise) -> dict[str, str]:
    """Right, rounded, and two wrong ones, from the second of which others follow."""
    answers = solved(exercise, exercise.decimals) | {"a1_1": solved(exercise)["a1_1"]}
    wrong = float(answers["delta2_1"]) * 2
    return answers | {"z1_2": "9.1", "delta2_1": f"{wrong:.5f}", "db2_1": f"{wrong:.5f}"}


def test_a_sheet_is_printed_filled_in_and_graded(tmp_path, capsys):
    paths = main(["--example", "mazur", "--out", str(tmp_path)])
    assert [path.name for path in paths] == [
        f"sheet-Mazur.{ending}" for ending in ("html", "tex", "txt", "ipynb")
    ]
    form = paths[2]
    form.write_text(filled_in(form.read_text(), mixed_answers(mazur())))
    marks = main(["--solutions", "--grade", str(form)])
    assert marks.of("wrong") == ["z1_2", "delta2_1"]
    assert marks.of("follows") == ["db2_1"]
    said = capsys.readouterr().out
    assert "27 of 29 points" in said
    assert "z1_2 = 9.1: wrong; it is 0.3925" in said
    assert "db2_1 = 0.27700: right, from your own numbers before it" in said
    assert answers_in(form_of(mazur())) == dict.fromkeys(solved(mazur()), "")
    with pytest.raises(ValueError, match="line 2 is no answer"):
        answers_in("z1_1 = 2\nnothing")


def test_what_follows_from_one_mistake_is_told_in_one_line():
    exercise = mazur()
    wrong = [f"{2 * delta:.6f}" for delta in exercise.results("delta", 2)]
    said = str(grade(exercise, {"delta2": wrong, "db2": wrong}))
    assert "db2_1, db2_2: right, from your own numbers before them" in said.splitlines()


def test_at_the_prompt_each_answer_is_told_at_once():
    exercise = make_exercise(7, (2, 1))
    right = list(solved(exercise).values())
    typed = iter([right[0], "999", right[1], "999", "998"])
    asked, told = [], []

    def read(prompt: str) -> str:
        asked.append(prompt)
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    marks = ask(exercise, read=read, write=told.append)
    assert asked[:3] == ["z¹₁ = ", "a¹₁ = ", "a¹₁ = "]
    assert told[:3] == ["right", "wrong; once more", "right"]
    assert told[4].startswith("wrong; it is ")
    assert (marks.points, marks.of("wrong")) == (2, ["C"])


def test_the_prompt_runs_from_the_command_line(monkeypatch, capsys):
    exercise = make_exercise(seed_of("Ada", "1"), (2, 1))
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(solved(exercise, 0).values()) + "\n"))
    marks = main(["--student", "Ada", "--exercise", "1", "--layers", "2", "1", "--ask"])
    assert marks.points == len(marks.marks)
    assert "points" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        ["--seed", "7"], ["--seed", "7", "--layers", "2", "2", "1", "--notation", "rows"],
        ["--example", "mazur"],
        ["--student", "Ada Lovelace", "--exercise", "1", "--activation", "sigmoid"],
        ["--example", "001", "--seed", "3", "--notation", "001"], ["--seed", "5", "--only", "backward"],
    ],
)  # fmt: skip
def test_a_form_knows_its_exercise_and_right_answers_are_right(tmp_path, capsys, options):
    form = next(path for path in main([*options, "--out", str(tmp_path)]) if path.suffix == ".txt")
    exercise, notation = exercise_in(form.read_text())
    assert (exercise.student or "Ada Lovelace") in ("Ada Lovelace",)
    right = dict(
        entry
        for kind, l in exercise.places()
        for entry in zip(names(exercise, kind, l, notation), exercise.results(kind, l).flat, strict=True)
    )
    form.write_text(
        filled_in(form.read_text(), {name: repr(float(number)) for name, number in right.items()})
    )
    for more in ([], [option for option in options if option != "--only" and option not in PARTS]):
        marks = main(["--grade", str(form), *more])
        assert marks.points == len(marks.marks) == len(right)
    with pytest.raises(SystemExit):
        main(["--grade", str(form), "--seed", "99"])
    assert "is the form of sheet" in capsys.readouterr().err
    form.write_text("z1_1 = 3\n")
    with pytest.raises(SystemExit):
        main(["--grade", str(form)])
    assert "has lost its line" in capsys.readouterr().err


def test_a_class_has_a_sheet_for_each_name_an_index_and_one_notebook(tmp_path):
    (tmp_path / "names").write_text("Ada Lovelace\n\nJosé\n", encoding="utf-8")
    out = tmp_path / "out"
    made = main(
        ["--class", str(tmp_path / "names"), "--activation", "sigmoid", "--solutions", "--out", str(out)]
    )
    files = {path.name for path in made}
    assert {"sheet-1-Ada-Lovelace-sigmoid.html", "sheet-1-José-sigmoid-solution.html", "index.html"} <= files
    assert "Ada Lovelace" in (out / "sheet-1-Ada-Lovelace-sigmoid.html").read_text("utf-8")
    linked = re.findall(r'href="([^"]+)"', (out / "index.html").read_text("utf-8"))
    assert set(linked) == {name for name in files if name.startswith("sheet") and not name.endswith("ipynb")}
    sheet = make_sheet(of_student("Ada Lovelace", "1", activation="sigmoid"), is_solution=True)
    assert (out / "sheet-1-Ada-Lovelace-sigmoid-solution.html").read_text("utf-8") == html_page([sheet])
    with pytest.raises(ValueError, match="two students are called"):
        write_class(["Ada", "Ada"], folder=out)


def test_settings_stand_in_the_file_names_so_that_nothing_is_written_over(tmp_path):
    written = []
    for more in (
        [],
        ["--activation", "relu"],
        ["--layers", "3", "2"],
        ["--notation", "rows"],
        ["--only", "delta"],
    ):
        written += main(["--student", "Ada", "--exercise", "1", "--out", str(tmp_path), *more])
    assert len(set(written)) == len(written) == 20


def test_a_sheet_that_asks_for_less_has_the_rest_filled_in():
    exercise = of_student("Ada", only=["delta"])
    assert [kind for kind, _ in exercise.places()] == ["delta", "delta"]
    sheet = make_sheet(exercise)
    assert all(line.worked and "" not in line.numbers for line in sheet.forward.lines)
    assert all(set(line.numbers) == {""} for line in sheet.backward.lines)
    assert sheet.gradients == sheet.update == ()
    assert grade(exercise, {"delta1": exercise.results("delta", 1)}).points == 2
    with pytest.raises(ValueError, match="only forward, backward"):
        of_student("Ada", only=["everything"])


def test_of_relus_one_rests_and_one_does_not():
    for seed in range(40):
        slopes = make_exercise(seed, (2, 2, 2), "relu").results("slope", 1)
        assert sorted(slopes) == [0, 1]


def released(notebook):
    """What nbgrader gives to students: without what stands between BEGIN SOLUTION and END SOLUTION."""
    for cell in notebook.cells:
        if cell.metadata.nbgrader.solution:
            stub = "# YOUR CODE HERE\nraise NotImplementedError()"
            cell.source = re.sub("### BEGIN SOLUTION.*### END SOLUTION", stub, cell.source, flags=re.DOTALL)
    return notebook


def earned_in(cells):
    """The points that nbgrader takes from each cell that marks."""
    return {
        cell.metadata.nbgrader.grade_id: (int(cell.outputs[-1].data["text/plain"]), points_of(cell))
        for cell in cells
        if cell.metadata.nbgrader.grade
    }


CLASS = "of_student(student, '1', (2, 3, 2), 'sigmoid')"


def test_one_notebook_gives_each_student_their_own_numbers_and_grades_them(tmp_path):
    one = of_student("A. Teacher", "1", (2, 3, 2), "sigmoid")
    rows = Notation(vectors="rows")
    source = nbformat.from_dict(notebook_of(one, rows, CLASS))
    nbformat.validate(source)
    points = {"forward-marks": 11, "backward-marks": 10, "gradients-marks": 17}
    notebook = released(source)
    own = of_student("Ada Lovelace", "1", (2, 3, 2), "sigmoid")
    assert own.weights != one.weights
    for cell in notebook.cells:
        facts = cell.metadata.nbgrader
        assert {"grade_id", "schema_version", "grade", "locked", "solution", "task"} <= set(facts)
        assert "solution_of(exercise" not in cell.source
        if facts.solution and facts.grade_id != "name":
            for name in solution_of(own, facts.grade_id, rows):
                assert f'"{name}": ' in cell.source
        if facts.grade_id == "name":
            cell.source = "student = 'Ada Lovelace'"
        elif facts.grade_id == "forward":
            cell.source = f"forward = {solution_of(own, 'forward', rows)!r}"
        elif facts.grade_id == "backward":
            cell.source = f"backward = {grade_of_rounded(own, rows)!r}"
        elif facts.grade_id == "gradients":
            answers = solution_of(own, "gradients", rows)
            turned = {"dW1": [list(row) for row in zip(*answers["dW1"], strict=True)], "db2": [None, 77.5]}
            cell.source = f"gradients = {answers | turned!r}"
    cells = executed(notebook, tmp_path)
    earned = earned_in(cells)
    assert {name: of for name, (_, of) in earned.items()} == points
    assert [got for got, _ in earned.values()] == [11, 10, 17 - 6 - 2]
    said = cells[-1].outputs[0].text
    assert "Ada Lovelace: 9 of 17 points" in said
    assert "dW1 has shape (3, 2); it should be (2, 3): it is transposed" in said
    assert "db2_2 = 77.5: wrong\n" in said
    assert "<svg" in cells[1].outputs[0].data["text/html"]


def grade_of_rounded(exercise, notation):
    answers = solution_of(exercise, "backward", notation)
    return {name: np.round(array, 4).tolist() for name, array in answers.items()}


def test_the_teachers_notebook_has_all_points(tmp_path):
    cells = executed(nbformat.from_dict(notebook_of(make_exercise(7), OWN)), tmp_path)
    assert [got == of for got, of in earned_in(cells).values()] == [True] * 3


def test_a_notebook_that_is_not_filled_in_runs_and_has_no_points(tmp_path):
    notebook = released(nbformat.from_dict(notebook_of(make_exercise(7), OWN)))
    for cell in notebook.cells:
        cell.source = cell.source.replace("raise NotImplementedError()", "")
    assert [got for got, _ in earned_in(executed(notebook, tmp_path)).values()] == [0, 0, 0]


def test_the_command_refuses_what_does_not_fit(tmp_path, capsys):
    for arguments, problem in (
        (["--layers", "5", "1"], "has more"),
        (["--layers", "2"], "at least 1 each"),
        (["--layers", "2", "0"], "at least 1 each"),
        (["--activation", "gelu"], "invalid choice"),
        (["--grade", str(tmp_path / "none.txt")], "No such file"),
    ):
        with pytest.raises(SystemExit):
            main(arguments)
        assert problem in capsys.readouterr().err


def test_writing_makes_the_folder_and_the_same_bytes_each_time(tmp_path):
    first = [path.read_bytes() for path in write_sheets(3, folder=tmp_path / "new" / "folder")]
    assert first == [path.read_bytes() for path in write_sheets(3, folder=tmp_path)]
