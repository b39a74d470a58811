// What stands beside the stage and around it: sentence, formula, bars, hint, and the places of the handles.
import {writeAddress} from "../address.js";
import {shown} from "../numbers/numerals.js";
import {hintOf} from "../pointer.js";
import {barsOf} from "./bars.js";
import {formulaOf} from "./formula.js";
import {escaped, unbroken} from "./names.js";
import {sentence} from "./sentence.js";

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
  const [said, written, bars] = saidAndWritten(app);
  app.root.classList.toggle("guided", app.guided);
  write($("sentence"), "html", unbroken(said));
  if (write($("formula"), "html", written, app.stage.measured().key)) fit($("formula"));
  write($("bars"), "html", bars);
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

// The sentence, the formula and the bars. The guide may tell of an earlier step than the last, or a
// formula of its own.
function saidAndWritten(app) {
  const {model, level, t, graph, focus} = app,
    told = (app.guided && app.told) || {},
    at = told.t ?? t;
  if (graph.error) return [`These numbers have no cost: ${escaped(graph.error)}.`, "", ""];
  if (app.asked) return [escaped(app.asked), "", ""];
  if (told.formula) return [sentence(model, level, t, focus), told.formula, ""];
  return [sentence(model, level, at, focus), formulaOf(model, level, at, focus), barsOf(app, at)];
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
