"""Writes a worksheet as LaTeX, which can be pasted into other sheets; it needs amsmath, array and TikZ."""

from __future__ import annotations

from nn.delta.notation import latex
from viz.worksheet.content import Formula, Matrix, Quantity, Sheet, Table, Token, derivative_of
from viz.worksheet.drawing import network_places, row_height
from viz.worksheet.exercise import Exercise

PREAMBLE = r"""\documentclass[a4paper,11pt]{article}
\usepackage[margin=15mm]{geometry}
\usepackage{amsmath,array,tikz}
\setlength{\parindent}{0pt}
\pagestyle{empty}
\setlength{\arraycolsep}{3pt}
\setlength{\fboxsep}{0pt}
\newcommand{\blank}{\fbox{\rule[-1.7mm]{0pt}{5.6mm}\hspace{11mm}}}
\newcommand{\step}[1]{\par\vfill\textbf{\large #1}\par\smallskip}
"""

LETTERS = {
    "−": "-",
    "·": r"\cdot ",
    "×": r"\times ",
    "←": r"\leftarrow ",
    "∂": r"\partial ",
    "σ": r"\sigma ",
    "δ": r"\delta ",
    "′": "'",
    "²": "^2",
    "½": r"\tfrac{1}{2}",
}


def latex_page(sheets: list[Sheet]) -> str:
    """The pages as one document.

    >>> from viz.worksheet.content import make_sheet
    >>> from viz.worksheet.exercise import make_exercise
    >>> latex_page([make_sheet(make_exercise(7))]).count("tikzpicture")
    2
    """
    pages = "\n\\newpage\n".join(map(_page, sheets))
    return f"{PREAMBLE}\\begin{{document}}\n{pages}\n\\end{{document}}\n"


def _page(sheet: Sheet) -> str:
    n = sheet.notation
    sizes = "-".join(map(str, sheet.exercise.sizes))
    name = r"\textbf{Solution}" if sheet.is_solution else r"Name \rule{52mm}{0.4pt}"
    given = " \\quad\n".join(_math(formula, n) for formula in sheet.given)
    gradients = " \\quad\n".join(_math(formula, n) for formula in sheet.gradients)
    last_layer = _math((derivative_of(n), "a", "=", "2", "·", "(", "a", "−", "y", ")"), n)
    return rf"""\textbf{{\Large Backpropagation by hand}}\hfill {name}\par\medskip\hrule\medskip
\begin{{minipage}}{{0.62\textwidth}}\raggedright
{given}
\end{{minipage}}\hfill
{_drawing(sheet.exercise, n)}\par\medskip
{_rules(sheet)}
\step{{1 Forward: $z$, $a$ and $\sigma'$ of every neuron, layer by layer}}
{_table(sheet.forward, sheet)}\par\medskip
{_math(sheet.cost, n)}
\step{{2 Backward: $\delta$ of every neuron, from the last layer to the first}}
In the last layer {last_layer}. In earlier layers: for each weight that leads out of the
neuron, weight $\times$ $\delta$ at its end; add these up.\par\smallskip
{_table(sheet.backward, sheet)}
\step{{3 Gradients}}
For a weight: the $\delta$ of its row times the $a$ (or $x$) of its column. For a bias: its $\delta$.
\par\smallskip
{{\raggedright {gradients}\par}}
\step{{4 One step of descent}}
{_math(sheet.update, n)}
\par\vfill\hrule\smallskip
{{\small network {sizes}, sheet {sheet.exercise.seed}; made and solved with minigrad}}"""


def _rules(sheet: Sheet) -> str:
    half = LETTERS["½"]
    hidden = (
        rf"Hidden layers: $\sigma(z) = z$ for $z > 0$, $z/2$ for $z < 0$; so $\sigma'$ is 1 or ${half}$. "
    )
    output = r"The output is linear: $a = z$, $\sigma' = 1$. "
    layers = "Numbers in parentheses above a letter are layer numbers, not powers. "
    weight = latex("w", 1, 2, 1, notation=sheet.notation)
    indices = (
        rf"${weight}$ leads \emph{{to}} neuron 2 of its layer \emph{{from}} neuron 1 of the layer before."
    )
    has_hidden, has_second = len(sheet.exercise.sizes) > 2, sheet.exercise.sizes[1] > 1
    return (hidden if has_hidden else "") + output + layers + (indices if has_second else "")


def _table(table: Table, sheet: Sheet) -> str:
    n = sheet.notation
    height = row_height(sheet.exercise)
    strut = rf"\rule[{-height / 2 + 1:.1f}mm]{{0pt}}{{{height:.1f}mm}}"
    headings = " & ".join(rf"\multicolumn{{1}}{{c}}{{{_math(heading, n)}}}" for heading in table.headings)
    lines = "\n".join(
        rf"{_math(line.asked, n)} & {strut}{_math(line.worked, n)} & "
        + " & ".join(_math((text,) if text else (), n) for text in line.numbers)
        + r" \\ \cline{2-5}"
        for line in table.lines
    )
    columns = r"r|p{101mm}|*{3}{>{\centering\arraybackslash}p{12mm}|}"
    return (
        rf"\begin{{tabular}}{{{columns}}}" + "\n"
        rf"\multicolumn{{1}}{{r}}{{}} & \multicolumn{{1}}{{c}}{{}} & {headings} \\ \cline{{2-5}}"
        f"\n{lines}\n" + r"\end{tabular}"
    )


def _math(formula: Formula, notation: str) -> str:
    return f"${''.join(_token(token, notation) for token in formula)}$" if formula else ""


def _token(token: Token, notation: str) -> str:
    if isinstance(token, Quantity):
        return latex(token.kind, token.layer, token.neuron, token.source, notation)
    if isinstance(token, Matrix):
        return _matrix(token)
    if token[0] == "y" and token[1:]:
        return f"y_{{{token[1:]}}}"
    return "".join(LETTERS.get(letter, letter) for letter in token)


def _matrix(matrix: Matrix) -> str:
    rows = [" & ".join(_token(entry, "") if entry else r"\blank" for entry in row) for row in matrix.rows]
    if len(rows) == len(matrix.rows[0]) == 1:
        return rows[0]
    return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"


def _drawing(exercise: Exercise, notation: str) -> str:
    nodes = [
        rf"\node[circle, draw, inner sep=0, minimum size=24] (n{l}-{j}) at ({x:g}, {-y:g}) "
        rf"{{\footnotesize${latex('a' if l else 'x', l, j, notation=notation)}$}};"
        for l, layer in enumerate(network_places(exercise))
        for j, (x, y) in enumerate(layer, start=1)
    ]
    edges = [
        rf"\draw[gray] (n{l}-{k}) -- (n{l + 1}-{j});"
        for l, (sources, targets) in enumerate(zip(exercise.sizes, exercise.sizes[1:]))
        for k in range(1, sources + 1)
        for j in range(1, targets + 1)
    ]
    body = "\n".join([*nodes, *edges])
    return (
        "\\begin{tikzpicture}[x=0.72pt, y=0.72pt, baseline=(current bounding box.center)]\n"
        + f"{body}\n"
        + r"\end{tikzpicture}"
    )
