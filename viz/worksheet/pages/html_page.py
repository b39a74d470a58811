"""Writes a worksheet as HTML: A4 pages, with formulas in MathML and the network in SVG, and no script."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from nn.delta.formulas import as_mathml, as_text
from nn.delta.notation import AnyNotation
from viz.worksheet.exercise import Exercise
from viz.worksheet.pages.content import Formula, Matrix, Sheet, Table, Token, make_sheet
from viz.worksheet.pages.drawing import HEIGHT, WIDTH, Item, network_of, row_height
from viz.worksheet.pages.wording import Sentence, footer_of, headings_of, hints_of, rules_of

BLANK_WIDTH, BLANK_HEIGHT = 46, 15

STYLE = """
@page { size: A4; margin: 13mm 15mm; }
* { box-sizing: border-box; }
body { margin: 0; color: #000; background: #fff; font: 10.5pt/1.3 Georgia, "DejaVu Serif", serif; }
.page { width: 180mm; min-height: 268mm; break-after: page; display: flex; flex-direction: column; gap: 4mm; }
.work { justify-content: space-between; gap: 2mm; }
.page:last-child { break-after: auto; }
@media screen { .page { margin: 8mm auto; padding: 0; box-shadow: 0 0 0 6mm #fff, 0 0 0 6.3mm #bbb; } }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 0.4mm solid; }
h1 { font-size: 15pt; margin: 0 0 1mm; }
h2 { font-size: 11.5pt; margin: 0 0 1mm; }
p { margin: 0; }
.hint { font-size: 9.5pt; color: #333; }
.name span { display: inline-block; width: 52mm; border-bottom: 0.2mm solid; }
.given { display: flex; flex-wrap: wrap; gap: 2mm 6mm; align-items: center; }
.network { margin: auto 0; }
.network svg { display: block; width: 180mm; height: auto; font: 12px Georgia, "DejaVu Serif", serif; }
.rules { background: #f1f1f1; padding: 2mm 3mm; line-height: 1.6; }
table.work { width: 100%; border-collapse: collapse; }
table.work th { font-weight: normal; text-align: center; padding: 0 0 0.5mm; }
table.work td { border: 0.2mm solid #555; padding: 0 2mm; height: var(--row); }
table.work td.asked { width: 20mm; border: 0; padding-left: 0; text-align: right; white-space: nowrap; }
table.work td.number { width: 18mm; text-align: center; background: #fff; }
.gradients { display: flex; flex-wrap: wrap; gap: 2.5mm 6mm; align-items: center; }
math { font-size: 1.08em;
       font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", Georgia, "DejaVu Serif", serif; }
mtd { padding: 1.3mm 1.8mm; }
mtd.blank { width: 14mm; height: 6.2mm; border: 0.2mm solid #555; }
footer { font-size: 9pt; color: #333; border-top: 0.2mm solid; padding-top: 1mm; margin-top: auto; }
"""


def html_page(sheets: list[Sheet]) -> str:
    """The pages as one self-contained file."""
    title = escape(f"Backpropagation by hand, sheet {sheets[0].exercise.title}")
    head = f'<meta charset="utf-8">\n<title>{title}</title>\n<style>{STYLE}</style>'
    pages = "\n".join(map(_pages, sheets))
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{pages}\n</body>\n</html>\n'


def _pages(sheet: Sheet) -> str:
    n = sheet.notation
    student = escape(sheet.exercise.student)
    name = f"<b>Solution</b> {student}" if sheet.is_solution else f"Name {student or '<span></span>'}"
    header = f'<header><h1>Backpropagation by hand</h1><p class="name">{name}</p></header>'
    gradients = "\n".join(f"<p>{_math(formula, n)}</p>" for formula in sheet.gradients)
    forward, backward, third, step = (_set([heading], n) for heading in headings_of(sheet))
    hint, gradient_hint = (_set([sentence], n) for sentence in hints_of(sheet))
    footer = f"<footer>{escape(footer_of(sheet))}</footer>"
    last = ""
    if sheet.gradients:
        last = f"""<div><h2>{third}</h2>
<p class="hint">{gradient_hint}</p>
<div class="gradients">{gradients}</div></div>"""
    if sheet.update:
        last += f"\n<p><b>{step}</b> &nbsp; {_math(sheet.update, n)}</p>"
    return f"""<section class="page">
{header}
<div class="given">{_given(sheet)}</div>
<p class="rules">{_set(rules_of(sheet), n)}</p>
<div class="network">{network_drawing(sheet)}</div>
{footer}
</section>
<section class="page work" style="--row: {row_height(sheet.exercise):.1f}mm">
{header}
<div><h2>{forward}</h2>{_table(sheet.forward, n)}</div>
<p{_size(sheet.cost, 62)}>{_math(sheet.cost, n)}</p>
<div><h2>{backward}</h2>
<p class="hint">{hint}</p>
{_table(sheet.backward, n)}</div>
{last}
{footer}
</section>"""


def _given(sheet: Sheet) -> str:
    return "\n".join(f"<p>{_math(line, sheet.notation)}</p>" for line in sheet.given)


def given_html(exercise: Exercise, notation: AnyNotation = "002") -> str:
    """The given numbers and the network with its blanks, for a notebook.

    >>> from viz.worksheet.draws import make_exercise
    >>> given_html(make_exercise(7)).count("<svg")
    1
    """
    sheet = make_sheet(exercise, notation)
    style = "display: flex; flex-wrap: wrap; gap: 6px 24px; align-items: center"
    given = f'<p>Sheet {escape(exercise.title)}</p><div style="{style}">{_given(sheet)}</div>'
    return given + network_drawing(sheet)


def network_drawing(sheet: Sheet) -> str:
    """The network as SVG, with numbers and blanks."""
    drawing = network_of(sheet.exercise, sheet.notation, sheet.is_solution)
    lines = "".join(
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>' for x1, y1, x2, y2 in drawing.lines
    )
    items = "".join(_item(item, sheet.notation) for item in drawing.items)
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}" '
        f'xmlns="http://www.w3.org/2000/svg" role="img" aria-label="the network">'
        f'<g stroke="#777">{lines}</g>{items}</svg>'
    )


def _item(item: Item, notation: AnyNotation) -> str:
    radius = {"neuron": 9, "input": 13, "line": 2}[item.kind]
    stroke = 'stroke="none"' if item.kind == "line" else 'stroke="#000"'
    parts = [
        f'<rect x="{item.left:.1f}" y="{item.top:.1f}" '
        f'width="{item.width:g}" height="{item.height:g}" rx="{radius}" fill="#fff" {stroke}/>'
    ]
    for text in item.texts:
        right = item.right - (2 if item.kind == "line" else 5)
        parts.append(
            f'<text x="{text.x:.1f}" y="{text.y + 4:.1f}">{escape(as_text(text.name, notation))}</text>'
        )
        if text.number:
            parts.append(f'<text x="{right:.1f}" y="{text.y + 4:.1f}" text-anchor="end">{text.number}</text>')
        else:
            x, y = right - BLANK_WIDTH, text.y - BLANK_HEIGHT / 2
            parts.append(
                f'<rect class="blank" x="{x:.1f}" y="{y:.1f}" width="{BLANK_WIDTH}" height="{BLANK_HEIGHT}" '
                f'fill="#fff" stroke="#555" stroke-width="0.8"/>'
            )
    return "".join(parts)


def _set(sentences: Iterable[Sentence], notation: AnyNotation) -> str:
    return " ".join(
        "".join(escape(part) if isinstance(part, str) else _math(part, notation) for part in sentence)
        for sentence in sentences
    )


def _table(table: Table, notation: AnyNotation) -> str:
    headings = "".join(f"<th>{_math(heading, notation)}</th>" for heading in table.headings)
    rows = "\n".join(
        f'<tr><td class="asked">{_math(line.asked, notation)}</td>'
        f"<td{_size(line.worked, 40)}>{_math(line.worked, notation)}</td>"
        + "".join(f'<td class="number">{escape(text)}</td>' for text in line.numbers)
        + "</tr>"
        for line in table.lines
    )
    return f'<table class="work"><tr><th></th><th></th>{headings}</tr>\n{rows}</table>'


def _size(formula: Formula, most: int) -> str:
    """Smaller type for a line that would be wider than its place; formulas do not wrap."""
    length = sum(len(token) if isinstance(token, str) else 3 for token in formula)
    return f' style="font-size: {most / length:.0%}"' if length > most else ""


def _math(formula: Formula, notation: AnyNotation) -> str:
    if not formula:
        return ""
    return "<math><mrow>" + "".join(_token(token, notation) for token in formula) + "</mrow></math>"


def _token(token: Token, notation: AnyNotation) -> str:
    return _matrix(token) if isinstance(token, Matrix) else as_mathml((token,), notation)


def _matrix(matrix: Matrix) -> str:
    rows = ""
    for row in matrix.rows:
        cells = (f"<mtd><mn>{text}</mn></mtd>" if text else '<mtd class="blank"></mtd>' for text in row)
        rows += f"<mtr>{''.join(cells)}</mtr>"
    table = f"<mtable>{rows}</mtable>"
    if len(matrix.rows) == len(matrix.rows[0]) == 1:
        return table
    return f"<mrow><mo>(</mo>{table}<mo>)</mo></mrow>"
