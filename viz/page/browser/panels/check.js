// Check mine: δ typed entry by entry; each is told right, to its decimals, or what mistake makes that number.
import {costLetter, escaped, name, sigma} from "../words/names.js";
import {shown} from "../numbers/numerals.js";

const MOST = 12; // entries of a layer that can be typed
const range = n => Array.from({length: n}, (_, i) => i + 1);

// Within half of the last digit that was typed.
function matches(text, number) {
  const [mantissa, exponent = "0"] = text.toLowerCase().replace(/[−]/g, "-").split("e"),
    decimals = (mantissa.split(".")[1] || "").length;
  return (
    Math.abs(parsed(text) - number) <= 0.5000001 * 10 ** (Number(exponent) - decimals) ||
    Math.abs(parsed(text) - number) <= 1e-9 * Math.abs(number)
  );
}
const parsed = text => Number(text.trim().replace(/[−]/g, "-").replace(/^\+/, ""));
const tells = (text, number) =>
  Number.isFinite(number) &&
  Math.abs(number) > 1e-12 &&
  matches(text, number) &&
  significant(text) >= 2;
const significant = text =>
  text.replace(/e.*/i, "").replace(/[^\d]/g, "").replace(/^0+/, "").length;

// [number, what it is the result of], the simplest mistakes first.
export function mistakes(m, l, j, typed) {
  const {graph} = m,
    delta = i => graph.grad[i],
    z = m.z[l],
    a = m.a[l],
    d = delta(z[j]),
    found = [],
    C = costLetter();
  const coupled = m.coupled[l],
    slope = coupled ? 1 : m.slope(l, j, j),
    error =
      l < m.last
        ? range(m.sizes[l + 1]).reduce(
            (sum, i) => sum + m.data(m.w[l + 1][i][j]) * delta(m.z[l + 1][i]),
            0,
          )
        : d / slope;
  found.push([
    -d,
    l === m.last
      ? "the sign is turned: the cost falls towards the target, so δ has the sign of a − y, not of y − a"
      : "the sign is turned",
  ]);
  if (a[j] !== z[j] && !coupled)
    found.push(
      [error, `${name("slope", l, j)} is missing: this is ∂${C}/∂${name("a", l, j)}`],
      [d * slope, `${sigma()}′ is there twice`],
    );
  found.push(
    [d / 2, "half of it: the 2 of the square is missing"],
    [2 * d, "twice of it: this cost has a ½ before the square"],
  );
  if (l < m.last) backward(m, l, j, slope, found);
  wrongSlopes(m, l, j, error, found);
  const own = typed?.(l + 1);
  if (own && l < m.last)
    found.push([
      slope * range(m.sizes[l + 1]).reduce((sum, i) => sum + m.data(m.w[l + 1][i][j]) * own[i], 0),
      `it follows rightly from your ${name("delta", l + 1)}: mend that first`,
    ]);
  range(m.sizes[l]).forEach(i => {
    if (i !== j)
      found.push([delta(z[i]), `this is ${name("delta", l, i)}: another neuron of the layer`]);
  });
  return found;
}

function backward(m, l, j, slope, found) {
  const next = range(m.sizes[l + 1]),
    delta = i => m.graph.grad[m.z[l + 1][i]],
    at = (layer, to, from) => m.data(m.w[layer]?.[to]?.[from] ?? -1) ?? NaN;
  if (m.sizes[l + 1] > 1 && m.w[l + 1][j])
    found.push([
      slope *
        range(Math.min(m.sizes[l], m.sizes[l + 1])).reduce(
          (sum, k) => sum + at(l + 1, j, k) * delta(k),
          0,
        ),
      `${name("W", l + 1)} is not transposed: row ${j} was taken, where column ${j} holds the weights that leave this neuron`,
    ]);
  if (m.sizes[l] === m.sizes[l + 1])
    found.push([
      slope * next.reduce((sum, i) => sum + at(l, i, j) * delta(i), 0),
      `the weights are those of ${name("W", l)}; what leads on from layer ${l} is ${name("W", l + 1)}`,
    ]);
  if (next.length > 1)
    for (const i of next)
      found.push([
        slope * at(l + 1, i, j) * delta(i),
        `only the path over neuron ${i} of layer ${l + 1}: add up all ${next.length}`,
      ]);
  found.push([
    slope * next.reduce((sum, i) => sum + at(l + 1, i, j), 0),
    `${name("delta", l + 1)} is missing: these are the weights alone`,
  ]);
  found.push([
    slope * next.reduce((sum, i) => sum + at(l + 1, i, j) * m.graph.grad[m.a[l + 1][i]], 0),
    `∂${costLetter()}/∂${name("a", l + 1)} was sent back in place of ${name("delta", l + 1)}: the slope of layer ${l + 1} is missing`,
  ]);
}

function wrongSlopes(m, l, j, error, found) {
  if (m.coupled[l] || m.a[l][j] === m.z[l][j]) return;
  for (const other of [l + 1, l - 1])
    if (other >= 1 && other <= m.last && j <= m.sizes[other] && !m.coupled[other])
      found.push([
        error * m.slope(other, j, j),
        `${sigma()}′ is that of layer ${other}: take it at ${name("z", l, j)}`,
      ]);
  const node = m.a[l][j],
    rule = m.graph.rules[node],
    z = m.data(m.z[l][j]),
    a = m.data(node);
  if (m.graph.arity(node) === 1 && rule?.local)
    found.push([
      error * rule.local[0](rule.value(a), a),
      `${sigma()}′ is taken at a; it belongs at z`,
    ]);
  found.push(
    [error * a, `multiplied by a in place of ${sigma()}′(z)`],
    [error * z, `multiplied by z in place of ${sigma()}′(z)`],
    [error * (1 - a), `1 − a in place of ${sigma()}′(z)`],
    [error * a * (1 - a), "a (1 − a) is the slope of the sigmoid, not of this σ"],
    [error * (1 - a * a), "1 − a² is the slope of tanh, not of this σ"],
  );
}

export class CheckPanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("check");
    this.texts = {};
  }

  show() {
    const {app} = this;
    if (this.tape === app.tape) {
      this.judge();
      return;
    }
    this.tape = app.tape;
    this.texts = {};
    const m = app.model;
    if (!m.neurons) {
      this.panel.innerHTML = `<p class="small">There are no neurons here, and so no δ to check.</p>`;
      return;
    }
    const box = (l, j) =>
      `<label>${name("delta", l, j)} <input type="text" inputmode="decimal" class="mine" data-l="${l}" data-j="${j}" autocomplete="off"></label>`;
    const layer = l =>
      `<div class="row">${range(Math.min(MOST, m.sizes[l]))
        .map(j => box(l, j))
        .join(
          "",
        )}${m.sizes[l] > MOST ? `<span class="small">+ ${m.sizes[l] - MOST} more</span>` : ""}</div>`;
    this.panel.innerHTML = `<p class="small">Work δ out by hand, from the last layer to the first, and type it, to as many decimals as you like. Enter tells.</p>${range(m.last).reverse().map(layer).join("")}<div id="verdicts" aria-live="polite"></div>`;
    this.panel.querySelectorAll("input").forEach(input =>
      input.addEventListener("change", () => {
        this.texts[`${input.dataset.l} ${input.dataset.j}`] = input.value.trim();
        this.judge();
      }),
    );
    app.go(0);
  }

  typed(l) {
    const m = this.app.model,
      numbers = [0, ...range(m.sizes[l] || 0).map(j => parsed(this.texts[`${l} ${j}`] || "x"))];
    return l <= m.last && numbers.every(Number.isFinite) ? numbers : null;
  }

  judge() {
    const m = this.app.model,
      said = [];
    if (!m.neurons) return;
    for (let l = m.last; l >= 1; l--)
      for (const j of range(Math.min(MOST, m.sizes[l]))) {
        const text = this.texts[`${l} ${j}`];
        if (text) said.push(`<p>${escaped(name("delta", l, j))} ${this.verdict(l, j, text)}</p>`);
      }
    const box = this.panel.querySelector("#verdicts"),
      html = said.join("");
    if (box && this.said !== html) {
      this.said = html;
      box.innerHTML = html;
    }
  }

  verdict(l, j, text) {
    const m = this.app.model,
      number = parsed(text),
      right = m.graph.grad[m.z[l][j]];
    if (!Number.isFinite(number)) return `: “${escaped(text)}” is no number.`;
    if (matches(text, right)) {
      const decimals = (text.replace(/e.*/i, "").split(".")[1] || "").length;
      return `<b>is right</b>${decimals ? `, to your ${decimals} decimal${decimals > 1 ? "s" : ""}` : ""}.`;
    }
    const found = mistakes(m, l, j, next => this.typed(next)).find(([x]) => tells(text, x));
    if (found)
      return `= ${escaped(text)} is wrong: ${escaped(found[1])}. It is <b>${shown(right)}</b>.`;
    return `= ${escaped(text)} is wrong, and none of the usual mistakes gives it. It is <b>${shown(right)}</b>; step through to see from what.`;
  }
}
