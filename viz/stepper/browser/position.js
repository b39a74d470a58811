"use strict";
// The pass was written down by Python: names, numbers and steps are text. Nothing is computed here but which of
// them are shown. A position is a number of steps taken; a stop is a position at which the page rests.

const $ = id => document.getElementById(id);
// Labels are people's own: in markup they stand as text.
const plain = text => text.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`);
const data = JSON.parse($("data").textContent);
const { root: cost, equations, stops: ends, visible, boxes, matrices } = data;
const records = ({ keys, rows }) => rows.map(row => Object.fromEntries(keys.map((key, place) => [key, row[place]])));
const nodes = records(data.nodes), steps = records(data.steps);
const into = nodes.map(() => []);
steps.forEach((step, index) => into[step.operand].push(index));

const state = { by: "node", deltaOnly: false, predict: false, stop: 0, answered: true };
let stops = [0], timer = null, addressing = null;

// --- where the page rests ---------------------------------------------------------------------------------

function stopsOf(by, deltaOnly) {
  const wanted = index => !deltaOnly || steps[index].recursion;
  if (by === "edge") return [0, ...steps.map((_, index) => index + 1).filter(end => wanted(end - 1))];
  return [0, ...ends[by].filter((end, place) => {
    for (let index = place ? ends[by][place - 1] : 0; index < end; index++) if (wanted(index)) return true;
    return false;
  })];
}

function setMode(by, deltaOnly) {
  const position = stops[state.stop];
  Object.assign(state, { by, deltaOnly, answered: true });
  stops = stopsOf(by, deltaOnly);
  state.stop = Math.max(0, stops.findLastIndex(stop => stop <= position));
  render();
}

function goTo(stop) {
  state.stop = Math.min(Math.max(stop, 0), stops.length - 1);
  state.answered = true;
  render();
}

// One step on; when predicting, the next number is asked for before it is shown.
function step() {
  if (state.stop === stops.length - 1) return;
  if (state.predict && !state.answered) return reveal();
  state.stop++;
  state.answered = !state.predict || group().every(intoConstant);
  render();
  if (!state.answered) $("answer").focus();
}

function reveal() {
  state.answered = true;
  render();
}

// --- what is shown ----------------------------------------------------------------------------------------

// The steps between the last stop and this one, the recursion before weights, biases and inputs.
function group() {
  if (!state.stop) return [];
  const start = state.by === "edge" ? stops[state.stop] - 1 : endBefore(stops[state.stop]);
  const found = [];
  for (let index = start; index < stops[state.stop]; index++)
    if (!state.deltaOnly || steps[index].recursion) found.push(index);
  const asked = found.filter(index => !intoConstant(index));
  if (asked.length) found.splice(0, found.length, ...asked);
  const rank = index => (steps[index].recursion ? 0 : "wb".includes(nodes[steps[index].operand].kind || "-") ? 1 : 2);
  return found.sort((a, b) => rank(a) - rank(b) || a - b);
}

function endBefore(position) {
  const place = ends[state.by].indexOf(position);
  return place > 0 ? ends[state.by][place - 1] : 0;
}

function render() {
  const now = group();
  const position = state.answered ? stops[state.stop] : stops[state.stop - 1];
  renderHeader(now);
  renderPicture(now, position);
  renderTable(now, position);
  renderNow(now);
  renderAround(now, position);
  renderLedgers(now, position);
  renderMatrix(now, position);
  renderCode(now);
  renderSteps(position);
  renderValues(position);
  renderControls(now);
}

function renderHeader(now) {
  $("count").textContent = `step ${state.stop} of ${stops.length - 1}`;
  const [first, ...others] = new Set(now.map(index => equations[steps[index].equation]));
  const short = others.map(text => text.match(/^\(\d\)/)?.[0]).filter(text => text && !first.startsWith(text));
  $("chip").textContent = [first, ...new Set(short)].join(" ");
}

const intoConstant = index => nodes[steps[index].operand].constant;

// What is known of a node's gradient when so many steps have been taken.
function known(node, position) {
  const arrived = into[node].filter(index => index < position);
  const { consumers, start, constant } = nodes[node];
  if (constant) return { text: "–", complete: false, arrived: 0 };
  if (start) return { text: start, complete: true, arrived: 0 };
  if (!arrived.length) return { text: "?", complete: false, arrived: 0 };
  const complete = arrived.length === consumers;
  return { text: complete ? steps[arrived.at(-1)].after : `${arrived.length} of ${consumers}`, complete, arrived: arrived.length };
}

function paint(element, node, isKnown) {
  element.style.setProperty("--fill", isKnown ? nodes[node].fill : "transparent");
  element.style.setProperty("--on-fill", isKnown ? nodes[node].ink : "inherit");
}
