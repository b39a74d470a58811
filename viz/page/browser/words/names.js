// What things are called: in Unicode on the stage, in MathML in the formula, in words for the ear.
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾",
  LOWERED = "₀₁₂₃₄₅₆₇₈₉";
let notation = null; // the letters and numbers of an nn.Notation, by the names of its attributes

export function setNotation(given) {
  notation = given;
}
export const costLetter = () => notation.cost;
export const sigma = () => notation.activation;
export const jacobian = () => notation.jacobian;

const raised = text =>
  [...(notation.parentheses === false ? text : `(${text})`)].map(c => RAISED["0123456789()".indexOf(c)]).join("");
const lowered = text => String(text).replace(/\d/g, d => LOWERED[d]);

// Whether W has a row for each neuron that it leads to, and whether vectors are rows: z = a W + b.
export const isToFirst = () => notation.indices === "to, from";
export const hasRows = () => notation.vectors === "rows";

// The letter, the number of the layer and the indices, as a document writes them.
function parts(kind, layer, to = 0, from = 0) {
  const isBias = kind === "b" && notation.bias_is_weight && to,
    pair = isBias || from ? [to, from] : to ? [to] : [];
  const input = to ? notation.x : notation.x_vector,
    indices = (isToFirst() ? pair : pair.reverse()).join(pair.some(n => n > 9) ? "," : "");
  if ((kind === "x" || kind === "a") && layer === 0 && input) return [input, "", indices];
  const isBefore = "wWb".includes(kind) && notation.weights_by === "from",
    number = layer + notation.first_layer - (isBefore ? 1 : 0);
  if (kind === "b" && notation.bias_is_weight)
    return [to ? notation.w : notation.W, `${number}`, indices];
  return [notation[kind] || kind, `${number}`, indices];
}

// The letter alone.
export const letterOf = kind => notation[kind] || kind;

// name("z", 2, 1) is z₁⁽²⁾
export function name(kind, layer, to = 0, from = 0) {
  if (kind === "slope") return `${sigma()}′(${name("z", layer, to)})`;
  if (kind === "error") return `∂${costLetter()}/∂${name("a", layer, to)}`;
  if (kind === "dw") return `∂${costLetter()}/∂${name(to ? "w" : "W", layer, to, from)}`;
  if (kind === "db") return `∂${costLetter()}/∂${name("b", layer, to)}`;
  const [letter, number, indices] = parts(kind, layer, to, from);
  return letter + lowered(indices) + (number ? raised(number) : "");
}

// What a person typed, with its digits lowered: x₃ for x3.
export const typed = label => /^\p{L}_?\d+$/u.test(label) ? lowered(label.replace("_", "")) : label;

// A matrix or a vector, as text or as MathML, that has turned over its diagonal if `turns`.
export const turnedText = (text, turns = true) => (turns ? `(${text})ᵀ` : text);

// On the stage vectors are columns, and W has a row for each neuron that it leads to.
export const asColumn = text => turnedText(text, hasRows());
export const asGrid = (text, back = false) => turnedText(text, back === isToFirst());

// A vector through the weights to the next layer, or back, as the notation writes it.
export function through(W, vector, back, turned = turnedText) {
  const turns = back === (isToFirst() !== hasRows()),
    factors = [turned(W, turns), vector];
  return hasRows() ? factors.reverse() : factors;
}

// δ times the outputs of the layer before, in the shape that the notation gives W.
export function outer(delta, before) {
  const [first, second] = isToFirst() ? [delta, before] : [before, delta];
  return hasRows() ? [turnedText(first), second] : [first, turnedText(second)];
}

// ∂C/∂a of a layer whose neurons are coupled, back to its δ.
export const throughJ = (J, error, turned) => (hasRows() ? [error, J] : [turned(J), error]);

// A text, or HTML, whose ∂C/∂z and σ′(z) stay on one line.
export const unbroken = text => text.replace(/′\(/g, "′\u2060(").replace(/([/|])∂/g, "$1\u2060∂");

export function escaped(text) {
  return String(text).replace(
    /[&<>"']/g,
    c => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})[c],
  );
}

const row = inner => `<mrow>${inner}</mrow>`;
const bracket = text => `<mo lspace="0" rspace="0" stretchy="false">${text}</mo>`;
export const mi = text => `<mi>${escaped(text)}</mi>`;
export const mn = text => `<mn>${escaped(text)}</mn>`;
export const mo = text => `<mo>${escaped(text)}</mo>`;
export const inBrackets = inner => row(bracket("(") + inner + bracket(")"));
export const fraction = (above, below) => `<mfrac>${row(above)}${row(below)}</mfrac>`;
export const transposed = (inner, turns = true) =>
  turns ? `<msup>${inBrackets(inner)}<mi mathvariant="normal">T</mi></msup>` : inner;

export function math(kind, layer, to = 0, from = 0) {
  const d = below => fraction(mi("∂") + mi(costLetter()), mi("∂") + below);
  if (kind === "slope") return row(mi(`${sigma()}′`) + inBrackets(math("z", layer, to)));
  if (kind === "error") return d(math("a", layer, to));
  if (kind === "dw") return d(math(to ? "w" : "W", layer, to, from));
  if (kind === "db") return d(math("b", layer, to));
  const [letter, number, indices] = parts(kind, layer, to, from);
  const above = notation.parentheses === false ? mn(number) : inBrackets(mn(number));
  if (number && indices) return `<msubsup>${mi(letter)}${mn(indices)}${above}</msubsup>`;
  if (number) return `<msup>${mi(letter)}${above}</msup>`;
  return indices ? `<msub>${mi(letter)}${mn(indices)}</msub>` : mi(letter);
}

// Lines of MathML; where there is a BREAK a line may go on below.
export const BREAK = "\u0001";
export const formula = (...lines) =>
  lines
    .filter(Boolean)
    .map(
      line =>
        `<div>${line
          .split(BREAK)
          .filter(Boolean)
          .map(part => `<math displaystyle="true">${part}</math>`)
          .join(" ")}</div>`,
    )
    .join("");
