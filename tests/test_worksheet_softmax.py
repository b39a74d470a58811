"""A worksheet of softmax and cross-entropy: its numbers, its pages, its marks and its notebook."""

import numpy as np
import pytest

from nn import MLP, cross_entropy, trace
from viz.worksheet import (
    answers_in,
    exercise_in,
    exercise_of,
    form_of,
    grade,
    make_exercise,
    notebook_of,
    of_student,
    solution_of,
    write_class,
    write_sheets,
)  # fmt: skip
from viz.worksheet.exercise import PARTS
from viz.worksheet.pages.content import make_sheet


def _exercise():
    return make_exercise(3, (2, 2, 3), "sigmoid", is_softmax=True)


def _by_hand(exercise):
    """The answers, in NumPy alone: δ² = p − y."""
    x, y = np.array(exercise.x), np.array(exercise.y)
    (W1, W2), (b1, b2) = map(np.array, exercise.weights), map(np.array, exercise.biases)
    z1 = W1 @ x + b1
    a1 = 1 / (1 + np.exp(-z1))
    z2 = W2 @ a1 + b2
    p = np.exp(z2) / np.exp(z2).sum()
    d2 = p - y
    da1 = W2.T @ d2
    d1 = da1 * a1 * (1 - a1)
    return {
        "z1": z1, "a1": a1, "z2": z2, "a2": p, "C": -np.log(p[y == 1][0]), "delta2": d2, "da1": da1,
        "delta1": d1,
        "dW1": np.outer(d1, x), "db1": d1, "dW2": np.outer(d2, a1), "db2": d2,
    }  # fmt: skip


def test_the_last_delta_is_p_minus_y_and_all_that_is_asked_for_is_right():
    exercise = _exercise()
    marks = grade(exercise, {name: np.round(array, 4) for name, array in _by_hand(exercise).items()})
    assert marks.points == len(marks.marks) == 11 + 7 + 15
    assert sorted(exercise.y) == [0.0, 0.0, 1.0]
    assert ("da", 2) not in exercise.all_places()


def test_a_known_mistake_is_named_and_what_follows_has_its_points():
    exercise = _exercise()
    mine = _by_hand(exercise)
    p, y = mine["a2"], np.array(exercise.y)
    mine["delta2"] = (p - y) * p * (1 - p)
    mine["da1"] = np.array(exercise.weights[1]).T @ mine["delta2"]
    mine["delta1"] = mine["da1"] * mine["a1"] * (1 - mine["a1"])
    mine |= {"dW2": np.outer(mine["delta2"], mine["a1"]), "db2": mine["delta2"], "db1": mine["delta1"]}
    mine["dW1"] = np.outer(mine["delta1"], exercise.x)
    marks = grade(exercise, mine)
    assert set(marks.of("wrong")) == {"delta2_1", "delta2_2", "delta2_3"}
    assert "with this loss δ = a − y" in marks.why


def test_a_softmax_that_is_not_divided_by_its_sum_costs_its_own_points_alone():
    exercise = _exercise()
    mine = _by_hand(exercise)
    wrong = np.exp(mine["z2"])
    answers = {
        "z1": mine["z1"],
        "a1": mine["a1"],
        "z2": mine["z2"],
        "a2": wrong,
        "delta2": wrong - exercise.y,
    }
    marks = grade(exercise, answers)
    assert set(marks.of("wrong")) == {"a2_1", "a2_2", "a2_3"}
    assert set(marks.of("follows")) == {"delta2_1", "delta2_2", "delta2_3"}
    assert "not divided by their sum" in marks.why


def test_a_network_of_ones_own_with_a_softmax_becomes_a_worksheet():
    t = trace(MLP(2, [3], output_activation="softmax", seed=0), [1.0, 2.0], 1, cross_entropy)
    exercise = exercise_of(t)
    assert exercise.y == (0.0, 1.0, 0.0)
    np.testing.assert_allclose(exercise.results("delta", 1), t.activations(1) - [0, 1, 0])


def test_the_form_keeps_the_exercise_and_the_solution_has_all_points():
    exercise = _exercise()
    assert exercise_in(form_of(exercise))[0] == exercise
    assert not any(answers_in(form_of(exercise)).values())
    for part in PARTS:
        marks = grade(exercise, solution_of(exercise, part), [part])
        assert marks.points == len(marks.marks)
    points = [cell["metadata"]["nbgrader"].get("points", 0) for cell in notebook_of(exercise)["cells"]]
    assert sum(points) == len(grade(exercise, {}).marks)


def test_pages_say_delta_is_a_minus_y_and_give_nothing_away(tmp_path):
    exercise = _exercise()
    sheet, solved = (make_sheet(exercise, is_solution=is_solution) for is_solution in (False, True))
    assert sheet.last_error == ("δ", "=", "a", "−", "y")
    assert [line.numbers for line in sheet.backward.lines[:3]] == [("–", "–", "")] * 3
    for line in solved.backward.lines[:3]:
        a, _, y, _ = line.worked
        assert float(a) - float(y) == pytest.approx(float(line.numbers[2].replace("−", "-")), abs=6e-5)
    paths = write_sheets(exercise, folder=tmp_path, solutions=True)
    assert [path.suffix for path in paths] == [".html", ".tex", ".txt", ".html", ".tex", ".ipynb"]


def test_a_class_has_sheets_with_a_softmax_and_one_notebook_that_makes_each_students(tmp_path):
    network = ("1", (2, 2, 3), "sigmoid", (), True)
    paths = write_class(["Ada Lovelace", "Sofja"], *network[:3], folder=tmp_path, is_softmax=network[4])
    (form,) = (path for path in paths if path.name.startswith("sheet-1-Ada") and path.suffix == ".txt")
    own = of_student("Ada Lovelace", *network)
    assert exercise_in(form.read_text(encoding="utf-8"))[0].weights == own.weights
    assert own.activations == ("sigmoid", "softmax")
    (notebook,) = (path for path in paths if path.suffix == ".ipynb")
    assert f"of_student(student, {', '.join(map(repr, network))})" in notebook.read_text(encoding="utf-8")


def test_softmax_and_cross_entropy_go_together():
    with pytest.raises(ValueError, match="go together"):
        exercise_of(trace(MLP(2, [2], output_activation="softmax", seed=0), [1.0, 2.0], [0.0, 1.0]))
    with pytest.raises(ValueError, match="two outputs or more"):
        make_exercise(1, (2, 1), is_softmax=True)


@pytest.mark.filterwarnings("error")
def test_a_guess_without_a_doubt_is_marked():
    exercise = make_exercise(3, (2, 2, 2), "sigmoid", is_softmax=True)
    a = 1 - np.array(exercise.y)
    marks = grade(exercise, {"a2": a, "delta2": a - exercise.y})
    assert marks.of("follows") == ["delta2_1", "delta2_2"]
