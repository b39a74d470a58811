"use strict";
// The pass was written down by Python: names, numbers and steps are text. Nothing is computed here but which of
// them are shown. A position is a number of steps taken; a stop is a position at which the page rests.

const $ = id => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const { root: cost, equations, stops: ends, visible, boxes, matrices } = data;
const records = ({ keys, rows }) => rows.map(row => Object.fromEntries(keys.map((key, place) => [key, row[place]])));
const nodes = records(data.nodes), steps = records(data.steps);
const into = nodes.map(() => []);
steps.forEach((step, index) => into[step.operand].push(index));

const state = { by: "node", deltaOnly: false, predict: false, stop: 0, answered: true };
let stops = [0], timer = null, addressing = null;

// --- where the page rests ----------------------------------------------------------------------------------

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
  state.answered = !state.predict;
  render();
  if (!state.answered) $("answer").focus();
}

function reveal() {
  state.answered = true;
  render();
}

// --- what is shown -----------------------------------------------------------------------------------------

// The steps between the last stop and this one, the recursion before weights, biases and inputs.
function group() {
  if (!state.stop) return [];
  const start = state.by === "edge" ? stops[state.stop] - 1 : endBefore(stops[state.stop]);
  const found = [];
  for (let index = start; index < stops[state.stop]; index++)
    if (!state.deltaOnly || steps[index].recursion) found.push(index);
  const named = found.filter(index => nodes[steps[index].operand].kind);
  if (state.by !== "edge" && named.length) found.splice(0, found.length, ...named);  // without numbers in expressions
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

// What is known of a node's gradient when so many steps have been taken.
function known(node, position) {
  const arrived = into[node].filter(index => index < position);
  const { consumers, start } = nodes[node];
  if (start) return { text: start, complete: true, arrived: 0 };
  if (!arrived.length) return { text: "?", complete: false, arrived: 0 };
  const complete = arrived.length === consumers;
  return { text: complete ? steps[arrived.at(-1)].after : `${arrived.length} of ${consumers}`, complete, arrived: arrived.length };
}

function paint(element, node, isKnown) {
  element.style.setProperty("--fill", isKnown ? nodes[node].fill : "transparent");
  element.style.setProperty("--on-fill", isKnown ? nodes[node].ink : "inherit");
}

// --- the picture -------------------------------------------------------------------------------------------

function renderPicture(now, position) {
  const senders = new Set(now.map(index => visible[steps[index].node]));
  const receivers = new Set(now.map(target));
  for (const node of Object.keys(boxes).map(Number)) {
    const element = $("n" + node), { text, complete, arrived } = known(node, position);
    element.classList.toggle("reached", complete);
    element.classList.toggle("partial", !complete && arrived > 0);
    element.classList.toggle("sender", senders.has(node));
    element.classList.toggle("receiver", receivers.has(node) && !senders.has(node));
    paint(element, node, complete);
    const grad = element.querySelector(".grad");
    if (grad) grad.textContent = text;
  }
  for (const edge of document.querySelectorAll("#graph .edge")) edge.classList.remove("passed");
  for (let index = 0; index < position; index++) $(edgeId(index))?.classList.add("passed");
  for (const label of document.querySelectorAll("#graph .weight")) label.classList.remove("now");
  for (const index of now) $("w" + edgeId(index).slice(1))?.classList.add("now");
  const active = $("active");
  if (active) active.innerHTML = now.map(index => arrow(index, now.length)).join("");
}

// A step to a weight is drawn on its line, which leads to what the weight is multiplied by.
function target(index) {
  const { operand, partner, node } = steps[index];
  if (nodes[operand].kind === "w" && partner >= 0) return visible[partner];
  return visible[operand] >= 0 ? visible[operand] : visible[node];
}

function edgeId(index) { return `e${visible[steps[index].node]}-${target(index)}`; }

function arrow(index, count) {
  const from = visible[steps[index].node], to = target(index);
  if (from === to || !(from in boxes) || !(to in boxes)) return "";
  const [x1, y1, w1] = boxes[to], [x2, y2, w2] = boxes[from];
  const line = $(`e${from}-${to}`);
  if (!line && Math.abs(x1 - x2) <= (w1 + w2) / 2 && y1 === y2) return "";  // boxes that touch
  const way = line ? line.getAttribute("d") : `M${x1 + w1 / 2},${y1} L${x2 - w2 / 2},${y2}`;
  if (!steps[index].recursion && state.by !== "edge" && count > 1 && nodes[steps[index].operand].kind === "w"
      && nodes[to].kind === "a") return "";  // the same line carries the error too
  const { operand, partner } = steps[index], isWeight = nodes[operand].kind === "w";
  const label = partner < 0 || isWeight || count > 12 || $(`w${from}-${to}`) ? ""
    : `<text x="${x1 + w1 / 2 + 34}" y="${y1 + (y2 - y1) * 34 / Math.max(x2 - w2 / 2 - x1 - w1 / 2, 34)}">${nodes[partner].data}</text>`;
  return `<path class="${isWeight ? "parameter" : ""}" d="${way}"></path>${label}`;
}

// --- the table ---------------------------------------------------------------------------------------------

function renderTable(now, position) {
  const current = new Set(now.map(index => String(index + 1)));
  let first = null;
  for (const cell of document.querySelectorAll("#deltas td[data-done]")) {
    const isKnown = Number(cell.dataset.done) > 0 && Number(cell.dataset.done) <= position;
    cell.classList.toggle("known", isKnown);
    const made = cell.dataset.made.split(" "), arrived = made.filter(number => Number(number) <= position).length;
    cell.firstChild.textContent = isKnown ? cell.dataset.value : arrived && made.length > 1 ? `${arrived} of ${made.length}` : "?";
    const isNow = made.some(number => current.has(number));
    cell.classList.toggle("now", isNow);
    if (isNow && !first) first = cell;
  }
  if (first) scrollWithin(first, first.closest(".scroll"));
}

function scrollWithin(cell, frame) {
  const inner = cell.getBoundingClientRect(), outer = frame.getBoundingClientRect();
  if (inner.left < outer.left || inner.right > outer.right) frame.scrollLeft += inner.right - outer.right + 10;
  if (inner.top < outer.top) frame.scrollTop -= outer.top - inner.top + 40;
  if (inner.bottom > outer.bottom) frame.scrollTop += inner.bottom - outer.bottom + 10;
}

// --- the card of the step ----------------------------------------------------------------------------------

const signed = text => `<mn>${text}</mn>`;
const number = text => text.startsWith("−") ? `<mrow><mo>(</mo>${signed(text)}<mo>)</mo></mrow>` : signed(text);

// A formula, large, its parentheses close to what is in them.
const formula = (inside, large = true) => `<math displaystyle="${large}">${inside.replaceAll(/<mo>([()])<\/mo>/g,
  '<mo lspace="0" rspace="0" stretchy="false">$1</mo>')}</math>`;
const gradMath = node => nodes[node].isZ ? nodes[node].math.replace("<mi>z</mi>", "<mi>δ</mi>")
  : `<mfrac><mrow><mo>∂</mo><mi>${cost}</mi></mrow><mrow><mo>∂</mo>${nodes[node].math}</mrow></mfrac>`;
const adds = node => nodes[node].consumers > 1 ? "<mo>+=</mo>" : "<mo>=</mo>";
const local = index => steps[index].partner >= 0 ? nodes[steps[index].partner].math : steps[index].symbol;

function symbols(index) {
  const { node, operand } = steps[index];
  return formula(`${gradMath(operand)}${adds(operand)}${gradMath(node)}<mo>·</mo>${local(index)}`);
}

function numbers(index) {
  const { upstream, local, contribution } = steps[index];
  const result = state.answered ? signed(contribution) : "<mo>?</mo>";
  return formula(`<mo>=</mo>${number(upstream)}<mo>·</mo>${number(local)}<mo>=</mo>${result}`);
}

function outcome(index) {
  const { operand, before, after, waiting } = steps[index], { grad, consumers, text } = nodes[operand];
  if (!state.answered) return "";
  const arrived = consumers - waiting;
  const progress = waiting ? `${arrived} of ${consumers} consumers so far` : "complete";
  const change = arrived > 1 ? `${before} → <span class="after">${after}</span>` : `<span class="after">${after}</span>`;
  return consumers > 1 ? `<p class="state">${grad}: ${change}, ${progress}</p>` : "";
}

function renderNow(now) {
  const card = $("formulas");
  if (!now.length) {
    const root = nodes.findIndex(node => node.start);
    $("now-title").textContent = "Before the first step";
    card.innerHTML = `${formula(`${gradMath(root)}<mo>=</mo><mn>1</mn>`)}
      <p>The pass starts at ${nodes[root].text}. Every step multiplies a gradient that has arrived by one local
      derivative, and adds the product to the operand's gradient.</p>`;
    $("guess").hidden = true;
    return;
  }
  $("now-title").textContent = title(now);
  const full = now.filter((index, place) => place === 0 || steps[index].recursion).slice(0, 3);
  const rest = now.filter(index => !full.includes(index));
  card.innerHTML = full.map(index => `<div class="one">${symbols(index)}${numbers(index)}${outcome(index)}</div>`).join("")
    + (rest.length && state.answered ? restOf(rest) : "");
  $("guess").hidden = state.answered;
  if (!state.answered) { $("answer").value = ""; $("verdict").textContent = ""; }
}

function title(now) {
  if (state.by === "layer") {
    const layers = [...new Set(now.map(index => nodes[steps[index].node].layer).filter(Boolean))];
    return layers.length ? `Layer ${layers.join(", ")} passes its error back` : "The cost passes its gradient back";
  }
  const { node, operand } = steps[now[0]];
  if (state.by === "edge") return `${nodes[node].text} passes to ${nodes[operand].text}`;
  return `${nodes[node].text} passes ${nodes[node].grad} on`;
}

function restOf(rest) {
  const shown = rest.slice(0, 7).map(index => {
    const { operand, contribution } = steps[index];
    return formula(gradMath(operand), false)
      + formula(`${adds(operand)}${gradMath(steps[index].node)}<mo>·</mo>${local(index)}<mo>=</mo>${signed(contribution)}`, false);
  });
  const more = rest.length > 7 ? `<p>and ${rest.length - 7} more</p>` : "";
  return `<div class="rest">${shown.join("")}</div>${more}`;
}

function check(event) {
  event.preventDefault();
  const { contribution } = steps[group()[0]], typed = $("answer").value.trim();
  const value = text => Number(text.replace("−", "-").replace(",", "."));
  const truth = value(contribution), guess = value(typed);
  if (!typed || Number.isNaN(guess)) {
    $("verdict").textContent = "Type a number, such as −0.25.";
  } else if (Math.abs(guess - truth) <= 0.005 * Math.abs(truth) + 0.00005) {
    reveal();
    say(`Right: ${contribution}.`);
    $("formulas").insertAdjacentHTML("beforeend", `<p class="after">Right.</p>`);
  } else if (Math.abs(guess + truth) <= 0.005 * Math.abs(truth) + 0.00005) {
    $("verdict").textContent = "The size is right, the sign is not.";
  } else {
    $("verdict").textContent = "Not this number: multiply the two factors.";
  }
}

// --- around it: neighbours, ledger, matrix, code --------------------------------------------------------------

function neighbour(node, position, kind) {
  const { text, complete } = known(node, position);
  const colours = complete ? `style="--fill:${nodes[node].fill};--on-fill:${nodes[node].ink}"` : "";
  return `<p class="${kind}" ${colours}>${nodes[node].text}<b>${nodes[node].isZ ? "δ" : "∂"} ${text}</b></p>`;
}

function several(list, position, kind) {
  const shown = list.slice(0, 5).map(node => neighbour(node, position, kind)).join("");
  return shown + (list.length > 5 ? `<p>and ${list.length - 5} more</p>` : "");
}

function renderAround(now, position) {
  const node = now.length ? steps[now.at(-1)].node : nodes.findIndex(one => one.start);
  const consumers = [...new Set(into[node].map(index => steps[index].node))];
  const operands = [...new Set(now.filter(index => steps[index].node === node).map(index => steps[index].operand))];
  $("around").innerHTML = `<h3>operands</h3><h3>← node</h3><h3>← consumers</h3>
    <div>${several(operands, position, "target")}</div><div>${neighbour(node, position, "self")}</div>
    <div>${several(consumers, position, "")}</div>`;
}

function renderLedgers(now, position) {
  const shared = [...new Set(now.filter(index => steps[index].recursion).map(index => steps[index].operand))]
    .filter(node => nodes[node].consumers > 1).slice(0, 3);
  $("ledger").hidden = !shared.length;
  $("ledger-title").textContent = "Ledger: who added what";
  $("ledgers").innerHTML = shared.map(node => `<table><thead><tr><th scope="col">${nodes[node].grad}</th>
    <th scope="col">upstream × local</th><th scope="col">adds</th><th scope="col">running</th></tr></thead>
    <tbody>${into[node].slice(0, 12).map(index => ledgerRow(index, now, position)).join("")}</tbody></table>`).join("");
}

function ledgerRow(index, now, position) {
  const { node, upstream, local, contribution, after } = steps[index], done = index < position;
  const cells = done ? [`${upstream} × ${local}`, contribution, after] : [`? × ${local}`, "?", "?"];
  return `<tr class="${now.includes(index) ? "now" : ""}"><th scope="row">from ${nodes[node].text}</th>
    ${cells.map(cell => `<td>${cell}</td>`).join("")}</tr>`;
}

function renderMatrix(now, position) {
  const weight = now.find(index => "wb".includes(nodes[steps[index].operand].kind || "-"));
  const matrix = weight === undefined ? null : matrices[nodes[steps[weight].operand].layer];
  $("outer").hidden = !matrix;
  if (!matrix) return;
  $("outer-title").innerHTML = matrix.title;
  const current = new Set(now.map(index => index + 1));
  const cell = ([text, done]) => `<td class="${current.has(done) ? "now" : ""}">${done <= position ? text : "?"}</td>`;
  const heads = matrix.columns.map(([name, text]) => `<th scope="col">${name}<br>${text}</th>`).join("");
  const rows = matrix.rows.map(row => `<tr><th scope="row">${row.name}</th>
    <td class="corner">${row.done <= position ? row.delta : "?"}</td>${row.cells.map(cell).join("")}</tr>`);
  $("outer").querySelector(".scroll").innerHTML =
    `<table><thead><tr><th></th><th scope="col" class="corner">δ \\ a</th>${heads}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function renderCode(now) {
  const step = now.length ? steps[now[0]] : null;
  for (const live of document.querySelectorAll("pre .live")) {
    live.textContent = step ? "  # " + {
      node: () => nodes[step.node].text,
      upstream_gradient: () => step.upstream,
      operand: () => `${nodes[step.operand].text}, ${step.local}`,
      contribution: () => state.answered ? step.contribution : "?",
      grad: () => state.answered ? `${step.before} → ${step.after}` : "?",
    }[live.dataset.of]() : "";
    live.parentElement.classList.toggle("hit", Boolean(step) && live.dataset.of === "grad");
  }
}

// --- everything as text ------------------------------------------------------------------------------------

function renderSteps(position) {
  const frame = $("steps").querySelector(".scroll");
  if (!$("steps").open) return;
  if (!frame.firstChild) frame.innerHTML = `<table><thead><tr>${["step", "from", "to", "upstream × local = contribution",
    "gradient", "what it is"].map(head => `<th scope="col">${head}</th>`).join("")}</tr></thead><tbody>${steps.map((step, index) =>
    `<tr><th scope="row">${index + 1}</th><td>${nodes[step.node].text}</td><td>${nodes[step.operand].text}</td>
    <td>${step.upstream} × ${step.local} = ${step.contribution}</td>
    <td>${step.before} → ${step.after}</td><td>${equations[step.equation]}</td></tr>`).join("")}</tbody></table>`;
  frame.querySelector("tr.now")?.classList.remove("now");
  if (position) frame.querySelectorAll("tbody tr")[position - 1].classList.add("now");
}

function renderValues(position) {
  if (!$("values").open) return;
  $("values").querySelector(".scroll").innerHTML = `<table><thead><tr>${["value", "data", "gradient", "", "consumers that have passed theirs"]
    .map(head => `<th scope="col">${head}</th>`).join("")}</tr></thead><tbody>${nodes.map((node, place) => {
    const { text, complete, arrived } = known(place, position);
    return node.kind ? `<tr><th scope="row">${node.text}</th><td>${node.data}</td><td>${node.grad}</td>
      <td>${complete ? text : "?"}</td><td>${arrived} of ${node.consumers}</td></tr>` : "";
  }).join("")}</tbody></table>`;
}

function caption(now) {
  if (!now.length) return `Before the first step, of ${stops.length - 1}.`;
  const { node, operand, upstream, local, contribution } = steps[now[0]];
  const others = now.length > 1 ? ` and ${now.length - 1} more` : "";
  const result = state.answered ? contribution : "what?";
  return `Step ${state.stop} of ${stops.length - 1}. ${nodes[node].spoken} passes to ${nodes[operand].spoken}${others}: `
    + `${upstream} times ${local} is ${result}.`;
}

function say(text) { $("caption").textContent = text; }

// --- controls ----------------------------------------------------------------------------------------------

function renderControls(now) {
  const slider = $("slider"), text = caption(now);
  slider.max = stops.length - 1;
  slider.value = state.stop;
  slider.setAttribute("aria-valuetext", text);
  say(text);
  $("back").disabled = state.stop === 0;
  $("step").disabled = state.stop === stops.length - 1 && state.answered;
  $("delta-only").setAttribute("aria-pressed", state.deltaOnly);
  $("predict").setAttribute("aria-pressed", state.predict);
  document.querySelector(`input[value=${state.by}]`).checked = true;
  if (state.stop === stops.length - 1) pause();
  const parts = [`step=${state.stop}`, state.by === "node" ? "" : `by=${state.by}`, state.deltaOnly ? "only=delta" : ""];
  clearTimeout(addressing);  // browsers complain of an address that changes with every repeat of a key
  addressing = setTimeout(() => history.replaceState(null, "", "#" + parts.filter(Boolean).join("&")), 200);
}

function play() {
  if (timer) return pause();
  if (state.stop === stops.length - 1) goTo(0);
  timer = setInterval(step, 1600);
  $("play").textContent = "Pause";
  $("play").setAttribute("aria-pressed", "true");
}

function pause() {
  clearInterval(timer);
  timer = null;
  $("play").textContent = "Play";
  $("play").setAttribute("aria-pressed", "false");
}

function setPredict(on) {
  state.predict = on;
  if (on) pause();
  reveal();
}

function setLarge(on) {
  document.body.classList.toggle("large", on);
  $("large").setAttribute("aria-pressed", on);
}

function follow(address) {
  clearTimeout(addressing);
  const wanted = new URLSearchParams(new URL(address).hash.slice(1));
  state.by = ["edge", "layer"].includes(wanted.get("by")) ? wanted.get("by") : "node";
  state.deltaOnly = wanted.get("only") === "delta" && !$("delta-only").hidden;
  stops = stopsOf(state.by, state.deltaOnly);
  goTo(Number.parseInt(wanted.get("step"), 10) || 0);
}

const keys = {
  ArrowRight: step, ArrowLeft: () => goTo(state.stop - 1), Home: () => goTo(0), End: () => goTo(stops.length - 1),
  " ": play, e: () => setMode("edge", state.deltaOnly), n: () => setMode("node", state.deltaOnly),
  l: () => setMode("layer", state.deltaOnly), d: () => $("delta-only").click(), p: () => setPredict(!state.predict),
  b: () => setLarge(!document.body.classList.contains("large")),
};

document.addEventListener("keydown", event => {
  const own = event.target.closest("input, button, summary, .scroll");
  const typing = own && own.id === "answer";
  const moving = own && own.tagName !== "BUTTON" && /^(Arrow|Home|End)/.test(event.key);
  const pressing = own && event.key === " ";
  if (typing || moving || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (action) { event.preventDefault(); action(); }
});
$("back").addEventListener("click", () => goTo(state.stop - 1));
$("step").addEventListener("click", step);
$("play").addEventListener("click", play);
$("slider").addEventListener("input", event => goTo(Number(event.target.value)));
$("delta-only").addEventListener("click", () => setMode(state.by, !state.deltaOnly));
$("predict").addEventListener("click", () => setPredict(!state.predict));
$("large").addEventListener("click", () => setLarge(!document.body.classList.contains("large")));
$("guess").addEventListener("submit", check);
$("reveal").addEventListener("click", reveal);
for (const radio of document.querySelectorAll("input[name=by]"))
  radio.addEventListener("change", () => setMode(radio.value, state.deltaOnly));
for (const id of ["steps", "values"]) $(id).addEventListener("toggle", render);
window.addEventListener("hashchange", event => follow(event.newURL));
const printing = () => { $("steps").open = true; renderSteps(stops[state.stop]); };
window.addEventListener("beforeprint", printing);
matchMedia("print").addEventListener("change", event => event.matches && printing());
if (matchMedia("(max-width: 600px)").matches) $("options").open = false;
$("delta-only").hidden = !nodes.some(node => node.isZ);
follow(location.href);
