// The whole state in the address: #zoom=2&step=14&n=2-2-1&… A link opens it.
import {specOf} from "./numbers/network.js";

const packed = numbers => {
  const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};
const unpacked = text => {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/")),
    bytes = Uint8Array.from(binary, c => c.charCodeAt(0));
  return [...new Float64Array(bytes.buffer)];
};

export function readAddress(hash) {
  const state = {};
  for (const part of hash.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (at > 0)
      try {
        state[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
      } catch {
        /* a broken link: that part is left out */
      }
  }
  return state;
}

export function writeAddress(app) {
  const parts = [`step=${app.t}`, `zoom=${app.level}`];
  if (app.restructured) parts.push(...structure(specOf(app.graph)));
  const changed = app.changedLeaves();
  if (app.restructured || changed.length > 24)
    parts.push(`all=${packed(app.leaves().map(i => app.graph.data[i]))}`);
  else if (changed.length)
    parts.push(
      `set=${changed.map(i => `${encodeURIComponent(app.labelOf(i))}:${app.graph.data[i]}`).join(",")}`,
    );
  if (app.tab !== "change") parts.push(`tab=${app.tab}`);
  if (app.beat !== null) parts.push(`beat=${app.beat + 1}`);
  if (app.big) parts.push("projector=1");
  if (app.trainer?.dataName) parts.push(`data=${app.trainer.dataName}`);
  return "#" + parts.join("&");
}

function structure(spec) {
  return [
    `n=${spec.sizes.join("-")}`,
    `act=${spec.activations.join(",")}`,
    `loss=${spec.loss}`,
    ...(spec.elementary ? ["elementary=1"] : []),
    `bias=${spec.b.map(b => (b === null ? 0 : 1)).join("")}`,
  ];
}

// The specification that an address asks for, or null. Its numbers follow in `set` or `all`.
export function specIn(state, given) {
  if (!state.n || !given) return null;
  const sizes = state.n.split("-").map(Number),
    activations = (state.act || "").split(",");
  if (
    sizes.length < 2 ||
    sizes.length > 12 ||
    sizes.some(n => !(n >= 1 && n <= 256 && Number.isInteger(n))) ||
    activations.length !== sizes.length - 1
  )
    return null;
  const bias = state.bias || "";
  return {
    ...given,
    sizes,
    activations,
    loss: state.loss || given.loss,
    elementary: state.elementary === "1",
    x: sizes[0] && Array.from({length: sizes[0]}, (_, k) => given.x[k] ?? 1),
    y: Array.from({length: sizes.at(-1)}, (_, k) => given.y[k] ?? (k ? 0 : 1)),
    W: sizes
      .slice(1)
      .map((n, l) =>
        Array.from({length: n}, (_, j) =>
          Array.from({length: sizes[l]}, (_, k) => given.W[l]?.[j]?.[k] ?? 0.5),
        ),
      ),
    b: sizes
      .slice(1)
      .map((n, l) =>
        bias[l] === "0" ? null : Array.from({length: n}, (_, j) => given.b[l]?.[j] ?? 0),
      ),
  };
}

// [node, number] pairs that an address gives.
export function numbersIn(state, app) {
  try {
    if (state.all) {
      const numbers = unpacked(state.all),
        leaves = app.leaves();
      return numbers.length === leaves.length ? leaves.map((i, at) => [i, numbers[at]]) : [];
    }
    if (state.set)
      return state.set
        .split(",")
        .map(pair => {
          const at = pair.lastIndexOf(":");
          return [app.nodeOf(decodeURIComponent(pair.slice(0, at))), Number(pair.slice(at + 1))];
        })
        .filter(
          ([i, x]) => i !== undefined && app.tape.nodes.operation[i] < 0 && Number.isFinite(x),
        );
  } catch {
    /* a broken link opens with the page's own numbers */
  }
  return [];
}
