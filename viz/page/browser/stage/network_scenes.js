// The first two zooms of a network: its operations, and its neurons.
import {cell, disc, line, look, signColour, word} from "./marks.js";
import {dataCell, gradCell, heading, slopeCell} from "./cells.js";
import {costLetter, name, sigma} from "../words/names.js";

const range = n => Array.from({length: n}, (_, i) => i + 1);
const hasActivation = (m, l) => l > 0 && m.a[l][1] !== m.z[l][1];
const reaches = (m, l) => !m.direct[l]; // a loss on logits leaves the activation aside

// --- what there is room for ------------------------------------------------------------------------------

function blockWidth(view, level, l) {
  const m = view.model,
    cw = view.cw(),
    em = view.em;
  if (l === 0) return cw;
  if (l > m.last) return level === 1 ? costColumns(view) * (cw + em) : cw + 2 * em;
  const activated = hasActivation(m, l);
  if (level === 1) return 4.4 * em + 2 * cw + (activated ? 2 * cw + 0.9 * em : 0);
  return 3.2 * em + cw + 2 * cw + 0.8 * em;
}

// Which layers are in sight: all, or those around the one where the pass is.
export function layersInSight(view, level) {
  const m = view.model,
    room = view.width - view.em,
    total = l => blockWidth(view, level, l);
  let lo = Math.min(Math.max(view.layer, 1), m.last),
    hi = lo,
    used = total(lo) + view.cw();
  for (let grown = true; grown;) {
    grown = false;
    if (hi <= m.last && used + total(hi + 1) <= room) {
      hi += 1;
      used += total(hi);
      grown = true;
    }
    if (lo > 1 && used + total(lo - 1) <= room) {
      lo -= 1;
      used += total(lo);
      grown = true;
    }
  }
  return {lo, hi, used};
}

export const rowsHeight = (view, sources, targets, bias) =>
  targets * Math.max(6 * view.em, (sources + bias) * 1.75 * view.em) +
  (targets - 1) * 0.5 * view.em;

// Which neurons are in sight: all, or the chosen one with those that have the largest δ.
export function neuronsInSight(view, level, lo, hi) {
  const m = view.model,
    most = Math.max(...m.sizes),
    roomFor = n => view.height - (n < most ? 5.4 : 3.4) * view.em;
  let limit = most;
  const fits = (n, room = roomFor(n)) =>
    range(m.last).every(
      l =>
        l < lo ||
        l > hi ||
        (level === 1
          ? rowsHeight(
              view,
              Math.min(n, m.sizes[l - 1]),
              Math.min(n, m.sizes[l]),
              m.b[l] ? 1 : 0,
            ) <= room
          : Math.min(n, m.sizes[l]) * 6 * view.em <= room &&
            Math.min(n, m.sizes[l - 1]) * (l === 1 ? 3 : 6) * view.em <= room),
    );
  while (limit > 1 && !fits(limit)) limit -= 1;
  return m.sizes.map((size, l) => {
    if (size <= limit) return range(size);
    const key = `${l} ${limit} ${view.focus?.l === l ? view.focus.j : 0}`;
    if (!view.picks.has(key)) {
      const order = range(size).sort(
        (p, q) =>
          Math.abs(view.final[(l ? m.z : m.a)[l][q]]) - Math.abs(view.final[(l ? m.z : m.a)[l][p]]),
      );
      if (view.focus?.l === l) order.unshift(view.focus.j);
      view.picks.set(
        key,
        [...new Set(order)].slice(0, limit).sort((p, q) => p - q),
      );
    }
    return view.picks.get(key);
  });
}

// Whether every layer and every neuron is in sight at the first two zooms.
export function fitsWhole(view) {
  return [1, 2].every(level => {
    const {lo, hi} = layersInSight(view, level);
    return (
      lo === 1 &&
      hi > view.model.last &&
      neuronsInSight(view, level, lo, hi).every((seen, l) => seen.length === view.model.sizes[l])
    );
  });
}

// --- operations and neurons ------------------------------------------------------------------------------

export function networkScene(view, level) {
  const scene = new Map(),
    m = view.model,
    em = view.em,
    cw = view.cw();
  const {lo, hi, used} = layersInSight(view, level),
    sight = neuronsInSight(view, level, lo, hi);
  view.floor = view.height - (sight.some((seen, l) => seen.length < m.sizes[l]) ? 2 * em : 0);
  const spare = (view.width - used) / (hi - lo + 2); // the lines take what room is left
  let x = Math.max(0.5 * em, Math.min(spare / 2, 2 * em)) + cw / 2;
  const stretch = Math.max(
    0,
    (view.width - used - 2 * x + cw) / (Math.min(hi, m.last) - lo + 1 + (hi > m.last ? 1 : 0)),
  );
  const centres = [];
  centres[lo - 1] = placeSources(scene, view, level, lo - 1, sight[lo - 1], x);
  x += cw / 2;
  for (let l = lo; l <= Math.min(hi, m.last); l++)
    x = placeLayer(scene, view, level, l, sight, centres, x, stretch);
  if (hi > m.last) placeCost(scene, view, level, centres, x, stretch);
  else
    word(scene, "more-right", view.width - 0.3 * em, view.height - 0.8 * em, "→", {
      ink: look.muted,
      anchor: "end",
    });
  return scene;
}

const middle = view => 2.1 * view.em + (view.floor - 2.1 * view.em) / 2;

function spread(view, count, pitch) {
  const start = middle(view) - ((count - 1) * pitch) / 2;
  return Array.from({length: count}, (_, i) => start + i * pitch);
}

function placeSources(scene, view, level, l, sight, x) {
  const m = view.model,
    pitch = Math.min(7.5 * view.em, (view.floor - 3.4 * view.em) / sight.length),
    ys = new Map(),
    cw = view.cw();
  word(scene, `h${l}`, Math.max(x, 2.6 * view.em), 1.1 * view.em, heading(l, m.last), {
    ink: look.muted,
  });
  spread(view, sight.length, pitch).forEach((y, at) => {
    const j = sight[at],
      node = m.a[l][j];
    dataCell(scene, view, `a${l}_${j}`, node, l ? "a" : "x", l, x, y, cw, view.ch);
    const lower = y + view.ch + 2;
    word(scene, `na${l}_${j}`, x, y - 1.62 * view.em, name("a", l, j));
    if (view.model.arrivals[node])
      gradCell(
        scene,
        view,
        `e${l}_${j}`,
        node,
        "error",
        l,
        x,
        level === 1 ? lower : y,
        cw,
        view.ch,
        {j, o: level === 1 ? 1 : 0},
      );
    ys.set(j, {x: x + cw / 2, y});
  });
  hidden(scene, view, l, sight, x);
  return ys;
}

function hidden(scene, view, l, sight, x) {
  const rest = view.model.sizes[l] - sight.length;
  if (rest)
    word(
      scene,
      `rest${l}`,
      Math.min(view.width - 3 * view.em, Math.max(3 * view.em, x)),
      view.height - 0.8 * view.em,
      `+ ${rest} more`,
      {ink: look.muted},
    );
}

function placeLayer(scene, view, level, l, sight, centres, left, stretch) {
  const m = view.model,
    em = view.em,
    cw = view.cw(),
    before = centres[l - 1],
    targets = sight[l],
    sources = sight[l - 1].filter(k => m.w[l][targets[0]]?.[k] !== undefined);
  const bias = m.b[l] && level === 1 ? 1 : 0,
    room = view.floor - 3.4 * em,
    ys = new Map();
  let xW = left + (level === 1 ? 1.3 * em : 1.6 * em) + stretch / 2 + cw / 2;
  const xTimes = xW + cw / 2 + 0.85 * em,
    xFace = (level === 1 ? xTimes + 2.25 * em : xW + cw / 2 + 1.6 * em) + stretch / 2;
  const lines = sources.length + bias,
    tallest = rowsHeight(view, sources.length, targets.length, bias);
  const rowPitch = 1.75 * em * Math.min(1.5, Math.max(1, room / tallest)),
    block = Math.max(6 * em, lines * rowPitch);
  const pitch =
    level === 1
      ? block +
        Math.min(3 * em, Math.max(0.5 * em, (room - targets.length * block) / targets.length))
      : Math.min(room / targets.length, 9 * em);
  let right = xFace + cw,
    rows = [];
  spread(view, targets.length, pitch).forEach((y, at) => {
    const j = targets[at];
    right = placeNeuron(scene, view, level, l, j, xFace, y);
    ys.set(j, {x: right, y});
    sources.forEach((k, row) =>
      rows.push({
        j,
        k,
        want:
          level === 1
            ? y + (row - (lines - 1) / 2) * rowPitch
            : before.get(k).y + (y - before.get(k).y) * 0.5,
        y,
      }),
    );
    if (bias)
      placeBias(
        scene,
        view,
        l,
        j,
        xW,
        xTimes,
        y + (sources.length - (lines - 1) / 2) * rowPitch,
        xFace,
        y,
      );
    else if (m.b[l]?.[j] !== undefined)
      dataCell(scene, view, `b${l}_${j}`, m.b[l][j], "b", l, xFace + cw / 2, y, cw, view.ch, {
        o: 0,
      });
  });
  if (m.coupled[l]) placeSoftmax(scene, view, level, l, targets, xFace, ys);
  const tiny = level === 2 && rows.length * 1.75 * em > room + 1.5 * em;
  if (level === 2) separate(rows, tiny ? room / rows.length : 1.75 * em, view);
  for (const row of rows)
    placeWeight(scene, view, level, l, row, before.get(row.k), xW, xTimes, xFace, tiny);
  word(scene, `h${l}`, (xFace + right) / 2, 1.1 * em, heading(l, m.last), {ink: look.muted});
  hidden(scene, view, l, targets, (xFace + right) / 2);
  centres[l] = ys;
  return right;
}

// Rows of one column, as near as possible to where their lines cross it.
function separate(rows, pitch, view) {
  rows.sort((p, q) => p.want - q.want || p.j - q.j || p.k - q.k);
  let floor = -Infinity;
  for (const row of rows) {
    row.want = Math.max(row.want, floor + pitch);
    floor = row.want;
  }
  const over = floor - (view.floor - view.em);
  let ceiling = Infinity;
  if (over > 0)
    for (const row of [...rows].reverse()) {
      row.want = Math.min(row.want, Math.min(view.floor - view.em, ceiling - pitch));
      ceiling = row.want;
    }
}

function passed(view, node, operand, l) {
  const place = view.model.nodes.operands[node].indexOf(operand),
    step = view.model.stepOf.get(node * 4096 + place);
  return step && view.t >= step;
}

function placeWeight(scene, view, level, l, row, from, xW, xTimes, xFace, tiny) {
  const m = view.model,
    {j, k, want: y} = row,
    em = view.em,
    cw = view.cw(),
    node = m.w[l][j][k],
    share = m.data(node) * view.final[m.z[l][j]];
  if (!from) return;
  const done =
    m.known(m.z[l][j], view.t) &&
    (passed(view, m.z[l][j], m.a[l - 1][k], l) ||
      passed(view, m.z[l][j], node, l) ||
      !m.nodes.operands[m.z[l][j]].includes(node));
  const largest = view.largest("w", l) * view.largest("delta", l) || 1;
  const stroke = done ? signColour(share, largest, look.line) : look.hair,
    width = done ? 1 + 3 * Math.min(1, Math.abs(share) / largest) : 1.1;
  const half = tiny ? 0.5 * em : cw / 2;
  line(
    scene,
    `l${l}_${j}_${k}`,
    [
      [from.x, from.y],
      [xW - half, y],
      [xW + half, y],
      [level === 1 ? xFace - 1.3 * em : xFace, level === 1 ? row.y - view.ch / 2 : row.y],
    ],
    {stroke, width, now: view.isNow(`l${l}_${j}_${k}`)},
  );
  dataCell(
    scene,
    view,
    `w${l}_${j}_${k}`,
    node,
    "w",
    l,
    xW,
    y,
    tiny ? em : cw,
    tiny ? Math.min(0.6 * em, em) : view.ch,
    {j, k},
  );
  disc(
    scene,
    `m${l}_${j}_${k}`,
    level === 1 ? xTimes : xFace,
    level === 1 ? y : row.y,
    0.62 * em,
    "×",
    {o: level === 1 ? 1 : 0, stroke: look.line, role: "operation"},
  );
  const known = view.grads[node] !== 0 || m.known(node, view.t);
  cell(scene, `gw${l}_${j}_${k}`, xW, y + (tiny ? 0 : view.ch / 2 - 1.5), tiny ? 0 : cw - 4, 3, {
    fill: known ? signColour(view.grads[node], view.largest("dw", l)) : look.paper,
    o: known && !tiny ? 1 : 0,
    role: "strip",
  });
}

function placeBias(scene, view, l, j, xW, xTimes, y, xFace, yFace) {
  const node = view.model.b[l][j];
  if (node === undefined) return;
  line(
    scene,
    `lb${l}_${j}`,
    [
      [xW + view.cw() / 2, y],
      [xTimes, y],
      [xFace - 1.3 * view.em, yFace - view.ch / 2],
    ],
    {now: view.isNow(`lb${l}_${j}`)},
  );
  dataCell(scene, view, `b${l}_${j}`, node, "b", l, xW, y, view.cw(), view.ch, {j});
  disc(scene, `nb${l}_${j}`, xTimes, y, 0.62 * view.em, "b", {stroke: look.paper});
}

// Above what was computed forward, below what comes back: z over δ, σ over σ′, a over ∂C/∂a.
function placeNeuron(scene, view, level, l, j, xFace, y) {
  const m = view.model,
    em = view.em,
    cw = view.cw(),
    ch = view.ch,
    activated = hasActivation(m, l),
    top = y - ch / 2 - 1,
    low = y + ch / 2 + 1;
  const xZ = xFace + cw / 2,
    xS = xFace + cw + 0.45 * em + cw / 2,
    xA = level === 1 ? xS + cw + 0.45 * em : xFace + 1.5 * cw + 0.4 * em;
  const right = level === 1 ? (activated ? xA + cw / 2 : xZ + cw / 2) : xFace + 2 * cw + 0.4 * em,
    wide = right - xFace;
  cell(scene, `box${l}_${j}`, (xFace + right) / 2, y, wide + 0.5 * em, 2 * ch + 0.7 * em, {
    stroke: look.hair,
    round: 8,
    role: "frame",
    o: level === 2 ? 1 : 0,
    l,
    j,
  });
  dataCell(
    scene,
    view,
    `z${l}_${j}`,
    m.z[l][j],
    "z",
    l,
    xZ,
    top,
    activated || level === 1 ? cw : wide,
    ch,
    {j, ...(activated || level === 1 ? {} : {x: xFace + wide / 2})},
  );
  const faced = level === 1 ? {x: xZ, w: cw} : {x: xFace + wide / 2, w: wide};
  gradCell(scene, view, `d${l}_${j}`, m.z[l][j], "delta", l, faced.x, low, faced.w, ch, {
    j,
    size: 1,
  });
  word(scene, `nz${l}_${j}`, xZ, y - ch - 0.75 * em, name("z", l, j), {
    o: activated || level === 1 ? 1 : 0,
  });
  if (!activated && level === 2)
    word(scene, `nz${l}_${j}`, xFace + wide / 2, y - ch - 0.75 * em, name("z", l, j));
  word(
    scene,
    `nd${l}_${j}`,
    faced.x,
    y + ch + 0.85 * em,
    level === 1 ? name("delta", l, j) : `${name("delta", l, j)} why?`,
    level === 1 ? {} : {kind: "why", l, j, w: wide, h: 1.2 * em, role: "frame"},
  );
  if (level === 1)
    disc(scene, `p${l}_${j}`, xFace - 0.68 * em, y - ch / 2 - 1, 0.62 * em, "+", {
      stroke: look.line,
      role: "operation",
    });
  if (!activated) return right;
  dataCell(scene, view, `a${l}_${j}`, m.a[l][j], "a", l, xA, top, cw, ch, {j});
  word(scene, `na${l}_${j}`, xA, y - ch - 0.75 * em, name("a", l, j));
  if (!reaches(m, l)) return right;
  gradCell(scene, view, `e${l}_${j}`, m.a[l][j], "error", l, xA, low, cw, ch, {
    j,
    o: level === 1 ? 1 : 0,
  });
  if (m.coupled[l] || level !== 1) {
    if (!m.coupled[l]) slopeCell(scene, view, l, j, xFace + wide / 2, low, cw, ch, {o: 0});
    return right;
  }
  word(scene, `ne${l}_${j}`, xA, y + ch + 0.85 * em, `∂${costLetter()}/∂a`, {ink: look.muted});
  line(
    scene,
    `t${l}_${j}`,
    [
      [xZ + cw / 2, top],
      [xA - cw / 2, top],
    ],
    {},
  );
  disc(scene, `f${l}_${j}`, xS, top, 0.75 * em, sigma(), {stroke: look.line, role: "operation"});
  line(
    scene,
    `u${l}_${j}`,
    [
      [xZ + cw / 2, low],
      [xA - cw / 2, low],
    ],
    {now: view.isNow(`s${l}_${j}`)},
  );
  slopeCell(scene, view, l, j, xS, low, cw, ch);
  word(scene, `ns${l}_${j}`, xS, y + ch + 0.85 * em, `× ${sigma()}′`, {ink: look.muted});
  return right;
}

function placeSoftmax(scene, view, level, l, targets, xFace, ys) {
  const all = [...ys.values()],
    cw = view.cw(),
    em = view.em,
    x = level === 1 ? xFace + cw + 0.45 * em + cw / 2 : xFace + cw;
  const top = all[0].y - view.ch - 0.4 * em,
    low = all.at(-1).y + view.ch + 0.4 * em;
  cell(scene, `softmax${l}`, x, (top + low) / 2, Math.max(cw - 0.4 * em, 1), low - top, {
    o: level === 1 ? 1 : 0,
    stroke: look.line,
    round: 8,
    role: "operation",
    now: view.isNow(`softmax${l}`),
  });
  word(scene, `softmaxname${l}`, x, (top + low) / 2 - 1.2 * em, "soft", {o: level === 1 ? 1 : 0});
  word(scene, `softmaxrest${l}`, x, (top + low) / 2, "max", {o: level === 1 ? 1 : 0});
  word(scene, `softmaxback${l}`, x, (top + low) / 2 + 1.3 * em, "← Jᵀ", {o: level === 1 ? 1 : 0});
}

// --- the cost --------------------------------------------------------------------------------------------

function costDepths(m) {
  const depth = new Map([[m.tape.root, 0]]);
  for (const i of [...m.cost].sort((p, q) => q - p))
    for (const o of m.nodes.operands[i])
      if (m.place.get(o)?.kind === "cost")
        depth.set(o, Math.max(depth.get(o) || 0, depth.get(i) + 1));
  return depth;
}

function costColumns(view) {
  const depth = costDepths(view.model),
    deepest = Math.max(...depth.values());
  return depth.size > 14 || deepest > 4 ? 1 : deepest + 1;
}

function placeCost(scene, view, level, centres, left, stretch) {
  const m = view.model,
    em = view.em,
    cw = view.cw(),
    columns = level === 1 ? costColumns(view) : 1,
    depth = costDepths(m),
    open = level === 1 && (columns > 1 || depth.size === 1);
  const pitch = cw + em,
    xC = left + Math.min(stretch, 4 * em) + columns * pitch - cw / 2,
    at = new Map();
  word(scene, `h${m.last + 1}`, xC, 1.1 * em, "cost", {ink: look.muted});
  for (let d = columns - 1; d >= 0; d--) {
    const members = m.cost.filter(i => (depth.get(i) || 0) === d).sort((p, q) => p - q),
      wanted = members.length > 1 ? (view.floor - 3.4 * em) / members.length : 0;
    spread(view, members.length, Math.min(wanted, 7 * em)).forEach((y, n) =>
      at.set(members[n], {x: xC - d * pitch, y}),
    );
  }
  for (const i of m.cost) {
    const shown = i === m.tape.root || open,
      place = (open && at.get(i)) || {x: xC, y: middle(view)};
    at.set(i, place);
    dataCell(scene, view, `c${i}`, i, "cost", i, place.x, place.y - view.ch / 2 - 1, cw, view.ch, {
      o: shown ? 1 : 0,
      text: shown ? view.short(m.data(i)) : "",
    });
    gradCell(scene, view, `gc${i}`, i, "cost", i, place.x, place.y + view.ch / 2 + 1, cw, view.ch, {
      o: shown ? 1 : 0,
      ...(m.known(i, view.t)
        ? {
            text: shown ? view.short(view.grads[i]) : "",
            fill: signColour(view.grads[i], Math.abs(view.final[i]) || 1),
          }
        : {}),
    });
    const title = i === m.tape.root ? m.title(i) : m.title(i).length > 7 ? "…" : m.title(i);
    word(scene, `nc${i}`, place.x, place.y - view.ch - 0.75 * em, title, {o: shown ? 1 : 0});
  }
  costLines(scene, view, centres, at, open);
  const ys = m.y.filter(i => i !== undefined),
    start = middle(view) + view.ch + 2.2 * em;
  ys.forEach((i, n) => {
    const y = start + n * 1.8 * em;
    if (y > view.floor - em) return;
    dataCell(scene, view, `y${n + 1}`, i, "y", 0, xC, y, cw, view.ch);
    word(scene, `ny${n + 1}`, xC - cw / 2 - 0.4 * em, y, m.title(i), {anchor: "end"});
  });
}

function costLines(scene, view, centres, at, open) {
  const m = view.model,
    half = view.cw() / 2;
  for (const [i, place] of at)
    m.nodes.operands[i].forEach((o, p) => {
      const where = m.place.get(o),
        inner = at.get(o);
      if (inner && (open || i === o))
        line(
          scene,
          `lc${i}_${p}`,
          [
            [inner.x + half, inner.y],
            [place.x - half, place.y],
          ],
          {now: view.isNow(`lc${i}_${p}`)},
        );
      if (where && (where.kind === "a" || where.kind === "z") && centres[where.l]?.get(where.j)) {
        const from = centres[where.l].get(where.j);
        line(
          scene,
          `lc${i}_${p}`,
          [
            [from.x, from.y],
            [place.x - half, place.y],
          ],
          {now: view.isNow(`lc${i}_${p}`)},
        );
      }
    });
}
