// The whole state in the address: #zoom=2&step=14&n=2-2-1&… A link opens it. Training is not
// written down but repeated: it is the same each time, from the numbers with which it began.
import {specOf} from "./numbers/network.js";

const MOST_NAMED = 24; // numbers that stand there by name; of more, all do, packed
const MOST_LAYERS = 12,
  MOST_NEURONS = 256,
  MOST_WEIGHTS = 100_000;

function packed(numbers) {
  const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function unpacked(text) {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return [...new Float64Array(Uint8Array.from(binary, c => c.charCodeAt(0)).buffer)];
}

export function readAddress(hash) {
  const state = {};
  for (const part of hash.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    try {
      if (at > 0) state[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
    } catch {
      // a broken link: that part is left out
    }
  }
  return state;
}

// With `complete` also what is as the page was given, so that another page opens it.
export function writeAddress(app, complete = false) {
  const parts = [`step=${app.t}`, `zoom=${app.level}`],
    {trainer, graph} = app,
    changed = app.changedLeaves();
  const isNetwork = app.tape.network?.rebuilds,
    training = isNetwork ? trainer.repeatable() : null;
  const whole = app.restructured || changed.length > MOST_NAMED || training || (complete && isNetwork);
  if (whole && isNetwork) parts.push(...structure(specOf(graph)));
  if (whole) parts.push(`all=${packed(training ? app.numbersOf(training.start) : app.numbers())}`);
  else if (changed.length) {
    const pairs = changed.map(i => `${encodeURIComponent(nameIn(app, i))}:${graph.data[i]}`);
    parts.push(`set=${pairs.join(",")}`);
  }
  if (app.tab !== "change") parts.push(`tab=${app.tab}`);
  if (app.beat !== null) parts.push(`beat=${app.beat + 1}`);
  if (app.big) parts.push("projector=1");
  if (trainer.dataName) parts.push(`data=${trainer.dataName}`);
  if (training) parts.push(`train=${training.facts.join(",")}`);
  return "#" + parts.join("&");
}

// A node by its label, if that is its own alone and can stand in a list; else by its number.
function nameIn(app, i) {
  const label = app.labelOf(i);
  return app.nodeOf(label) === i && !/[,&%]/.test(label) ? label : `#${i}`;
}

function structure({sizes, activations, loss, elementary, b}) {
  const parts = [`n=${sizes.join("-")}`, `act=${activations.join(",")}`, `loss=${loss}`];
  if (elementary) parts.push("elementary=1");
  return [...parts, `bias=${b.map(biases => (biases === null ? 0 : 1)).join("")}`];
}

// The specification that an address asks for, or null. Its numbers follow in `all`.
export function specIn(state, given) {
  if (!state.n || !given) return null;
  const sizes = state.n.split("-").map(Number),
    activations = (state.act || "").split(","),
    bias = state.bias || "";
  const isSize = n => Number.isInteger(n) && n >= 1 && n <= MOST_NEURONS;
  if (sizes.length < 2 || sizes.length > MOST_LAYERS || !sizes.every(isSize)) return null;
  if (activations.length !== sizes.length - 1) return null;
  if (sizes.slice(1).reduce((sum, n, l) => sum + n * sizes[l], 0) > MOST_WEIGHTS) return null;
  const fill = (count, make) => Array.from({length: count}, (_, k) => make(k));
  return {
    ...given,
    sizes,
    activations,
    loss: state.loss || given.loss,
    elementary: state.elementary === "1",
    x: fill(sizes[0], k => given.x[k] ?? 1),
    y: fill(sizes.at(-1), k => given.y[k] ?? (k ? 0 : 1)),
    W: sizes.slice(1).map((n, l) => fill(n, j => fill(sizes[l], k => given.W[l]?.[j]?.[k] ?? 0.5))),
    b: sizes.slice(1).map((n, l) => (bias[l] === "0" ? null : fill(n, j => given.b[l]?.[j] ?? 0))),
  };
}

// [node, number] pairs that an address gives; a broken link opens with the page's own numbers.
export function numbersIn(state, app) {
  try {
    if (state.all) {
      const numbers = unpacked(state.all),
        leaves = app.leaves();
      return numbers.length === leaves.length ? leaves.map((i, at) => [i, numbers[at]]) : [];
    }
    const pairs = (state.set || "").split(",").map(pair => {
      const at = pair.lastIndexOf(":");
      return [app.nodeOf(pair.slice(0, at)), Number(pair.slice(at + 1))];
    });
    return pairs.filter(([i, x]) => i !== undefined && app.isChangeable(i) && Number.isFinite(x));
  } catch {
    return [];
  }
}
