"""The equations of a program as text and LaTeX: names of the program and signs, and nothing else."""

from __future__ import annotations

import re

import pytest
from compiler_graphs import assert_agrees, examples
from conftest import load_example
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

import minigrad
from minigrad import Value, total
from minigrad.compiler import Program
from minigrad.compiler.lines.names import written
from nn import MLP, squared_error

TOKEN = re.compile(r"(?<![\w.])[^\W\d][\w⁽⁾]*(?:\[\d+\])?")
SIGNS = {"C", "N", "θ", "Σⱼ", "Σₙ", "Σ", "σ", "max", "if", "else", "ᵀ"}
COMMAND = re.compile(r"\\([A-Za-z]+)")
COMMANDS = {
    "delta",
    "frac",
    "partial",
    "mathrm",
    "left",
    "right",
    "odot",
    "top",
    "sum",
    "max",
    "cdot",
    "sigma",
}
COMMANDS |= {"begin", "end", "text", "le", "ge", "tanh", "sin", "cos", "exp", "log", "operatorname", "infty"}
COMMANDS |= {"ln", "theta"}
CASES = re.compile(r"\\begin{cases} (.*?) & (.*?) \\\\ (.*?) & \\text{else} \\end{cases}")


def check(program: Program) -> None:
    """Every word is a name of the source or a sign, and LaTeX reads the rest."""
    words = set(re.findall(r"[^\W\d]\w*", program.source)) | set(program.parameters.places)
    known = {written(word)[1] for word in words} | SIGNS
    known |= {written(word[1:])[1] for word in words if word[0] == "d" and word[1:]}
    for equation in program.equations():
        for token in TOKEN.findall(equation.text):
            assert token in known or token.removesuffix("ᵀ") in known, (token, equation.text)
        for quantity in re.findall(r"∂C/∂([\w⁽⁾]+(?:\[\d+\])?)", equation.text):
            assert quantity.rstrip("ᵀ") in {written(word)[1] for word in words}, equation.text
        assert set(COMMAND.findall(equation.latex)) <= COMMANDS, equation.latex
        latex = equation.latex
        while CASES.search(latex):  # which this parser does not know
            latex = CASES.sub(r"{\1 \2 \3}", latex)
        MathTextParser("path").parse(f"${latex}$")


def test_equations_of_a_gpt_are_said_in_its_own_words():
    gpt = load_example("scalar_gpt")
    program = gpt.compiled(3, gpt.parameters(Value))
    check(program)
    found = [str(equation) for equation in program.equations()]
    for equation in (
        "(1)  δ_logits = (0.25 / N) · (softmax_2 − y)",
        "(3)  ∂C/∂W_logits = δ_logits downᵀ",
        "(2)  δ_down = W_logitsᵀ δ_logits",
        "(2)  δ_up = (W_downᵀ δ_down) ⊙ (1 if up > 0 else 0)",
        "(3)  ∂C/∂W_up = δ_up normed_3ᵀ",
        "(3)  ∂C/∂W_mix = δ_mix (value softmaxᵀ)ᵀ",
        "(2)  δ_value = (W_mixᵀ δ_mix) softmax",
        "(4)  ∂C/∂b_positions = Σₙ δ_tokens",
    ):
        assert equation in found


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "softplus"])
@pytest.mark.parametrize("widths", [[1], [3, 2], [4, 3, 2]])
def test_equations_of_networks(activation, widths):
    model = MLP(2, widths, activation, seed=0)
    x, y = ([Value(0.1, label=f"{stem}{k}") for k in range(n)] for stem, n in (("x", 2), ("y", widths[-1])))
    check(minigrad.compile(squared_error(model(x), y), [*x, *y], model.parameters()))


WORDS = st.sampled_from(
    ["d", "down", "delta", "divide", "dW", "w", "total", "max", "x_1", "N", "ddx", "query"]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(WORDS, min_size=4, max_size=4), st.booleans())
def test_labels_that_look_like_gradients_are_read_as_what_they_are(words, is_shared):
    """A quantity called down is not ∂C/∂own."""
    first, second, third, stem = words
    x = [Value(0.1 * k, label=f"{stem}{k}") for k in range(2)]
    w = [Value(0.3 * k - 0.5, label=f"{(first, second)[k // 4]}{k}") for k in range(8)]
    hidden = [(w[2 * j] * x[0] + w[2 * j + 1] * x[1]).tanh() for j in range(2)]
    rows = w[:4] if is_shared else w[4:]
    z = [rows[2 * j] * hidden[0] + rows[2 * j + 1] * hidden[1] for j in range(2)]
    for k, z_k in enumerate(z):
        z_k.label = f"{third}{k}"
    program = minigrad.compile(total([(z_k / 3 - 0.2) ** 2 for z_k in z]), x, w[:4] if is_shared else w)
    check(program)
    assert_agrees(program, examples(2, 2, 0))


def test_a_gradient_that_comes_in_parts_is_said_to_be_added_to():
    w, x = [Value(0.3), Value(0.4)], [Value(0.1, label="x0"), Value(0.2, label="x1")]
    first = [(w[0] * x[0] + w[1] * x[1]).tanh()]
    program = minigrad.compile((w[0] * first[0] + w[1] * x[0]) ** 2, x, w)
    check(program)
    signs = [re.search(r" (\+?=) ", e.text)[1] for e in program.equations() if e.text.startswith("∂C/∂W")]
    assert signs[0] == "="
    assert set(signs[1:]) <= {"+="}
