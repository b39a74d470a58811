// Matrices: columns of cells, brackets, and W and ∂C/∂W with a cell for each number. Squares
// without numbers are one mark while they rest.
import {look} from "../stage/colours.js";
import {cell, line, range} from "../stage/marks.js";
import {dataCell, gradCell, heat} from "../stage/cells.js";

// How wide a cell with a number can be, from the widest on.
export const widths = view => [view.cw(7), view.cw(6), view.cw(5), view.least + 2];

// The size of cells: numbers in them if there is room, else small squares.
export function cellSize(view, columns, rows, roomX, roomY) {
  for (const w of widths(view)) {
    if (columns * w <= roomX && rows * 1.32 * view.em <= roomY)
      return {w, h: Math.min(1.4 * view.ch, roomY / rows)};
  }
  const side = Math.max(1, Math.min(1.3 * view.em, roomX / columns, roomY / rows));
  return {w: side, h: side};
}

export const isWide = (view, {w, h}) => view.isWide(w, h);

// The middles of so many cells of a column, from the top.
export const column = (count, middle, h) => range(count).map(i => middle + (i - (count + 1) / 2) * h);

export function bracket(scene, id, x, y, h, side) {
  const [top, end, hook] = [y - h / 2, y + h / 2, x - side * 4];
  line(scene, id, [[hook, top], [x, top], [x, end], [hook, end]], {stroke: look.muted, width: 1.5});
}

export function deltaCell(scene, view, l, j, x, y, {w, h}, id = `d${l}_${j}`) {
  gradCell(scene, view, id, view.model.z[l][j], "delta", l, x, y, w - 1, h - 1, {j});
}

// W of a layer, or its gradient (kind dw): cell (j, k) in the middle of `at(j, k)`, w wide, h high.
export function matrixCells(scene, view, kind, l, at, w, h, rest) {
  const m = view.model,
    nodes = m.w[l],
    prefix = kind === "w" ? `w${l}` : `gw${l}`;
  const make = (j, k) => {
    const of = kind === "w" ? dataCell : gradCell,
      [x, y] = at(j, k);
    if (nodes[j]?.[k] !== undefined) {
      of(scene, view, `${prefix}_${j}_${k}`, nodes[j][k], kind, l, x, y, w, h, {j, k, ...rest});
    }
  };
  if (view.moving || view.isWide(w, h)) {
    for (const j of range(m.sizes[l])) for (const k of range(m.sizes[l - 1])) make(j, k);
    return;
  }
  scene.hot = true;
  scene.set(prefix, restingGrid(view, kind, l, prefix, at, w, h));
  for (const id of view.nowMarks) {
    // what is lit stands out as a cell of its own
    const [start, j, k] = id.split("_");
    if (start === prefix && k !== undefined) make(Number(j), Number(k));
  }
}

// Draws its squares itself, and knows which is under a point.
function restingGrid(view, kind, l, id, at, w, h) {
  const m = view.model,
    nodes = m.w[l],
    rows = m.sizes[l],
    columns = m.sizes[l - 1],
    edit = kind === "w";
  const [x0, y0] = at(0, 0),
    [x1, y1] = at(1, 0),
    [x2, y2] = at(0, 1); // one row, one column further
  const isIn = (j, k) => j >= 1 && j <= rows && k >= 1 && k <= columns && nodes[j][k] !== undefined;
  return {
    ...{id, shape: "grid", o: 1},
    draw(box) {
      for (let j = 1; j <= rows; j++)
        for (let k = 1; k <= columns; k++) {
          const node = nodes[j][k];
          if (node === undefined) continue;
          const {fill, stroke, side} = heat(view, node, kind, l);
          const x = x0 + j * (x1 - x0) + k * (x2 - x0),
            y = y0 + j * (y1 - y0) + k * (y2 - y0);
          box(x, y, w * side, h * side, 1, fill, stroke);
        }
    },
    at(x, y) {
      const turned = x1 !== x0,
        j = turned ? (x - x0) / (x1 - x0) : (y - y0) / (y1 - y0);
      const k = turned ? (y - y0) / (y2 - y0) : (x - x0) / (x2 - x0),
        [row, place] = [j, k].map(Math.round);
      if (!isIn(row, place)) return null;
      const middle = at(row, place),
        facts = {kind, l, j: row, k: place, node: nodes[row][place], edit, role: edit ? "data" : "grad"};
      return {id: `${id}_${row}_${place}`, shape: "cell", x: middle[0], y: middle[1], w, h, o: 1, ...facts};
    },
  };
}

// The places of a matrix whose cell (j, k) is in row j, or after it has turned in column j.
export function placesOf(x, y, rows, columns, {w, h}, turn) {
  const mix = (p, q) => p + (q - p) * turn,
    dj = j => j - (rows + 1) / 2,
    dk = k => k - (columns + 1) / 2;
  return (j, k) => [x + mix(dk(k), dj(j)) * w, y + mix(dj(j), dk(k)) * h];
}

// A number whose cell only has a colour or, without a fill, an outline.
export function toneCell(scene, id, x, y, w, h, rest) {
  cell(scene, id, x, y, w, h, {stroke: look.line, round: h / 2, role: "slope", ...rest});
}
