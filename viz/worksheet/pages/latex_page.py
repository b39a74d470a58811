"""Writes a worksheet as LaTeX, with the network in TikZ; pdflatex makes A4 pages of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from nn.delta.formulas import as_latex
from nn.delta.notation import AnyNotation
from viz.worksheet.pages.content import Formula, Matrix, Sheet, Table, Token
from viz.worksheet.pages.drawing import PX_TO_MM, Item, network_of, row_height
from viz.worksheet.pages.wording import Sentence, footer_of, headings_of, hints_of, rules_of

PREAMBLE = r"""\documentclass[a4paper,11pt]{article}
\usepackage[margin=15mm]{geometry}
\usepackage{amsmath,array,tikz}
\setlength{\parindent}{0pt}
\pagestyle{empty}
\setlength{\arraycolsep}{3pt}
\setlength{\fboxsep}{0pt}
\newcommand{\blank}{\fbox{\rule[-1.7mm]{0pt}{5.6mm}\hspace{13mm}}}
\newcommand{\step}[1]{\par\vfill\textbf{\large #1}\par\smallskip}
"""

_SYMBOLS = "<>−·×∂′²½"  # of the sentences, which stand in formulas
_ESCAPED = {"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "$": r"\$", "{": r"\{", "}": r"\}"}


def latex_page(sheets: list[Sheet]) -> str:
    """The pages as one document."""
    pages = "\n\\newpage\n".join(map(_pages, sheets))
    return f"{PREAMBLE}\\begin{{document}}\n{pages}\n\\end{{document}}\n"


def _pages(sheet: Sheet) -> str:
    n = sheet.notation
    student = _words(sheet.exercise.student)
    name = (
        r"\textbf{Solution} " + student if sheet.is_solution else "Name " + (student or r"\rule{52mm}{0.4pt}")
    )
    header = rf"\textbf{{\Large Backpropagation by hand}}\hfill {name}\par\medskip\hrule\medskip"
    footer = rf"\par\vfill\hrule\smallskip{{\small {_words(footer_of(sheet))}}}"
    given = " \\quad\n".join(_math(formula, n) for formula in sheet.given)
    gradients = " \\quad\n".join(_math(formula, n) for formula in sheet.gradients)
    forward, backward, third, step = (set_of([heading], n) for heading in headings_of(sheet))
    hint, gradient_hint = (set_of([sentence], n) for sentence in hints_of(sheet))
    last = ""
    if sheet.gradients:
        last = rf"\step{{{third}}} {gradient_hint}\par\smallskip {{\raggedright {gradients}\par}}"
    if sheet.update:
        last += rf"\step{{{step}}} {_math(sheet.update, n)}"
    return rf"""{header}
{{\raggedright {given}\par}}\medskip
{set_of(rules_of(sheet), n)}
\par\vfill
{_drawing(sheet)}
{footer}
\newpage
{header}
\step{{{forward}}}
{_table(sheet.forward, sheet)}\par\medskip
{{\small {_math(sheet.cost, n)}\par}}
\step{{{backward}}}
{hint}\par\smallskip
{_table(sheet.backward, sheet)}
{last}
{footer}"""


def set_of(sentences: Iterable[Sentence], notation: AnyNotation) -> str:
    """Sentences, with their formulas between dollar signs."""
    return " ".join(
        "".join(_words(part) if isinstance(part, str) else _math(part, notation) for part in sentence)
        for sentence in sentences
    )


def _words(text: str) -> str:
    """Text, with the signs that belong into formulas between dollar signs."""
    return "".join(
        f"${as_latex((letter,))}$"
        if letter in _SYMBOLS or unicodedata.name(letter, "").startswith("GREEK")
        else _ESCAPED.get(letter, letter)
        for letter in text
    ).replace("$$", "")


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
    columns = r"r|p{94mm}|*{3}{>{\centering\arraybackslash}p{14mm}|}"
    return (
        rf"\begin{{tabular}}{{{columns}}}" + "\n"
        rf"\multicolumn{{1}}{{r}}{{}} & \multicolumn{{1}}{{c}}{{}} & {headings} \\ \cline{{2-5}}"
        f"\n{lines}\n" + r"\end{tabular}"
    )


def math_of(formula: Formula, notation: AnyNotation) -> str:
    r"""A formula in LaTeX, without its dollar signs."""
    return "".join(_token(token, notation) for token in formula)


def _math(formula: Formula, notation: AnyNotation) -> str:
    return f"${math_of(formula, notation)}$" if formula else ""


def _token(token: Token, notation: AnyNotation) -> str:
    if isinstance(token, Matrix):
        return _matrix(token)
    if isinstance(token, str) and token[0] == "y" and token[1:]:
        return f"y_{{{token[1:]}}}"
    if isinstance(token, str) and len(token) > 1 and token.isascii() and token.isalpha():
        return rf"\mathrm{{{token}}}"
    return as_latex((token,), notation)


def _matrix(matrix: Matrix) -> str:
    rows = [" & ".join(as_latex((entry,)) if entry else r"\blank" for entry in row) for row in matrix.rows]
    if len(rows) == len(matrix.rows[0]) == 1:
        return rows[0]
    return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"


def _drawing(sheet: Sheet) -> str:
    drawing = network_of(sheet.exercise, sheet.notation, sheet.is_solution)
    lines = [
        rf"\draw[gray] ({x1:.1f}, {-y1:.1f}) -- ({x2:.1f}, {-y2:.1f});" for x1, y1, x2, y2 in drawing.lines
    ]
    items = [part for item in drawing.items for part in _item(item, sheet.notation)]
    body = "\n".join([*lines, *items])
    return (
        f"\\begin{{tikzpicture}}[x={PX_TO_MM:.5f}mm, y={PX_TO_MM:.5f}mm, inner sep=0, font=\\footnotesize]\n"
        f"{body}\n" + r"\end{tikzpicture}"
    )


def _item(item: Item, notation: AnyNotation) -> list[str]:
    look = "fill=white" if item.kind == "line" else "draw, fill=white, rounded corners=2mm"
    corners = f"({item.left:.1f}, {-item.bottom:.1f}) rectangle ({item.right:.1f}, {-item.top:.1f})"
    parts = [rf"\path[{look}] {corners};"]
    edge = item.right - (2 if item.kind == "line" else 5)
    for text in item.texts:
        parts.append(
            rf"\node[anchor=west] at ({text.x:.1f}, {-text.y:.1f}) {{{_math(text.name, notation)}}};"
        )
        if text.number:
            parts.append(
                rf"\node[anchor=east] at ({edge:.1f}, {-text.y:.1f}) {{${as_latex((text.number,))}$}};"
            )
        else:
            start, end = f"({edge - 44:.1f}, {-text.y - 7:.1f})", f"({edge:.1f}, {-text.y + 7:.1f})"
            parts.append(rf"\draw[gray, fill=white] {start} rectangle {end};")
    return parts
