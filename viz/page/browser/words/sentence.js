// One sentence that grows with the zoom, one formula of three lines, and the bars that add up.
import {
  BREAK,
  costLetter,
  escaped,
  formula,
  fraction,
  inBrackets,
  math,
  mi,
  mn,
  mo,
  name,
  sigma,
  transposed,
} from "./names.js";
import {plain, productTexts, settled, shown, sumDigits} from "../numbers/numerals.js";

const MOST_TERMS = 4;
const [open, close] = [..."()"].map(text => `<mo stretchy="false">${text}</mo>`);
const range = n => Array.from({length: n}, (_, i) => i + 1);
const signed = text => (text.startsWith("−") ? inBrackets(mn(text)) : mn(text));
const times = mo("·");
const equals = BREAK + mo("=");

// Bold and past are marked while a sentence is put together; labels in it become HTML only as text.
const MARKS = {
  "\u0002": "<b>",
  "\u0003": "</b>",
  "\u0004": '<span class="past">',
  "\u0005": "</span>",
};
const b = text => `\u0002${text}\u0003`;
const asHtml = text => escaped(text).replace(/[\u0002-\u0005]/g, mark => MARKS[mark]);

// The neuron, layer or edge that the steps up to t are about.
export function subject(model, level, t, focus) {
  if (t === 0) return {kind: "start"};
  const edge = {...model.graph.edge(t), step: t},
    at = model.place.get(edge.node);
  if (level === 1 || !model.neurons) return {kind: "edge", edge, at};
  if (!at || at.kind === "cost") {
    // the step into an output says more than one into a target
    for (let s = t; s > 0; s--) {
      const earlier = model.graph.edge(s),
        to = model.place.get(earlier.operand);
      if (model.place.get(earlier.node)?.kind !== "cost") break;
      if (to && (to.kind === "a" || to.kind === "z"))
        return {kind: "cost", edge: {...earlier, step: s}, at};
    }
    return {kind: "cost", edge, at};
  }
  return {
    kind: "layer",
    edge,
    at,
    l: at.l,
    j: focus && focus.l === at.l ? focus.j : at.j > 0 ? at.j : 1,
  };
}

export const sentence = (model, level, t, focus) => asHtml(said(model, level, t, focus));

function said(model, level, t, focus) {
  const about = subject(model, level, t, focus),
    C = costLetter();
  const say = (...parts) =>
    parts
      .filter(Boolean)
      .map((part, at, all) => (at < all.length - 1 ? `\u0004${part}\u0005` : part))
      .join(" ");
  if (about.kind === "start") {
    const root = `${model.title(model.tape.root)} = ${shown(model.data(model.tape.root))}`;
    return `Forward, every number is known: ${b(root)}. Backward starts at the end, with ${b(`∂${model.title(model.tape.root)}/∂${model.title(model.tape.root)} = 1`)}. Press → and watch what comes back.`;
  }
  const edge = edgeClause(model, about.edge);
  if (about.kind === "edge") return say(edge);
  if (about.kind === "cost")
    return say(edge, `So each output learns how fast ${C} changes with it: ${outputs(model)}.`);
  const {l, j} = about,
    rest = neuronClause(model, l, j);
  if (level === 2) return say(sendClause(model, l, j), rest);
  const layer = layerClause(model, l);
  if (level === 3) return say(rest, layer);
  return say(
    layer,
    `In matrices: ${b(equationText(model, l))}. δ times (${l > 1 ? name("a", l - 1) : "x"})ᵀ fills ${name("dw", l)} (3), and δ itself is ${name("db", l)} (4).`,
  );
}

function edgeClause(model, edge) {
  const to = model.gradientTitle(edge.operand),
    number = x => shown(x);
  if (model.nodes.kind[edge.operand] === "constant")
    return `Step into a constant: it is not asked how ${costLetter()} changes with it, and nothing is added.`;
  if (edge.local === null)
    return `${model.gradientTitle(edge.node)} = ${number(edge.upstream)} does not come through: ${model.words(edge.operand)} was not selected.`;
  const only = model.arrivals[edge.operand] === 1,
    what = localWords(model, edge);
  return (
    `${b(`${model.gradientTitle(edge.node)} = ${number(edge.upstream)}`)} comes back over this edge, is multiplied by the local derivative ${what}, and ${only ? "what arrives is" : `${b(shown(edge.contribution))} is added to`} ${only ? b(`${to} = ${number(edge.after)}`) : to + "."}` +
    (only ? "." : ` ${arrivedWords(model, edge)}`)
  );
}

function arrivedWords(model, edge) {
  const total = model.arrivals[edge.operand],
    arrived = model.arrived(edge.operand, edge.step);
  return arrived < total
    ? `${arrived} of ${total} have arrived.`
    : `All ${total} have arrived: ${shown(edge.after)}.`;
}

function localWords(model, edge) {
  const {node, place, operand} = edge,
    op = model.nodes.operation[node],
    symbol = model.tape.operations[op],
    at = model.place.get(operand),
    of = model.place.get(node);
  const other = partner(model, node, place),
    value = plain(edge.local, 4);
  if (other !== null) return `${model.words(other)} = ${value}`;
  if (edge.local === 1 && ["add", "total", "dot", "subtract"].includes(symbol))
    return "1 (a sum passes on what it gets)";
  if (at?.kind === "z" && of?.kind === "a") return `${name("slope", at.l, at.j)} = ${value}`;
  return `${value} of “${model.tape.symbols[op]}”`;
}

// In a product, the other factor: it is the local derivative.
export function partner(model, node, place) {
  const operands = model.nodes.operands[node],
    operation = model.tape.operations[model.nodes.operation[node]];
  if (operation === "multiply") return operands[1 - place];
  if (operation !== "dot") return null;
  const n = operands.length >> 1;
  return place < n ? operands[place + n] : place < 2 * n ? operands[place - n] : null;
}

function outputs(model) {
  const l = model.last,
    shownOf = range(model.sizes[l])
      .slice(0, 3)
      .filter(j => model.arrivals[model.a[l][j]]);
  return (
    shownOf
      .map(j =>
        b(`${model.gradientTitle(model.a[l][j])} = ${shown(model.graph.grad[model.a[l][j]])}`),
      )
      .join(", ") || "through the z"
  );
}

function sendClause(model, l, j) {
  if (l === model.last) return "";
  const n = model.sizes[l + 1];
  return `Neuron ${j} of layer ${l} feeds ${n === 1 ? "one neuron" : `${n} neurons`}; over each line w·δ comes back${n > 1 ? ", and the products add up" : ""}.`;
}

function neuronClause(model, l, j) {
  const delta = model.graph.grad[model.z[l][j]],
    a = model.a[l][j],
    error = model.graph.grad[a];
  if (fused(model, l))
    return `Softmax couples its neurons: δ is a sum over all outputs, a row of Jᵀ times ∂${costLetter()}/∂a, with no σ′ of one neuron. With cross-entropy the factors p cancel, and ${b(`${name("delta", l, j)} = p − y = ${shown(delta)}`)} is left.`;
  if (model.coupled[l])
    return `Softmax couples its neurons: z${"₁₂₃₄₅₆₇₈₉"[j - 1] || ""} moves every output, so ${b(`${name("delta", l, j)} = ${shown(delta)}`)} is a sum over all of them, a row of Jᵀ times ∂${costLetter()}/∂a. There is no σ′ of one neuron.`;
  if (a === model.z[l][j])
    return `Its output is z itself, with slope 1: what came back, ${shown(error)}, is ${b(`${name("delta", l, j)} = ${shown(delta)}`)}.`;
  const slope = model.slope(l, j, j);
  return `They make ${shown(error)} at its output; the slope ${name("slope", l, j)} lets ${plain(Math.round(slope * 1000) / 10)} % of it through: ${b(`${name("delta", l, j)} = ${shown(delta)}`)}, how fast ${costLetter()} changes with ${name("z", l, j)}.`.replace(
    /^They make/,
    l === model.last ? "From the cost comes" : model.sizes[l + 1] === 1 ? "It makes" : "They make",
  );
}

function layerClause(model, l) {
  if (l === model.last)
    return `So with every output: layer ${l} has its δ, and from here on the same step repeats.`;
  return `Every neuron k of layer ${l} adds up with the weights that leave it. In ${name("W", l + 1)} these stand in column k; to put the sum for k into row k, the grid turns over its diagonal: ${b("that is the T")}.`;
}

// Softmax with cross-entropy: all that is left of both is p − y.
const fused = (model, l) =>
  l === model.last &&
  /^cross_entropy/.test(model.tape.network?.loss || "") &&
  (model.coupled[l] || model.tape.network.loss.endsWith("logits"));

export function equationText(model, l) {
  const slope = model.a[l][1] === model.z[l][1] ? "" : ` ⊙ ${sigma()}′(${name("z", l)})`;
  if (l < model.last)
    return `${name("delta", l)} = (${name("W", l + 1)})ᵀ ${name("delta", l + 1)}${slope}`;
  if (fused(model, l))
    return `${name("delta", l)} = ${model.direct[l] || !model.coupled[l] ? "" : `Jᵀ ∂${costLetter()}/∂${name("a", l)} = `}p − y`;
  return model.coupled[l]
    ? `${name("delta", l)} = Jᵀ ∂${costLetter()}/∂${name("a", l)}`
    : `${name("delta", l)} = ∂${costLetter()}/∂${name("a", l)}${slope}`;
}

// --- the formula: symbols, numbers, result ---------------------------------------------------------------

export function formulaOf(model, level, t, focus) {
  const about = subject(model, level, t, focus);
  if (about.kind === "start")
    return formula(
      fraction(mi("∂") + mi(costLetter()), mi("∂") + mi(costLetter())) + equals + mn("1"),
    );
  if (about.kind === "edge" || about.kind === "cost") return edgeFormula(model, about.edge);
  if (level === 2) return formula(...deltaLines(model, about.l, about.j));
  return layerFormula(model, about.l, about.j);
}

const title = (model, i, gradient) => {
  const at = model.place.get(i);
  if (at && at.kind === "z" && gradient) return math("delta", at.l, at.j);
  const words = shortened(model.words(i)),
    inner =
      at && "zawb".includes(at.kind)
        ? math(at.kind, at.l, at.j, at.k)
        : `<mtext>${escaped(gradient && words.includes(" ") ? `(${words})` : words)}</mtext>`;
  return gradient ? fraction(mi("∂") + mi(model.title(model.tape.root)), mi("∂") + inner) : inner;
};
const shortened = text => (text.length > 12 ? text.slice(0, 11) + "…" : text);

function edgeFormula(model, edge) {
  const {node, operand, place, upstream, local, contribution, before, after} = edge;
  if (model.nodes.kind[operand] === "constant")
    return formula(
      `<mtext>${escaped(shortened(model.title(operand) || plain(model.data(operand))))} is a constant: nothing is added</mtext>`,
    );
  const other = partner(model, node, place),
    to = model.place.get(operand),
    of = model.place.get(node);
  const symbol =
    other !== null
      ? title(model, other)
      : to?.kind === "z" && of?.kind === "a"
        ? math("slope", to.l, to.j)
        : local === 1
          ? mn("1")
          : fraction(mi("∂") + title(model, node), mi("∂") + title(model, operand));
  const first =
    title(model, operand, true) + mo("+=") + title(model, node, true) + BREAK + times + symbol;
  if (local === null)
    return formula(first, equals + mn("0"), "<mtext>not selected: nothing passes</mtext>");
  const [x, y, result] = productTexts(upstream, local);
  const second = equals + signed(x) + times + signed(y) + equals + mn(result);
  if (model.arrivals[operand] < 2) return formula(first, second);
  const digits = sumDigits([before, contribution]);
  return formula(
    first,
    second,
    `${title(model, operand, true)}<mo>:</mo>${mn(shown(before, digits))}${mo("+")}${signed(shown(contribution, digits))}${equals}${mn(shown(after, digits))}`,
  );
}

function termsOf(model, l, j) {
  if (l < model.last)
    return range(model.sizes[l + 1])
      .filter(i => model.w[l + 1][i][j] !== undefined)
      .map(i => ({
        symbols: math("w", l + 1, i, j) + math("delta", l + 1, i),
        factors: [model.data(model.w[l + 1][i][j]), model.graph.grad[model.z[l + 1][i]]],
      }));
  return range(model.sizes[l]).map(i => ({
    symbols: math("error", l, i) + fraction(mi("∂") + math("a", l, i), mi("∂") + math("z", l, j)),
    factors: [model.graph.grad[model.a[l][i]], model.slope(l, i, j)],
  }));
}

export const contributions = (model, l, j) =>
  l < model.last || (model.coupled[l] && !model.direct[l])
    ? termsOf(model, l, j).map(({factors: [x, y]}) => x * y)
    : [];

function deltaLines(model, l, j) {
  const z = model.z[l][j],
    a = model.a[l][j],
    delta = model.graph.grad[z],
    plainZ = a === z || (l === model.last && model.coupled[l]);
  if (fused(model, l)) return fusedLines(model, l, j);
  if (l === model.last && !model.coupled[l]) {
    if (a === z)
      return [
        math("delta", l, j) +
          equals +
          title(model, a, true).replace(
            math("delta", l, j),
            fraction(mi("∂") + mi(costLetter()), mi("∂") + math("z", l, j)),
          ),
        equals + mn(shown(delta)),
      ];
    const slope = model.slope(l, j, j),
      [x, y, result] = productTexts(model.graph.grad[a], slope);
    return [
      math("delta", l, j) + equals + math("error", l, j) + times + math("slope", l, j),
      equals + signed(x) + times + mn(y),
      equals + mn(result),
    ];
  }
  const terms = termsOf(model, l, j),
    few = terms.length <= MOST_TERMS ? terms : terms.slice(0, 2),
    more = terms.length > few.length;
  const dots = more ? BREAK + mo("+") + mo("…") : "",
    wrap = inner => (plainZ || terms.length === 1 ? inner : open + inner + close);
  const symbols =
    wrap(few.map(t => t.symbols).join(BREAK + mo("+")) + dots) +
    (plainZ ? "" : BREAK + times + math("slope", l, j));
  const total = terms.reduce((sum, {factors: [x, y]}) => sum + x * y, 0);
  const [texts] = settled(
    few.flatMap(t => t.factors),
    few.reduce((sum, {factors: [x, y]}) => sum + x * y, 0),
    xs => xs.reduce((sum, x, i) => (i % 2 ? sum + x * xs[i - 1] : sum), 0),
  );
  const numbers = few
    .map((_, i) => signed(texts[2 * i]) + times + signed(texts[2 * i + 1]))
    .join(BREAK + mo("+"));
  if (plainZ)
    return [
      math("delta", l, j) + equals + symbols,
      equals + numbers + dots,
      equals + mn(shown(delta)),
    ];
  const [x, y, result] = productTexts(total, model.slope(l, j, j));
  const each =
    few.length === 2 && !more
      ? [0, 1].map(
          i =>
            (i ? BREAK + mo("+") : equals + open) +
            signed(texts[2 * i]) +
            times +
            signed(texts[2 * i + 1]) +
            (i ? close + times + mn(y) : ""),
        )
      : [
          equals +
            wrap(terms.length > 1 ? `<mtext>sum of ${terms.length} products</mtext>` : numbers) +
            times +
            mn(y),
        ];
  return [
    math("delta", l, j) + equals + symbols,
    ...each,
    equals + signed(x) + times + mn(y) + equals + mn(result),
  ];
}

// −y/p from the cost, p (1 − p) and −p p from softmax: the p cancel, step by step.
function fusedLines(model, l, j) {
  const y = model.y[j] === undefined ? (model.tape.network?.y[j - 1] ?? 0) : model.data(model.y[j]),
    p = model.graph.grad[model.z[l][j]] + y;
  const sub = (letter, i) => `<msub>${mi(letter)}${mi(i)}</msub>`,
    digits = sumDigits([p, -y]);
  return [
    math("delta", l, j) +
      equals +
      `<munder>${mo("∑")}${mi("i")}</munder>` +
      mo("−") +
      fraction(sub("y", "i"), sub("p", "i")) +
      times +
      sub("p", "i") +
      inBrackets(
        `<msub><mn>1</mn><mrow>${mi("i")}${mo("=")}${mn(j)}</mrow></msub>` + mo("−") + sub("p", j),
      ),
    equals +
      sub("p", j) +
      `<munder>${mo("∑")}${mi("i")}</munder>` +
      sub("y", "i") +
      mo("−") +
      sub("y", j) +
      equals +
      sub("p", j) +
      mo("−") +
      sub("y", j),
    equals +
      mn(shown(p, digits)) +
      mo("−") +
      signed(shown(y, digits)) +
      equals +
      mn(shown(p - y, digits)),
  ];
}

function layerFormula(model, l, j) {
  const size = n => `<mtext>${n}</mtext>`,
    slope = model.a[l][1] === model.z[l][1] ? "" : mo("⊙") + math("slope", l);
  const left = math("delta", l) + equals;
  const shapes = (...of) => `<mtext class="shapes">${of.join(" ")}</mtext>`;
  const lines = deltaLines(model, l, j);
  if (l === model.last)
    return formula(
      left +
        (fused(model, l)
          ? mi("p") + mo("−") + mi("y")
          : model.coupled[l]
            ? `<msup>${mi("J")}<mi mathvariant="normal">T</mi></msup>` + math("error", l)
            : math("error", l) + slope),
      ...lines
        .slice(0, 2)
        .slice(-1)
        .map(x => math("delta", l, j) + x),
      lines.at(-1),
    );
  return formula(
    left + transposed(math("W", l + 1)) + math("delta", l + 1) + slope,
    shapes(
      `${model.sizes[l]} × 1`,
      "=",
      `(${model.sizes[l]} × ${model.sizes[l + 1]})`,
      "·",
      `(${model.sizes[l + 1]} × 1)`,
      slope ? `⊙ ${model.sizes[l]} × 1` : "",
    ),
    `${math("delta", l, j)}${lines.at(-1)}`,
  );
}
