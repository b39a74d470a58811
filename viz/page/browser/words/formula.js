// The formula: symbols, the same with numbers, and what they come to.
import {plain, productTexts, settled, shown, sumDigits} from "../numbers/numerals.js";
import {range} from "../stage/marks.js";
import {isFused, partner, subject} from "./sentence.js";
import {
  BREAK, costLetter, escaped, formula, fraction, hasRows, inBrackets, jacobian, math, mi, mn, mo,
  through, throughJ, transposed,
} from "./names.js";

const MOST_TERMS = 4,
  MOST_CHARACTERS = 18;
const [open, close] = [..."()"].map(text => `<mo stretchy="false">${text}</mo>`);
const signed = text => (text.startsWith("−") ? inBrackets(mn(text)) : mn(text));
const times = BREAK + '<mo lspace="0" rspace="0.3em">·</mo>',
  equals = BREAK + mo("="),
  plus = BREAK + mo("+");
const words = text => `<mtext>${text}</mtext>`;
const derivative = (above, below) => fraction(mi("∂") + above, mi("∂") + below);

export function formulaOf(model, level, t, focus) {
  const {kind, edge, l, j} = subject(model, level, t, focus),
    C = mi(model.title(model.tape.root));
  if (kind === "start") return formula(derivative(C, C) + equals + mn("1"));
  if (kind !== "layer") return edgeFormula(model, edge);
  return level === 2 ? formula(...deltaLines(model, l, j)) : layerFormula(model, l, j);
}

const shortened = text =>
  text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS - 1) + "…" : text;

// A node by its name, or the expression that it is, with brackets where a ∂ stands before it.
function title(model, i, isUnderD = false) {
  const at = model.named(i),
    text = isUnderD ? model.underD(i) : model.words(i),
    [, letter, index] = /^(\p{L})([₀-₉]+)$/u.exec(text) ?? [];
  if (at) return math(at.kind, at.l, at.j, at.k);
  if (letter) return `<msub>${mi(letter)}${mn(index.normalize("NFKC"))}</msub>`;
  return text.length < 3 ? mi(text) : words(escaped(shortened(text)));
}

function gradient(model, i) {
  const at = model.named(i);
  if (at?.kind === "z") return math("delta", at.l, at.j);
  return derivative(mi(model.title(model.tape.root)), title(model, i, true));
}

// --- an edge -------------------------------------------------------------------------------------

function edgeFormula(model, edge) {
  const {node, operand, upstream, local, contribution, before, after} = edge;
  if (model.nodes.kind[operand] === "constant") {
    const constant = shortened(model.title(operand) || plain(model.data(operand)));
    return formula(words(`${escaped(constant)} is a constant: nothing is added`));
  }
  const to = gradient(model, operand);
  const symbols = to + BREAK + mo("+=") + gradient(model, node) + times + localSymbol(model, edge);
  if (local === null)
    return formula(symbols, equals + mn("0"), words("not selected: nothing passes"));
  const [x, y, result] = productTexts(upstream, local);
  const numbers = equals + signed(x) + times + signed(y) + equals + mn(result);
  if (model.arrivals[operand] < 2) return formula(symbols, numbers);
  const digits = sumDigits([before, contribution]),
    [was, added, is] = [before, contribution, after].map(n => shown(n, digits));
  return formula(
    symbols,
    numbers,
    `${to}<mo>:</mo>${mn(was)}${mo("+")}${signed(added)}${equals}${mn(is)}`,
  );
}

function localSymbol(model, {node, operand, place, local}) {
  const other = partner(model, node, place),
    to = model.place.get(operand),
    of = model.place.get(node);
  if (other !== null) return title(model, other);
  if (to?.kind === "z" && of?.kind === "a") return math("slope", to.l, to.j);
  return local === 1 ? mn("1") : derivative(title(model, node, true), title(model, operand, true));
}

// --- a neuron ------------------------------------------------------------------------------------

// What comes back to a neuron, product by product.
function termsOf(model, l, j) {
  const {graph} = model,
    next = l + 1;
  const sent = i => ({
    symbols: math("w", next, i, j) + math("delta", next, i),
    factors: [model.data(model.w[next][i][j]), graph.grad[model.z[next][i]]],
  });
  const coupled = i => ({
    symbols: math("error", l, i) + derivative(math("a", l, i), math("z", l, j)),
    factors: [graph.grad[model.a[l][i]], model.slope(l, i, j)],
  });
  if (l === model.last) return range(model.sizes[l]).map(coupled);
  return range(model.sizes[next])
    .filter(i => model.w[next][i][j] !== undefined)
    .map(sent);
}

const productOf = ({factors: [x, y]}) => x * y;
const totalOf = terms => terms.reduce((sum, term) => sum + productOf(term), 0);

export function contributions(model, l, j) {
  const isSum = l < model.last || (model.coupled[l] && !model.direct[l]);
  return isSum ? termsOf(model, l, j).map(productOf) : [];
}

function deltaLines(model, l, j) {
  const z = model.z[l][j],
    a = model.a[l][j],
    delta = math("delta", l, j),
    isPlain = a === z || model.coupled[l];
  const result = equals + mn(shown(model.graph.grad[z]));
  if (isFused(model, l)) return fusedLines(model, l, j);
  if (l === model.last && a === z)
    return [delta + equals + derivative(mi(costLetter()), math("z", l, j)), result];
  if (l === model.last && !isPlain) {
    const [x, y, product] = productTexts(model.graph.grad[a], model.slope(l, j, j));
    const symbols = delta + equals + math("error", l, j) + times + math("slope", l, j);
    return [symbols, equals + signed(x) + times + mn(y), equals + mn(product)];
  }
  const terms = termsOf(model, l, j),
    few = terms.length <= MOST_TERMS ? terms : terms.slice(0, 2);
  const dots = terms.length > few.length ? plus + mo("…") : "",
    wrap = inner => (isPlain || terms.length === 1 ? inner : open + inner + close);
  const symbols = wrap(few.map(term => term.symbols).join(plus) + dots),
    products = productsIn(few);
  if (isPlain) return [delta + equals + symbols, equals + products.join(plus) + dots, result];
  const slope = model.slope(l, j, j),
    [x, y, product] = productTexts(totalOf(terms), slope);
  const last = equals + signed(x) + times + mn(y) + equals + mn(product),
    by = times + mn(y);
  const first = delta + equals + symbols + times + math("slope", l, j);
  if (terms.length === 2)
    return [first, equals + open + products[0], plus + products[1] + close + by, last];
  const sum = terms.length > 1 ? words(`sum of ${terms.length} products`) : products[0];
  return [first, equals + wrap(sum) + by, last];
}

// The products in numbers, with so many digits that their sum comes out.
function productsIn(terms) {
  const inPairs = xs => xs.reduce((sum, x, at) => (at % 2 ? sum + x * xs[at - 1] : sum), 0);
  const [texts] = settled(terms.flatMap(({factors}) => factors), totalOf(terms), inPairs);
  return terms.map((_, n) => signed(texts[2 * n]) + times + signed(texts[2 * n + 1]));
}

// −y/p from the cost, p (1 − p) and −p p from softmax: the p cancel, step by step.
function fusedLines(model, l, j) {
  const y = model.y[j] === undefined ? (model.tape.network?.y[j - 1] ?? 0) : model.data(model.y[j]);
  const p = model.graph.grad[model.z[l][j]] + y,
    digits = sumDigits([p, -y]),
    [pText, yText, text] = [p, y, p - y].map(x => shown(x, digits));
  const sub = (letter, i) => `<msub>${mi(letter)}${mi(i)}</msub>`,
    sum = `<munder>${mo("∑")}${mi("i")}</munder>`;
  const one = `<msub><mn>1</mn><mrow>${mi("i")}${mo("=")}${mn(j)}</mrow></msub>`;
  const slope = sub("p", "i") + inBrackets(one + mo("−") + sub("p", j)),
    difference = sub("p", j) + mo("−") + sub("y", j);
  return [
    math("delta", l, j) +
      equals +
      sum +
      mo("−") +
      fraction(sub("y", "i"), sub("p", "i")) +
      times +
      slope,
    equals + sub("p", j) + sum + sub("y", "i") + mo("−") + sub("y", j) + equals + difference,
    equals + mn(pText) + mo("−") + signed(yText) + equals + mn(text),
  ];
}

// --- a layer -------------------------------------------------------------------------------------

function layerFormula(model, l, j) {
  const slope = model.a[l][1] === model.z[l][1] ? "" : mo("⊙") + math("slope", l),
    left = math("delta", l) + equals;
  const lines = deltaLines(model, l, j),
    own = math("delta", l, j);
  if (l === model.last) {
    const error = math("error", l);
    const right = isFused(model, l)
      ? mi("p") + mo("−") + mi("y")
      : model.coupled[l]
        ? throughJ(mi(jacobian()), error, transposed).join("")
        : error + slope;
    const [, numbers, ...result] = lines;
    return formula(left + right, own + numbers, ...result.slice(-1));
  }
  const [to, from] = [model.sizes[l + 1], model.sizes[l]],
    by = (a, b) => (hasRows() ? `${b} × ${a}` : `${a} × ${b}`),
    factors = through(`(${by(from, to)})`, `(${by(to, 1)})`, true, text => text).join(" · "),
    shapes = `<mtext class="shapes">${by(from, 1)} = ${factors}${slope && ` ⊙ ${by(from, 1)}`}</mtext>`;
  const product = through(math("W", l + 1), math("delta", l + 1), true, transposed).join("");
  return formula(left + product + slope, shapes, own + lines.at(-1));
}

// One step of descent for the weight to neuron 1 of a layer from neuron 1.
export function descentFormula(l, was, rate, slope) {
  const w = math("w", l, 1, 1),
    [step, gradient] = [plain(rate), shown(slope)];
  return formula(
    w + mo("←") + w + mo("−") + mi("ε") + math("dw", l, 1, 1),
    equals + mn(shown(was)) + mo("−") + mn(step) + times + signed(gradient),
    equals + mn(shown(was - rate * slope)),
  );
}
