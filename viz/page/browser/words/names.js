// What things are called: in Unicode on the stage, in MathML in the formula, in words for the ear.
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹",
  LOWERED = "₀₁₂₃₄₅₆₇₈₉";
let notation = null; // the letters and numbers of an nn.Notation, by the names of its attributes

export function setNotation(given) {
  notation = given;
}
export const costLetter = () => notation.cost;
export const sigma = () => notation.activation;

const raised = number => "⁽" + String(number).replace(/\d/g, d => RAISED[d]) + "⁾";
const lowered = text => String(text).replace(/\d/g, d => LOWERED[d]);

// The letter, the number of the layer and the indices, as a document writes them.
function parts(kind, layer, to = 0, from = 0) {
  const indices = !to ? "" : !from ? `${to}` : `${to}${to > 9 || from > 9 ? "," : ""}${from}`;
  const input = to ? notation.x : notation.x_vector,
    weight = "wWb".includes(kind);
  if ((kind === "x" || kind === "a") && layer === 0 && input) return [input, "", indices];
  const number = layer + notation.first_layer - (weight && notation.weights_by === "from" ? 1 : 0);
  if (kind === "b" && notation.bias_is_weight)
    return [to ? notation.w : notation.W, `${number}`, to ? `${to}0` : ""];
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
export const transposed = inner =>
  `<msup>${inBrackets(inner)}<mi mathvariant="normal">T</mi></msup>`;

export function math(kind, layer, to = 0, from = 0) {
  const d = below => fraction(mi("∂") + mi(costLetter()), mi("∂") + below);
  if (kind === "slope") return row(mi(`${sigma()}′`) + inBrackets(math("z", layer, to)));
  if (kind === "error") return d(math("a", layer, to));
  if (kind === "dw") return d(math(to ? "w" : "W", layer, to, from));
  if (kind === "db") return d(math("b", layer, to));
  const [letter, number, indices] = parts(kind, layer, to, from);
  const above = row(bracket("(") + mn(number) + bracket(")"));
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
