"""Writes a worksheet as HTML: two A4 pages, with formulas in MathML and the network in SVG, and no script."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from nn.delta.notation import drawn, mathml
from viz.worksheet.content import Formula, Matrix, Quantity, Sheet, Table, Token, derivative_of
from viz.worksheet.drawing import network_places, row_height
from viz.worksheet.exercise import Exercise

RADIUS = 17
OPERATORS = set("=+−·()←/")

STYLE = """
@page { size: A4; margin: 13mm 15mm; }
* { box-sizing: border-box; }
body { margin: 0; color: #000; background: #fff; font: 10.5pt/1.3 Georgia, "DejaVu Serif", serif; }
.page { width: 180mm; min-height: 268mm; break-after: page; display: flex; flex-direction: column;
        justify-content: space-between; gap: 2mm; }
.page:last-child { break-after: auto; }
@media screen { .page { margin: 8mm auto; padding: 0; box-shadow: 0 0 0 6mm #fff, 0 0 0 6.3mm #bbb; } }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 0.4mm solid; }
h1 { font-size: 15pt; margin: 0 0 1mm; }
h2 { font-size: 11.5pt; margin: 0 0 1mm; }
p { margin: 0; }
.hint { font-size: 9.5pt; color: #333; }
.name span { display: inline-block; width: 52mm; border-bottom: 0.2mm solid; }
.given { display: flex; justify-content: space-between; align-items: center; gap: 6mm; }
.given .lines { display: flex; flex-wrap: wrap; gap: 2mm 6mm; align-items: center; }
.given svg { flex: none; font-size: 12px; text-anchor: middle; }
.neurons circle { stroke: #000; fill: #fff; }
.rules { background: #f1f1f1; padding: 2mm 3mm; line-height: 1.6; }
table.work { width: 100%; border-collapse: collapse; }
table.work th { font-weight: normal; text-align: center; padding: 0 0 0.5mm; }
table.work td { border: 0.2mm solid #555; padding: 0 2mm; height: var(--row); }
table.work td.asked { width: 20mm; border: 0; padding-left: 0; text-align: right; white-space: nowrap; }
table.work td.number { width: 17mm; text-align: center; background: #fff; }
.gradients { display: flex; flex-wrap: wrap; gap: 2.5mm 6mm; align-items: center; }
math { font-size: 1.08em;
       font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", Georgia, "DejaVu Serif", serif; }
mtd { padding: 0.3mm 1.6mm; }
mtd.blank { width: 12mm; height: 6.2mm; border: 0.2mm solid #555; }
footer { font-size: 9pt; color: #333; border-top: 0.2mm solid; padding-top: 1mm; }
"""


def html_page(sheets: list[Sheet]) -> str:
    """The pages as one self-contained file.

    >>> from viz.worksheet.content import make_sheet
    >>> from viz.worksheet.exercise import make_exercise
    >>> html_page([make_sheet(make_exercise(7))]).startswith("<!DOCTYPE html>")
    True
    """
    title = f"Backpropagation by hand, sheet {sheets[0].exercise.seed}"
    head = f'<meta charset="utf-8">\n<title>{title}</title>\n<style>{STYLE}</style>'
    pages = "\n".join(map(_page, sheets))
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{pages}\n</body>\n</html>\n'


def _page(sheet: Sheet) -> str:
    n = sheet.notation
    sizes = "-".join(map(str, sheet.exercise.sizes))
    name = "<b>Solution</b>" if sheet.is_solution else "Name <span></span>"
    given = "\n".join(f"<p>{_math(line, n)}</p>" for line in sheet.given)
    gradients = "\n".join(f"<p>{_math(formula, n)}</p>" for formula in sheet.gradients)
    return f"""<section class="page" style="--row: {row_height(sheet.exercise):.1f}mm">
<header><h1>Backpropagation by hand</h1><p class="name">{name}</p></header>
<div class="given"><div class="lines">{given}</div>{network_drawing(sheet.exercise, n)}</div>
<p class="rules">{_rules(sheet)}</p>
<div><h2>1 Forward: z, a and σ′ of every neuron, layer by layer</h2>{_table(sheet.forward, n)}</div>
<p>{_math(sheet.cost, n)}</p>
<div><h2>2 Backward: δ of every neuron, from the last layer to the first</h2>
<p class="hint">In the last layer {_math((derivative_of(n), "a", "=", "2", "·", "(", "a", "−", "y", ")"), n)}.
In earlier layers: for each weight that leads out of the neuron, weight × δ at its end; add these up.</p>
{_table(sheet.backward, n)}</div>
<div><h2>3 Gradients</h2>
<p class="hint">For a weight: the δ of its row times the a (or x) of its column. For a bias: its δ.</p>
<div class="gradients">{gradients}</div></div>
<p><b>4 One step of descent</b> &nbsp; {_math(sheet.update, n)}</p>
<footer>network {sizes}, sheet {sheet.exercise.seed}; made and solved with minigrad</footer>
</section>"""


def _rules(sheet: Sheet) -> str:
    identity, half = _math(("σ(z)", "=", "z"), ""), _math(("z", "/", "2"), "")
    hidden = f"Hidden layers: {identity} for z &gt; 0 and {half} for z &lt; 0, so σ′ is 1 or ½. "
    output = f"The output is linear: {_math(('a', '=', 'z'), '')}, σ′ = 1. "
    layers = "Numbers in parentheses above a letter are layer numbers, not powers. "
    weight = _math((Quantity("w", 1, 2, 1),), sheet.notation)
    indices = f"{weight} leads <i>to</i> neuron 2 of its layer <i>from</i> neuron 1 of the layer before."
    has_hidden, has_second = len(sheet.exercise.sizes) > 2, sheet.exercise.sizes[1] > 1
    return (hidden if has_hidden else "") + output + layers + (indices if has_second else "")


def _table(table: Table, notation: str) -> str:
    headings = "".join(f"<th>{_math(heading, notation)}</th>" for heading in table.headings)
    rows = "\n".join(
        f'<tr><td class="asked">{_math(line.asked, notation)}</td><td>{_math(line.worked, notation)}</td>'
        + "".join(f'<td class="number">{escape(text)}</td>' for text in line.numbers)
        + "</tr>"
        for line in table.lines
    )
    return f'<table class="work"><tr><th></th><th></th>{headings}</tr>\n{rows}</table>'


def _math(formula: Formula, notation: str) -> str:
    if not formula:
        return ""
    return "<math><mrow>" + "".join(_token(token, notation) for token in formula) + "</mrow></math>"


def _token(token: Token, notation: str) -> str:
    if isinstance(token, Quantity):
        return mathml(token.kind, token.layer, token.neuron, token.source, notation)
    if isinstance(token, Matrix):
        return _matrix(token)
    if token in OPERATORS:
        return f'<mo stretchy="false">{token}</mo>'
    if token[0] in "0123456789−":
        return f"<mn>{token}</mn>"
    if token[0] == "y" and token[1:]:
        return f"<msub><mi>y</mi><mn>{token[1:]}</mn></msub>"
    return f'<mi mathvariant="normal">{escape(token)}</mi>' if len(token) > 1 else f"<mi>{escape(token)}</mi>"


def _matrix(matrix: Matrix) -> str:
    rows = ""
    for row in matrix.rows:
        cells = (f"<mtd><mn>{text}</mn></mtd>" if text else '<mtd class="blank"></mtd>' for text in row)
        rows += f"<mtr>{''.join(cells)}</mtr>"
    table = f"<mtable>{rows}</mtable>"
    if len(matrix.rows) == len(matrix.rows[0]) == 1:
        return table
    return f"<mrow><mo>(</mo>{table}<mo>)</mo></mrow>"


def network_drawing(exercise: Exercise, notation: str) -> str:
    """The network as SVG: a column a layer, neuron 1 on top, the names of x and a in the circles.

    >>> from viz.worksheet.exercise import make_exercise
    >>> network_drawing(make_exercise(7, (2, 2, 1)), "002").count("<circle")
    5
    """
    places = network_places(exercise)
    width = max(x for layer in places for x, _ in layer) + 20
    height = max(y for layer in places for _, y in layer) + 20
    lines = [
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'
        for sources, targets in pairwise(places)
        for x1, y1 in sources
        for x2, y2 in targets
    ]
    circles = [
        f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS}"/>'
        f'<text x="{x:g}" y="{y + 4:g}">{drawn("a" if l else "x", l, j, notation=notation)}</text>'
        for l, layer in enumerate(places)
        for j, (x, y) in enumerate(layer, start=1)
    ]
    return (
        f'<svg width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="the network">'
        f'<g stroke="#777">{"".join(lines)}</g><g class="neurons">{"".join(circles)}</g></svg>'
    )
