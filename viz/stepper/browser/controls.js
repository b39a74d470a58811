// Everything as text, for screen readers and print; buttons, keys, the slider and the address.

function renderSteps(position) {
  const frame = $("steps").querySelector(".scroll");
  if (!$("steps").open) return;
  if (!frame.firstChild) frame.innerHTML = `<table><thead><tr>${["step", "from", "to", "upstream × local = contribution",
    "gradient", "what it is"].map(head => `<th scope="col">${head}</th>`).join("")}</tr></thead><tbody>${steps.map((step, index) =>
    `<tr><th scope="row">${index + 1}</th><td>${plain(nodes[step.node].text)}</td><td>${plain(nodes[step.operand].text)}</td>
    ${intoConstant(index) ? "<td>–</td><td>–</td>" : `<td>${step.upstream} × ${step.local} = ${step.contribution}</td>
    <td>${step.before} → ${step.after}</td>`}<td>${equations[step.equation]}</td></tr>`).join("")}</tbody></table>`;
  frame.querySelector("tr.now")?.classList.remove("now");
  if (position) frame.querySelectorAll("tbody tr")[position - 1].classList.add("now");
}

function renderValues(position) {
  if (!$("values").open) return;
  $("values").querySelector(".scroll").innerHTML = `<table><thead><tr>${["value", "data", "gradient", "", "contributions received"]
    .map(head => `<th scope="col">${head}</th>`).join("")}</tr></thead><tbody>${nodes.map((node, place) => {
    const { text, complete, arrived } = known(place, position);
    return node.kind ? `<tr><th scope="row">${plain(node.text)}</th><td>${node.data}</td><td>${plain(node.grad)}</td>
      <td>${complete || node.constant ? text : "?"}</td><td>${arrived} of ${node.consumers}</td></tr>` : "";
  }).join("")}</tbody></table>`;
}

function caption(now) {
  if (!now.length) return `Before the first of ${stops.length - 1} steps.`;
  const { node, operand, upstream, local, contribution } = steps[now[0]];
  const stop = `Step ${state.stop} of ${stops.length - 1}. ${nodes[node].spoken}`;
  if (intoConstant(now[0])) return `${stop} passes nothing to ${nodes[operand].spoken}, a constant.`;
  const others = now.length > 1 ? ` and ${now.length - 1} more` : "";
  const result = state.answered ? contribution : "what?";
  return `${stop} passes to ${nodes[operand].spoken}${others}: `
    + `${upstream} times ${local} is ${result}.`;
}

function say(text) { $("caption").textContent = text; }

// --- controls ---------------------------------------------------------------------------------------------

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
  fit();
}

// On a wide screen the table ends above the controls, and scrolls within.
function fit() {
  const frame = document.querySelector("#table .scroll");
  const room = $("back").closest("footer").getBoundingClientRect().top - frame.getBoundingClientRect().top - scrollY;
  frame.style.maxHeight = matchMedia("(min-width: 901px)").matches ? `${Math.max(room - 24, 260)}px` : "";
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
window.addEventListener("resize", () => { fit(); shrink(); });
window.addEventListener("hashchange", event => follow(event.newURL));
const printing = () => { $("steps").open = true; renderSteps(stops[state.stop]); };
window.addEventListener("beforeprint", printing);
matchMedia("print").addEventListener("change", event => event.matches && printing());
if (matchMedia("(max-width: 600px)").matches) $("options").open = false;
$("delta-only").hidden = !nodes.some(node => node.isZ);
fit();
follow(location.href);
