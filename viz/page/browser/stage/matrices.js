// The last two zooms of a network: its layers as columns with the grid of W between, and the equations in matrices.
import {cell, line, look, signColour, word} from "./marks.js";
import {columnFormat, dataCell, gradCell, heading, slopeCell} from "./cells.js";
import {costLetter, name, sigma} from "../words/names.js";

const range = n => Array.from({length: n}, (_, i) => i + 1);
const mix = (p, q, f) => p + (q - p) * f;

// The size of cells: numbers in them if there is room, else small squares.
function cellSize(view, columns, rows, roomX, roomY) {
  for (const chars of [7, 6, 5]) {
    const w = view.cw(chars);
    if (columns * w <= roomX && rows * view.ch <= roomY)
      return {w, h: Math.min(1.4 * view.ch, roomY / rows)};
  }
  const size = Math.max(1, Math.min(1.3 * view.em, roomX / columns, roomY / rows));
  return {w: size, h: size};
}

const wide = (view, size) => size.w >= view.cw(5) - 3 && size.h >= 1.25 * view.em;
const column = (count, middle, h) => range(count).map(i => middle + (i - (count + 1) / 2) * h);

// --- layers ----------------------------------------------------------------------------------------------

function layersWindow(view) {
  const m = view.model,
    room = view.width - view.em,
    em = view.em;
  const need = (l, cw) =>
    l > m.last
      ? Math.max(cw, 4 * em) + 0.6 * em
      : Math.max(Math.max(m.sizes[l], m.sizes[l - 1]) * cw, 4 * em) + 2 * cw + 1.6 * em;
  const total = (lo, hi, cw) => {
    let sum = cw + em;
    for (let l = lo; l <= hi; l++) sum += need(l, cw);
    return sum;
  };
  const tall = Math.max(...m.sizes) * view.ch > view.height - 6 * em;
  for (const chars of tall ? [] : [7, 6, 5])
    if (total(1, m.last + 1, view.cw(chars)) <= room)
      return {
        lo: 1,
        hi: m.last + 1,
        size: {
          w: view.cw(chars),
          h: Math.min(1.5 * view.ch, (view.height - 6 * em) / Math.max(...m.sizes)),
        },
      };
  const fits = tall ? 0 : view.cw(5),
    now = Math.min(Math.max(view.layer, 1), m.last);
  if (fits && total(now, now, fits) <= room) {
    let lo = now,
      hi = now;
    while (hi <= m.last && total(lo, hi + 1, fits) <= room) hi += 1;
    while (lo > 1 && total(lo - 1, hi, fits) <= room) lo -= 1;
    return {lo, hi, size: {w: fits, h: view.ch}};
  }
  const count = Math.max(1, Math.floor(room / (9 * em))); // heat: so many layers that their names have room
  if (count < m.last) {
    const lo = Math.min(Math.max(1, now - (count >> 1)), m.last - count + 1),
      hi = lo + count - 1;
    let w = Math.min(1.3 * em, (view.height - 5 * em) / Math.max(...m.sizes));
    while (w > 1 && total(lo, hi, w) > room) w *= 0.92;
    return {lo, hi, size: {w, h: w}};
  }
  let side = Math.min(1.3 * em, (view.height - 5 * em) / Math.max(...m.sizes));
  while (side > 1 && total(1, m.last + 1, side) > room) side *= 0.92;
  return {lo: 1, hi: m.last + 1, size: {w: side, h: side}};
}

export function layersScene(view) {
  const scene = new Map(),
    m = view.model,
    em = view.em,
    {lo, hi, size} = layersWindow(view),
    mid = view.height / 2 + em;
  const width = l => Math.max(Math.max(m.sizes[l], m.sizes[l - 1]) * size.w, 4 * em),
    tallest = Math.max(...m.sizes.slice(lo - 1, Math.min(hi, m.last) + 1));
  const top = mid - (tallest / 2) * size.h;
  let used = 2 * size.w;
  for (let l = lo; l <= hi; l++)
    used += l > m.last ? Math.max(size.w, 4 * em) : width(l) + 2 * size.w;
  const gap = Math.min((view.width - used - em) / ((hi - lo + 1) * 2 + 1), 3.4 * em);
  let x = (view.width - used - gap * ((hi - lo + 1) * 2 - 1)) / 2;
  x = dataColumn(scene, view, lo - 1, x, mid, size, top);
  for (let l = lo; l <= Math.min(hi, m.last); l++) {
    grid(scene, view, l, x + gap, mid, size, width(l), view.turn(l));
    x = x + 2 * gap + width(l);
    for (const j of range(m.sizes[l]))
      deltaCell(scene, view, l, j, x + size.w / 2, column(m.sizes[l], mid, size.h)[j - 1], size);
    word(
      scene,
      `nd${l}`,
      size.w < 3.2 * em ? x + size.w - 0.15 * em : x + size.w / 2,
      top - 0.9 * em,
      name("delta", l),
      {bold: true, anchor: size.w < 3.2 * em ? "end" : "middle"},
    );
    x = dataColumn(scene, view, l, x + size.w, mid, size, top);
  }
  if (hi > m.last)
    costCell(scene, view, x + gap + Math.max(size.w, 4 * em) / 2, mid, Math.max(size.w, 4 * em));
  else
    word(scene, "more-right", view.width - 0.3 * em, view.height - 0.8 * em, "→", {
      ink: look.muted,
      anchor: "end",
    });
  return scene;
}

function dataColumn(scene, view, l, x, mid, size, top) {
  const m = view.model;
  for (const j of range(m.sizes[l])) {
    const y = column(m.sizes[l], mid, size.h)[j - 1];
    dataCell(
      scene,
      view,
      `a${l}_${j}`,
      m.a[l][j],
      l ? "a" : "x",
      l,
      x + size.w / 2,
      y,
      size.w,
      size.h,
      {j},
    );
    if (l && m.a[l][j] !== m.z[l][j])
      dataCell(scene, view, `z${l}_${j}`, m.z[l][j], "z", l, x, y, size.w, size.h, {j, o: 0});
  }
  word(
    scene,
    `na${l}`,
    l && size.w < 3.2 * view.em ? x + 0.15 * view.em : x + size.w / 2,
    top - 0.9 * view.em,
    l ? name("a", l) : "x",
    {anchor: l && size.w < 3.2 * view.em ? "start" : "middle"},
  );
  word(
    scene,
    `h${l}`,
    Math.min(view.width - 2.6 * view.em, Math.max(2.6 * view.em, x + (l ? 0 : size.w / 2))),
    top - 2.5 * view.em,
    view.width > (m.last + 2) * 5.5 * view.em ? heading(l, m.last) : l ? String(l) : "",
    {ink: look.muted},
  );
  return x + size.w;
}

// W as it stands for z = W a; at turn 1 it has turned over its diagonal, and a row of it ends at one neuron of the layer before.
function grid(scene, view, l, left, mid, size, room, turn) {
  const m = view.model,
    rows = m.sizes[l],
    columns = m.sizes[l - 1],
    x0 = left + room / 2,
    lively = turn > 0 && turn < 1;
  for (const j of range(rows))
    for (const k of range(columns)) {
      const node = m.w[l][j][k];
      if (node === undefined) continue;
      const flat = [x0 + (k - (columns + 1) / 2) * size.w, mid + (j - (rows + 1) / 2) * size.h];
      const turned = [x0 + (j - (rows + 1) / 2) * size.w, mid + (k - (columns + 1) / 2) * size.h];
      dataCell(
        scene,
        view,
        `w${l}_${j}_${k}`,
        node,
        "w",
        l,
        mix(flat[0], turned[0], turn),
        mix(flat[1], turned[1], turn),
        size.w - 2,
        size.h - 2,
        {j, k, ...(lively ? {fill: look.paper} : {})},
      );
      line(
        scene,
        `l${l}_${j}_${k}`,
        [
          [flat[0] - size.w / 2, flat[1]],
          [flat[0], flat[1]],
          [flat[0], flat[1]],
          [flat[0] + size.w / 2, flat[1]],
        ],
        {o: 0},
      );
    }
  const across = mix(columns, rows, turn),
    down = mix(rows, columns, turn);
  const [w, h] = [across * size.w, down * size.h],
    text = turn > 0.5 ? `(${name("W", l)})ᵀ` : name("W", l);
  word(scene, `nW${l}`, x0, mid - (Math.max(...m.sizes) / 2) * size.h - 0.9 * view.em, text);
  for (const side of [-1, 1]) bracket(scene, `q${l}${side}`, x0 + side * (w / 2 + 3), mid, h, side);
}

function bracket(scene, id, x, y, h, side, o = 1) {
  line(
    scene,
    id,
    [
      [x - side * 4, y - h / 2],
      [x, y - h / 2],
      [x, y + h / 2],
      [x - side * 4, y + h / 2],
    ],
    {stroke: look.muted, width: 1.5, o},
  );
}

function deltaCell(scene, view, l, j, x, y, size, id = `d${l}_${j}`) {
  gradCell(scene, view, id, view.model.z[l][j], "delta", l, x, y, size.w - 1, size.h - 1, {j});
}

function costCell(scene, view, x, y, w) {
  const m = view.model,
    root = m.tape.root,
    cw = Math.max(w, view.cw(5));
  cell(scene, `c${root}`, x, y - view.ch / 2 - 1, cw, view.ch, {
    text: view.short(m.data(root)),
    stroke: look.line,
    role: "data",
    node: root,
    kind: "cost",
    now: view.isNow(`c${root}`),
  });
  gradCell(scene, view, `gc${root}`, root, "cost", root, x, y + view.ch / 2 + 1, cw, view.ch, {
    text: view.short(view.grads[root]),
    fill: signColour(1, 1),
  });
  word(scene, `nc${root}`, x, y - view.ch - 0.75 * view.em, costLetter());
  m.y
    .filter(i => i !== undefined)
    .forEach((i, n) => {
      const at = y + (2.2 + 1.2 * n) * view.ch;
      if (at > view.height - view.em) return;
      dataCell(scene, view, `y${n + 1}`, i, "y", 0, x, at, cw, view.ch);
    });
}

// --- matrices --------------------------------------------------------------------------------------------
// A row of blocks for each layer, from the last to the first: Wᵀ δ = ∂C/∂a, ⊙ σ′ = δ, and δ aᵀ = ∂C/∂W, ∂C/∂b.

// Columns of cells to the left of δ, and from δ on; δ stands in one column through all rows.
const leftOf = (m, l) =>
  l < m.last
    ? m.sizes[l + 1] + 1 + (m.a[l][1] === m.z[l][1] ? 1 : 2)
    : m.coupled[l] && !m.direct[l]
      ? m.sizes[l] + 1
      : 2;
const rightOf = (m, l) => m.sizes[l - 1] + 1 + (m.b[l] ? 1 : 0);

export function matricesScene(view) {
  const scene = new Map(),
    m = view.model,
    em = view.em,
    narrow = view.width < 700,
    head = 3.6 * em;
  let lo = 1,
    hi = m.last;
  const tall = (a, b) => {
    let n = 0;
    for (let l = a; l <= b; l++) n += m.sizes[l] + 1;
    return n;
  };
  const most = (f, a, b) => {
    let n = 0;
    for (let l = a; l <= b; l++) n = Math.max(n, f(m, l));
    return n;
  };
  const gapFor = w => Math.max(narrow ? 0.75 * em : 1.9 * em, (narrow ? 3.2 : 4.6) * em - w); // names stand over single columns
  const size = (a, b) =>
    [1.9, 4.6]
      .map(n =>
        cellSize(
          view,
          most(leftOf, a, b) + most(rightOf, a, b),
          tall(a, b),
          view.width - 6 * Math.min(n, narrow ? n * 0.5 : n) * em,
          view.height - (b - a + 1) * head - em,
        ),
      )
      .reduce((first, second) => (wide(view, first) ? first : second));
  let cells = size(lo, hi);
  if (!wide(view, cells)) {
    // the layer where the pass is, if that makes the numbers legible
    const now = Math.min(Math.max(view.layer, 1), m.last),
      alone = size(now, now);
    if (wide(view, alone) || cells.w < 6) {
      lo = hi = now;
      cells = alone;
      while (wide(view, cells) && hi < m.last && wide(view, size(lo, hi + 1)))
        cells = size(lo, ++hi);
      while (wide(view, cells) && lo > 1 && wide(view, size(lo - 1, hi))) cells = size(--lo, hi);
    }
  }
  const gap = gapFor(cells.w),
    used = tall(lo, hi) * cells.h + (hi - lo + 1) * head,
    pad = Math.max(0, Math.min(2.5 * em, (view.height - used) / (hi - lo + 2)));
  const across = (most(leftOf, lo, hi) + most(rightOf, lo, hi)) * cells.w + 5 * gap,
    xDelta = (view.width - across) / 2 + most(leftOf, lo, hi) * cells.w + 3.6 * gap;
  let y = Math.max(0, (view.height - used - pad * (hi - lo)) / 2);
  for (let l = hi; l >= lo; l--) {
    equationRow(scene, view, l, y + head, cells, gap, xDelta, (view.width - across) / 2);
    y += head + (m.sizes[l] + 1) * cells.h + pad;
  }
  return scene;
}

function equationRow(scene, view, l, top, size, gap, xDelta, margin) {
  const m = view.model,
    em = view.em,
    rows = m.sizes[l],
    mid = top + (rows / 2 + 1) * size.h,
    y = column(rows, mid, size.h);
  const label = (id, x, text, rest) =>
    word(scene, `${id}${l}`, x, top + size.h - 0.95 * em, text, rest);
  let x = xDelta; // from δ back to where it came from
  x -= gap;
  word(scene, `eq2${l}`, x + gap / 2, mid, "=", {size: 1.15});
  if (l < m.last || (!m.direct[l] && m.a[l][1] !== m.z[l][1]))
    x = errorBlock(scene, view, l, x, y, size, gap, label);
  else
    word(
      scene,
      `from${l}`,
      x - 0.3 * gap,
      mid,
      m.a[l][1] === m.z[l][1] ? "from the cost" : "p − y",
      {ink: look.muted, anchor: "end"},
    );
  if (l < m.last) sentBack(scene, view, l, x, mid, size, gap, label);
  word(scene, `h${l}`, Math.max(margin, 2), top - 1.9 * em, `layer ${l}`, {
    anchor: "start",
    ink: look.muted,
  });
  for (const j of range(rows)) {
    deltaCell(scene, view, l, j, xDelta + size.w / 2, y[j - 1], size);
    dataCell(
      scene,
      view,
      `z${l}_${j}`,
      m.z[l][j],
      "z",
      l,
      xDelta + size.w / 2,
      y[j - 1],
      size.w,
      size.h,
      {o: 0},
    );
  }
  const tight = size.w < 2.6 * em;
  label("nd", tight ? xDelta + size.w : xDelta + size.w / 2, name("delta", l), {
    bold: true,
    anchor: tight ? "end" : "middle",
  });
  x = xDelta + size.w + gap * 0.45;
  outer(scene, view, l, x, top, y, size);
  x += m.sizes[l - 1] * size.w + gap * 0.7;
  if (!m.b[l]) return;
  for (const j of range(rows))
    if (m.b[l][j] !== undefined)
      gradCell(
        scene,
        view,
        `gb${l}_${j}`,
        m.b[l][j],
        "db",
        l,
        x + size.w / 2,
        y[j - 1],
        size.w - 1,
        size.h - 1,
        {j},
      );
  label("nb", x + size.w / 2, name("db", l), {
    o:
      (size.w > 2.5 * em || m.sizes[l - 1] * size.w > 12 * em) &&
      x + size.w / 2 + 2.6 * em < view.width
        ? 1
        : 0,
  });
}

// ∂C/∂a, and σ′ if each neuron has one of its own, or Jᵀ.
function errorBlock(scene, view, l, x, y, size, gap, label) {
  const m = view.model,
    rows = m.sizes[l],
    coupled = m.coupled[l];
  if (!coupled && m.a[l][1] !== m.z[l][1]) {
    x -= size.w;
    for (const j of range(rows))
      slopeCell(scene, view, l, j, x + size.w / 2, y[j - 1], size.w - 2, size.h - 2);
    label("ns", x + size.w / 2, `${sigma()}′(${name("z", l)})`);
    x -= gap;
    word(scene, `dot${l}`, x + gap / 2, (y[0] + y.at(-1)) / 2, "⊙", {size: 1.15});
  }
  x -= size.w;
  for (const j of range(rows))
    gradCell(
      scene,
      view,
      `e${l}_${j}`,
      m.a[l][j],
      "error",
      l,
      x + size.w / 2,
      y[j - 1],
      size.w - 1,
      size.h - 1,
      {j},
    );
  label("ne", x + size.w / 2, `∂${costLetter()}/∂${name("a", l)}`);
  if (coupled) {
    x -= rows * size.w + gap * 0.4;
    jacobian(scene, view, l, x, y, size);
    label("nJ", x + (rows * size.w) / 2, "Jᵀ");
  }
  return x;
}

function sentBack(scene, view, l, x, mid, size, gap, label) {
  const m = view.model,
    count = m.sizes[l + 1],
    next = column(count, mid, size.h);
  x -= gap;
  word(scene, `eq1${l}`, x + gap / 2, mid, "=", {size: 1.15});
  x -= size.w;
  for (const j of range(count))
    deltaCell(scene, view, l + 1, j, x + size.w / 2, next[j - 1], size, `dd${l + 1}_${j}`);
  label("ndd", x + size.w / 2, name("delta", l + 1));
  x -= count * size.w + gap * 0.5;
  turnedGrid(scene, view, l, x, mid, size);
  label("nW", Math.max(2 * view.em, x + (count * size.w) / 2), `(${name("W", l + 1)})ᵀ`);
}

function turnedGrid(scene, view, l, left, mid, size) {
  const m = view.model,
    next = l + 1,
    rows = m.sizes[l],
    y = column(rows, mid, size.h);
  for (const j of range(m.sizes[next]))
    for (const k of range(rows)) {
      const node = m.w[next][j][k];
      if (node !== undefined)
        dataCell(
          scene,
          view,
          `w${next}_${j}_${k}`,
          node,
          "w",
          next,
          left + (j - 0.5) * size.w,
          y[k - 1],
          size.w - 2,
          size.h - 2,
          {j, k},
        );
    }
  for (const side of [-1, 1])
    bracket(
      scene,
      `q${next}${side}`,
      left + (m.sizes[next] * size.w) / 2 + side * ((m.sizes[next] * size.w) / 2 + 2),
      mid,
      rows * size.h,
      side,
    );
}

function jacobian(scene, view, l, left, y, size) {
  const m = view.model,
    J = range(m.sizes[l]).map(j => range(m.sizes[l]).map(i => m.slope(l, i, j))),
    text = columnFormat(J.flat(), size.w >= view.cw(6) ? 6 : 5);
  J.forEach((row, j) =>
    row.forEach((number, i) =>
      cell(
        scene,
        `J${l}_${j + 1}_${i + 1}`,
        left + (i + 0.5) * size.w,
        y[j],
        size.w - 2,
        size.h - 2,
        {
          text: wide(view, size) ? text(number) : "",
          stroke: look.line,
          round: size.h / 2,
          role: "slope",
          fill: wide(view, size) ? "" : signColour(number, 1),
        },
      ),
    ),
  );
}

// δ at the left margin, a on top, each cell their product.
function outer(scene, view, l, left, top, y, size) {
  const m = view.model,
    columns = m.sizes[l - 1];
  for (const k of range(columns)) {
    const x = left + (k - 0.5) * size.w;
    dataCell(
      scene,
      view,
      `a${l - 1}_${k}`,
      m.a[l - 1][k],
      l > 1 ? "a" : "x",
      l - 1,
      x,
      top + size.h * 0.5,
      size.w - 2,
      size.h - 2,
      {j: k},
    );
    for (const j of range(m.sizes[l])) {
      const node = m.w[l][j][k];
      if (node !== undefined)
        gradCell(
          scene,
          view,
          `gw${l}_${j}_${k}`,
          node,
          "dw",
          l,
          x,
          y[j - 1],
          size.w - 1,
          size.h - 1,
          {j, k},
        );
    }
  }
  const full = `${name("dw", l)} = ${name("delta", l)} (${l > 1 ? name("a", l - 1) : "x"})ᵀ`,
    broad = columns * size.w,
    tight = size.w < 2.6 * view.em && broad < 12 * view.em;
  word(
    scene,
    `ndw${l}`,
    tight ? left : left + broad / 2,
    top - (wide(view, size) ? 0.95 : 0.5) * view.em,
    broad + 2 * size.w > view.measure(full) * (view.em / 14) ? full : name("dw", l),
    {anchor: tight ? "start" : "middle"},
  );
}
