// The sentence: what the steps up to now have done, in words with their numbers. `subject` says
// what they are about; the formula and the bars ask it too.
import {plain, shown} from "../numbers/numerals.js";
import {range} from "../stage/marks.js";
import {
  costLetter, escaped, hasRows, isToFirst, jacobian, letterOf, name, outer, sigma, through, throughJ,
} from "./names.js";

// Bold and past are marked while a sentence is put together; labels in it become HTML only as text.
const MARKS = {"\u0002": "<b>", "\u0003": "</b>", "\u0004": '<span class="past">', "\u0005": "</span>"};
const b = text => `\u0002${text}\u0003`;
const asHtml = text => escaped(text).replace(/[\u0002-\u0005]/g, mark => MARKS[mark]);

// Of several parts the last is new.
function say(...parts) {
  const all = parts.filter(Boolean),
    past = text => `\u0004${text}\u0005`;
  return all.map((part, at) => (at < all.length - 1 ? past(part) : part)).join(" ");
}

// The neuron, layer or edge that the steps up to t are about.
export function subject(model, level, t, focus) {
  if (t === 0) return {kind: "start"};
  const edge = {...model.graph.edge(t), step: t},
    at = model.place.get(edge.node);
  if (level === 1 || !model.neurons) return {kind: "edge", edge, at};
  if (!at || at.kind === "cost") return {kind: "cost", edge: intoOutput(model, edge), at};
  const j = focus && focus.l === at.l ? focus.j : level === 2 && at.j > 0 ? at.j : 1;
  return {kind: "layer", edge, at, l: at.l, j};
}

// Of the steps of the cost the last into an output: it says more than one into a target.
function intoOutput(model, edge) {
  for (let s = edge.step; s > 0; s--) {
    const earlier = model.graph.edge(s),
      to = model.place.get(earlier.operand);
    if (model.place.get(earlier.node)?.kind !== "cost") break;
    if (to && "az".includes(to.kind)) return {...earlier, step: s};
  }
  return edge;
}

// Softmax with cross-entropy: all that is left of both is p − y.
export function isFused(model, l) {
  const loss = model.tape.network?.loss || "";
  return (
    l === model.last &&
    loss.startsWith("cross_entropy") &&
    (model.coupled[l] || loss.endsWith("logits"))
  );
}

export const sentence = (model, level, t, focus) => {
  const {kind, edge, l, j} = subject(model, level, t, focus),
    end = model.tape.root,
    title = model.title(end);
  const begin = model.neurons ? ` New here? <button>Start the guide</button>` : "";
  if (kind === "start") {
    const [now, one] = [`${title} = ${shown(model.data(end))}`, `∂${title}/∂${title} = 1`];
    const words = `Forward, every number is known: ${b(now)}. Backward starts at the end, with ${b(one)}.`;
    return asHtml(`${words} Press →, or Step, and watch what comes back.`) + begin;
  }
  if (kind === "edge") return asHtml(edgeClause(model, edge));
  const learns =
    `So each output learns how fast ${costLetter()} changes with it: ` +
    `${kind === "cost" ? outputs(model) : ""}.`;
  if (kind === "cost") return asHtml(say(edgeClause(model, edge), learns));
  const own = neuronClause(model, l, j),
    layer = layerClause(model, l);
  if (level === 2) return asHtml(say(sendClause(model, l, j), own, meetClause(model, l, j)));
  return asHtml(level === 3 ? say(own, layer) : say(layer, matrixClause(model, l)));
};

// --- an edge -------------------------------------------------------------------------------------

function edgeClause(model, edge) {
  const {node, operand, upstream, local, contribution, after, step} = edge,
    to = model.gradientTitle(operand);
  const from = `${model.gradientTitle(node)} = ${shown(upstream)}`;
  if (model.nodes.kind[operand] === "constant") {
    return (
      `Step into a constant: it is not asked how ${costLetter()} changes with it, and nothing is added.`
    );
  }
  if (local === null)
    return `${from} does not come through: ${model.words(operand)} was not selected.`;
  const way =
    `${b(from)} comes back over this edge, is multiplied by the local derivative ` +
    `${localWords(model, edge)}`;
  const total = model.arrivals[operand],
    arrived = model.arrived(operand, step),
    isDelta = model.place.get(operand)?.kind === "z";
  const named =
    isDelta && arrived === total
      ? ` That is ${letterOf("delta")} of the neuron. In ${letterOf("z")} all of its weights, its bias and ` +
        `its inputs meet: their gradients follow from it.`
      : "";
  if (total === 1) return `${way}, and what arrives is ${b(`${to} = ${shown(after)}`)}.${named}`;
  const all =
    arrived < total
      ? `${arrived} of ${total} have arrived.`
      : `All ${total} have arrived: ${shown(after)}.`;
  return `${way}, and ${b(shown(contribution))} is added to ${to}. ${all}${named}`;
}

function localWords(model, {node, place, operand, local}) {
  const op = model.nodes.operation[node],
    at = model.place.get(operand),
    value = plain(local, 4);
  const other = partner(model, node, place),
    isSum = ["add", "total", "dot", "subtract"].includes(model.tape.operations[op]);
  if (other !== null) return `${model.words(other)} = ${value}`;
  if (local === 1 && isSum) return "1 (a sum passes on what it gets)";
  if (at?.kind === "z" && model.place.get(node)?.kind === "a")
    return `${name("slope", at.l, at.j)} = ${value}`;
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
    seen = range(model.sizes[l])
      .slice(0, 3)
      .map(j => model.a[l][j])
      .filter(i => model.arrivals[i]);
  return (
    seen.map(i => b(`${model.gradientTitle(i)} = ${shown(model.graph.grad[i])}`)).join(", ") ||
    "through the z"
  );
}

// --- a neuron, a layer ---------------------------------------------------------------------------

function sendClause(model, l, j) {
  if (l === model.last) return "";
  const n = model.sizes[l + 1],
    fed = n === 1 ? "one neuron" : `${n} neurons`,
    added = n > 1 ? ", and the products add up" : "";
  const product = letterOf("w") + "·" + letterOf("delta");
  return `Neuron ${j} of layer ${l} fed ${fed}: over each line ${product} comes back${added}.`;
}

function neuronClause(model, l, j) {
  const [z, a] = [model.z[l][j], model.a[l][j]],
    C = costLetter(),
    [error, number] = [a, z].map(i => shown(model.graph.grad[i])),
    delta = name("delta", l, j),
    equals = b(`${delta} = ${number}`);
  const coupled = `Softmax couples its neurons: ${name("z", l, j)} moves every output, so`,
    back = throughJ(jacobian(), `∂${C}/∂${letterOf("a")}`, turnedJ).join(" ");
  if (isFused(model, l)) {
    const fused = b(`${delta} = p − y = ${number}`);
    return (
      `${coupled} δ is a sum over all of them, a row of ${back}. With cross-entropy the factors p ` +
      `cancel, and ${fused} is left.`
    );
  }
  if (model.coupled[l])
    return `${coupled} ${equals} is a sum over all of them, a row of ${back}. There is no ${sigma()}′ of one neuron.`;
  const from = l === model.last ? "From the cost" : `Back to neuron ${j} of layer ${l}`;
  if (a === z)
    return `${from} comes ${error}. Its output is ${letterOf("z")} itself, with slope 1: ${equals}.`;
  const share = plain(Math.round(model.slope(l, j, j) * 1000) / 10);
  return (
    `${from} comes ${error}, at its output; the slope ${name("slope", l, j)} lets ${share} % of it ` +
    `through: ${equals}, how fast ${C} changes with ${name("z", l, j)}.`
  );
}

// Why at z: what is a parameter or an input of the neuron is one factor away.
function meetClause(model, l, j) {
  const C = costLetter(),
    [delta, z, a] = [name("delta", l, j), letterOf("z"), letterOf(l > 1 ? "a" : "x")],
    bias = model.b[l] ? `, ∂${C}/∂${letterOf("b")} = ${delta}` : "";
  return `In ${z} its weights and inputs meet: ∂${C}/∂${letterOf("w")} = ${delta} ${a}${bias}.`;
}

function layerClause(model, l) {
  if (l === model.last)
    return `So with every output: layer ${l} has its δ, and from here on the same step repeats.`;
  const W = name("W", l + 1),
    turned = through(W, "", true).join("");
  const [enter, leave] = isToFirst() ? ["row", "column"] : ["column", "row"],
    stands = hasRows() ? "; for rows it stands as" : ", to",
    told = turned === W ? "here the T stood in the forward pass" : "that is the T";
  return (
    `Forward, ${enter} j of ${W} is what enters neuron j. Backward, neuron k of layer ${l} adds up over ` +
    `all it fed: ${leave} k, what leaves it. The grid turns over its diagonal${stands} ${turned}: ` +
    `${b(told)}.`
  );
}

function matrixClause(model, l) {
  const factor = model.a[l][1] === model.z[l][1] ? "" : " (⊙: entry by entry)",
    delta = name("delta", l),
    filled = outer(delta, name("a", l - 1)).join(" "),
    bias = model.b[l] ? `, and ${name("db", l)} = ${delta}` : "";
  return `In matrices: ${b(equationText(model, l))}${factor}. Then ${name("dw", l)} = ${filled}${bias}.`;
}

const turnedJ = J => `${J}ᵀ`;

function equationText(model, l) {
  const slope = model.a[l][1] === model.z[l][1] ? "" : ` ⊙ ${name("slope", l)}`,
    delta = name("delta", l);
  const back = throughJ(jacobian(), name("error", l), turnedJ).join(" ");
  if (l < model.last)
    return `${delta} = ${through(name("W", l + 1), name("delta", l + 1), true).join(" ")}${slope}`;
  if (isFused(model, l))
    return `${delta} = ${model.direct[l] || !model.coupled[l] ? "" : `${back} = `}p − y`;
  return `${delta} = ${model.coupled[l] ? back : name("error", l) + slope}`;
}
