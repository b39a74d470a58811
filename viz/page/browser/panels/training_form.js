// What training is asked for, and what is seen of it: curves by epoch, and the map of two inputs.
import {shown} from "../numbers/numerals.js";
import {costLetter, name} from "../words/names.js";
import {curves, map} from "./charts.js";

export const NOT_HERE =
  `<p class="small">Training needs a network whose activation and loss are those of <code>nn</code>.</p>`;
export const FORM = `
  <div class="row"><label for="dataset">data</label>
    <select id="dataset"><option value="">this example</option><option value="xor">XOR</option>
      <option value="moons">moons</option><option value="iris">iris</option></select>
    <label for="file" class="pair">own CSV <input id="file" type="file"
      accept=".csv,text/csv,text/plain"></label></div>
  <div class="row"><button id="go" aria-pressed="false">Train</button><button id="one">One
    step</button>
    <label class="pair">ε <input class="rate" id="rate" type="number" min="0" step="any"
      value="0.5"></label>
    <label class="pair">per step <select id="batch"><option value="all">all examples</option>
      <option value="1">one example</option><option value="10">10 examples</option></select></label>
    <label for="speed">speed</label><input id="speed" type="range" min="0" max="6" value="2"></div>
  <div class="row"><label for="example">example</label><input id="example" type="range" min="0"
    max="0" value="0">
    <output id="which-example" for="example"></output></div>
  <p id="told" aria-live="polite"></p>
  <div class="charts">
    <figure><canvas id="cost-chart" role="img" aria-label="cost by epoch"></canvas><figcaption
      id="cost-words"></figcaption></figure>
    <figure><canvas id="norm-chart" role="img" aria-label="size of delta of each layer by
      epoch"></canvas>
      <figcaption id="norm-words"></figcaption></figure>
    <figure id="boundary"><canvas id="map" role="img" aria-label="what is chosen over the two inputs,
      with the examples"></canvas>
      <figcaption><select id="whose" aria-label="of which neuron"></select> over x₁, x₂</figcaption>
    </figure></div>`;
const MOST_LISTED = 200; // neurons

// The panel as it is now.
export function drawTraining(panel) {
  const {app, training, get, epoch, example, stale} = panel,
    history = training?.history ?? [],
    last = history[Math.max(0, epoch - 1)];
  if (!get("go")) return;
  const count = training?.data.x.length ?? 1,
    C = costLetter(),
    isPlane = app.model.sizes?.[0] === 2;
  Object.assign(get("example"), {max: count - 1, value: example, disabled: count < 2});
  get("which-example").textContent = count > 1 ? `${example + 1} of ${count}` : "the only one";
  curves(get("cost-chart"), [history.map(({cost}) => cost)], false, epoch);
  const mean = count > 1 ? `mean of ${count}: ` : "";
  get("cost-words").textContent = last
    ? `cost, ${mean}${C} = ${shown(last.cost)}`
    : "cost: train to see it";
  const norms = last?.deltaNorms ?? [],
    dash = l => ["solid", "dashed", "dotted"][l % 3];
  curves(
    get("norm-chart"),
    norms.map((_, l) => history.map(({deltaNorms}) => deltaNorms[l])),
    true,
    epoch,
  );
  const each = norms.map((x, l) => `${l ? "" : "layer "}${l + 1} ${dash(l)} ${x.toPrecision(2)}`);
  get("norm-words").textContent = last ? `‖δ‖, log scale: ${each.join(", ")}` : "‖δ‖ of each layer";
  get("boundary").hidden = !isPlane;
  if (isPlane) listNeurons(get("whose"), app.model.sizes);
  const neuron = isPlane && (pointedAt(app) ?? chosen(get("whose")));
  if (isPlane && training && !stale) map(get("map"), training, {epoch, example, neuron});
}

// Whose output the map shows: all neurons, by layer and place.
function listNeurons(select, sizes) {
  const key = sizes.join("-");
  if (select.dataset.sizes === key) return;
  select.dataset.sizes = key;
  const all = sizes.flatMap((size, l) => (l ? Array.from({length: size}, (_, j) => [l, j + 1]) : [])),
    isLong = all.length > MOST_LISTED;
  const options = (isLong ? [] : all).map(([l, j]) => new Option(name("a", l, j), `${l} ${j}`));
  select.replaceChildren(new Option("output", ""), ...options);
}

function chosen(select) {
  const [l, j] = select.value.split(" ").map(Number);
  return j ? {l, j} : null;
}

// The neuron on the stage under the pointer.
function pointedAt({hover, model}) {
  const isNeuron = hover?.l >= 1 && hover.l <= model.last && hover.j && ["z", "a", "delta"].includes(hover.kind);
  return isNeuron ? hover : null;
}
