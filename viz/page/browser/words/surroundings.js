// What stands beside the stage and around it: sentence, formula, bars, hint, and the places of the handles.
import {writeAddress} from "../address.js";
import {shown} from "../numbers/numerals.js";
import {hintOf} from "../pointer.js";
import {signColour} from "../stage/colours.js";
import {contributions, formulaOf} from "./formula.js";
import {escaped, unbroken} from "./names.js";
import {sentence, subject} from "./sentence.js";

const UNITS = [, "edge", "neuron", "layer", "layer"]; // by zoom

// Text, HTML or an attribute is written if it is another than before, or its room is: each writing
// costs a layout.
const kept = new WeakMap();
function write(element, what, value, room = "") {
  if (!kept.has(element)) kept.set(element, {});
  const known = kept.get(element);
  if (known[what] === value + room) return false;
  known[what] = value + room;
  if (what === "html") element.innerHTML = value;
  else if (what === "text") element.textContent = value;
  else element.setAttribute(what, value);
  return true;
}

// A formula breaks where its parts meet. If it is still too large for its panel its type is made
// smaller, and then the lines between the first and the last are left out, one by one.
function fit(panel) {
  const parts = [panel, ...panel.children],
    isIn = each => each.scrollWidth <= each.clientWidth && each.scrollHeight <= panel.clientHeight;
  panel.classList.remove("tight");
  if (parts.every(isIn)) return;
  panel.classList.add("tight");
  while (panel.children.length > 2 && !parts.every(isIn)) panel.children[1].remove();
}

export function showWords(app) {
  const {model, level, t, graph, tape, $} = app,
    isNetwork = model.neurons;
  const [said, written] = saidAndWritten(app);
  app.root.classList.toggle("guided", app.guided);
  write($("sentence"), "html", unbroken(said));
  if (write($("formula"), "html", written, app.stage.measured().key)) fit($("formula"));
  write($("bars"), "html", barsOf(app));
  const notice = app.hover ? hintOf(app, app.hover) : (app.notice ?? "");
  write($("hint"), "text", notice);
  $("hint").hidden = !notice;
  const sizes = isNetwork ? `${model.sizes.join("-")} · ` : "",
    count = graph.count.toLocaleString("en");
  const cost = `${model.title(tape.root)} = ${shown(graph.data[tape.root])}`;
  write(
    $("what"),
    "text",
    `${sizes}${cost} · ${count} nodes${tape.why ? " · recorded numbers" : ""}`,
  );
  showPlace(app, model.stops[level], isNetwork ? UNITS[level] : "edge");
  app.root.querySelectorAll("#lever button").forEach(button => {
    const on = Number(button.dataset.zoom) === level;
    write(button, "aria-checked", String(on));
    button.tabIndex = on ? 0 : -1;
  });
  $("lever").hidden = !isNetwork;
  $("undo").disabled = !app.history.length;
  app.panels[app.tab].show();
  app.trainer.handle();
  keepAddress(app);
}

function saidAndWritten(app) {
  const {model, level, t, graph, focus} = app;
  if (graph.error) return [`These numbers have no cost: ${escaped(graph.error)}.`, ""];
  if (app.asked) return [escaped(app.asked), ""];
  return [sentence(model, level, t, focus), formulaOf(model, level, t, focus)];
}

// How far the pass is: the first stop of neurons and layers is the cost.
function showPlace(app, stops, unit) {
  const {$, t} = app,
    at = stops.findIndex(stop => stop >= t),
    first = unit === "edge" ? 0 : 1,
    last = stops.length - 1;
  const text = at && at <= first ? "cost" : `${Math.max(0, at - first)} of ${last - first} ${unit}s`;
  if ($("time").max !== String(last)) $("time").max = last;
  if ($("time").value !== String(at)) $("time").value = at;
  write($("time"), "aria-valuetext", text);
  write($("count"), "text", text);
}

function keepAddress(app) {
  clearTimeout(app.writing);
  app.writing = setTimeout(() => {
    const address = writeAddress(app);
    try {
      if (address !== location.hash) history.replaceState(null, "", address);
    } catch {
      // in a notebook's frame there is no address
    }
  }, 150);
}

// Head to tail from 0: what was added, and below what it comes to. Cancellation is seen.
function barsOf(app) {
  const {model, level, t, focus} = app,
    about = subject(model, level, t, focus);
  let terms = [];
  if (app.asked) return "";
  if (app.tape.computes && isThroughActivation(model, about)) return curveOf(app, about.edge);
  if (about.kind === "layer") terms = contributions(model, about.l, about.j);
  else if (about.kind === "edge" && model.arrivals[about.edge.operand] > 1) {
    terms = [about.edge.before, about.edge.contribution].filter(x => x !== 0);
  }
  terms = terms.filter(Number.isFinite).slice(0, 64);
  if (!terms.length) return "";
  const {width, height} = app.stage.measured().bars,
    ends = [0];
  for (const x of terms) ends.push(ends.at(-1) + x);
  const sum = ends.at(-1),
    low = Math.min(...ends, ...terms),
    high = Math.max(...ends, ...terms);
  const at = x => 4 + ((x - low) * (width - 8)) / (high - low || 1),
    h = Math.max(1, Math.min(14, height / (terms.length + 1) - 1));
  const bar = (from, to, row, number, edge = "") => {
    const [left, right] = [at(from), at(to)].sort((p, q) => p - q),
      wide = Math.max(1, right - left);
    const box =
      `x="${left.toFixed(1)}" y="${(row * (h + 1)).toFixed(1)}" ` + `width="${wide.toFixed(1)}"`;
    return (
      `<rect ${box} height="${h.toFixed(1)}" fill="${signColour(number, Math.abs(number))}"${edge}/>`
    );
  };
  const shapes = terms.map((x, row) => bar(ends[row], ends[row + 1], row, x));
  const edge = ' stroke="currentColor" stroke-width="1.5"';
  if (terms.length > 1) shapes.push(bar(0, sum, terms.length, sum, edge));
  const zero = `<path d="M${at(0).toFixed(1)},0 V${height}" stroke="currentColor" opacity=".5"/>`;
  return (
    shapes.join("") +
    zero +
    `<title>${terms.length > 1 ? "the products, head to tail, and their sum" : ""}</title>`
  );
}

const isThroughActivation = (model, {kind, edge}) =>
  kind === "edge" &&
  model.place.get(edge.node)?.kind === "a" &&
  model.place.get(edge.operand)?.kind === "z" &&
  model.arrivals[edge.operand] === 1;

// σ around z, with the line whose slope is σ′(z).
function curveOf(app, {node, operand, local}) {
  const {graph} = app,
    z = graph.data[operand],
    further = graph.numbers(node).slice(1),
    value = x => graph.rules[node].value(x, ...further),
    {width, height} = app.stage.measured().bars,
    reach = Math.max(5, Math.abs(z) + 2);
  const xs = Array.from({length: 81}, (_, n) => (n / 40 - 1) * reach),
    ys = xs.map(value),
    [low, high] = [Math.min(...ys), Math.max(...ys)];
  const at = (x, y) =>
    `${(((x + reach) / reach / 2) * width).toFixed(1)},` +
    (3 + ((high - y) * (height - 6)) / (high - low || 1)).toFixed(1);
  const tangent = [-1, 1].map(way => at(z + 1.5 * way, value(z) + 1.5 * way * local)).join(" ");
  const [cx, cy] = at(z, value(z)).split(",");
  return (
    `<polyline points="${xs.map((x, n) => at(x, ys[n])).join(" ")}" fill="none" stroke="currentColor" ` +
    `opacity=".55"/><polyline points="${tangent}" stroke="currentColor" stroke-width="2.5"/><circle ` +
    `cx="${cx}" cy="${cy}" r="4" fill="currentColor"/><title>σ around z, and its slope</title>`
  );
}
