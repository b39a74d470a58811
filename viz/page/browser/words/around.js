// What stands beside the stage and around it: sentence, formula, bars, and the places of the handles.
import {contributions, formulaOf, sentence, subject} from "./sentence.js";
import {escaped} from "./names.js";
import {shown} from "../numbers/numerals.js";
import {signColour} from "../stage/marks.js";
import {writeAddress} from "../address.js";

export function showWords(app) {
  const {model, level, t} = app;
  const said = app.graph.error
    ? `These numbers have no cost: ${escaped(app.graph.error)}.`
    : sentence(model, level, t, app.focus);
  if (app.said !== said) {
    app.said = said;
    app.$("sentence").innerHTML = said.replace(/′\(/g, "′\u2060(").replace(/\/∂/g, "/\u2060∂");
  }
  const written = app.graph.error ? "" : formulaOf(model, level, t, app.focus);
  if (app.written !== written) {
    app.written = written;
    app.$("formula").innerHTML = written;
  }
  showBars(app);
  const n = model.neurons,
    sizes = n ? model.sizes.join("-") + " · " : "",
    why = app.tape.why;
  app.$("what").textContent =
    `${sizes}${model.title(app.tape.root)} = ${shown(app.graph.data[app.tape.root])} · ${app.graph.count.toLocaleString("en")} nodes${why ? " · recorded numbers" : ""}`;
  const stops = model.stops[level],
    at = stops.findIndex(s => s >= t),
    unit = n ? ["", "edge", "neuron", "layer", "layer"][level] : "edge";
  Object.assign(app.$("time"), {max: stops.length - 1, value: at});
  app.$("time").setAttribute("aria-valuetext", `${unit} ${at} of ${stops.length - 1}`);
  app.$("count").textContent = `${unit} ${at} of ${stops.length - 1}`;
  app.root.querySelectorAll("#lever button").forEach(button => {
    const on = Number(button.dataset.zoom) === level;
    button.setAttribute("aria-checked", on);
    button.tabIndex = on ? 0 : -1;
  });
  app.$("lever").hidden = !n;
  app.$("undo").disabled = !app.history.length;
  app.panels[app.tab].show();
  app.trainer.handle();
  if (!app.embedded) {
    clearTimeout(app.writing);
    app.writing = setTimeout(() => {
      const address = writeAddress(app);
      if (address !== location.hash)
        try {
          history.replaceState(null, "", address);
        } catch {
          /* in a notebook's frame there is no address */
        }
    }, 150);
  }
}

// Head to tail from 0: what was added, and below what it comes to. Cancellation is seen.
function showBars(app) {
  const svg = app.$("bars"),
    about = subject(app.model, app.level, app.t, app.focus);
  let terms = [];
  if (about.kind === "layer") terms = contributions(app.model, about.l, about.j);
  else if (about.kind === "edge" && app.model.arrivals[about.edge.operand] > 1)
    terms = about.edge.before
      ? [about.edge.before, about.edge.contribution]
      : [about.edge.contribution];
  terms = terms.filter(Number.isFinite).slice(0, 64);
  const {width, height} = app.measured().bars;
  let sum = 0,
    low = 0,
    high = 0,
    shapes = "";
  for (const x of terms) {
    sum += x;
    low = Math.min(low, sum, x);
    high = Math.max(high, sum, x);
  }
  const scale = (width - 8) / (high - low || 1),
    X = x => 4 + (x - low) * scale,
    rows = terms.length + 1,
    h = Math.min(14, height / rows - 1);
  let from = 0;
  const bar = (a, b, row, number, ink) =>
    `<rect x="${Math.min(X(a), X(b)).toFixed(1)}" y="${(row * (h + 1)).toFixed(1)}" width="${Math.max(1, Math.abs(X(b) - X(a))).toFixed(1)}" height="${h.toFixed(1)}" fill="${signColour(number, Math.abs(number))}" ${ink ? 'stroke="currentColor" stroke-width="1.5"' : ""}/>`;
  terms.forEach((x, row) => {
    shapes += bar(from, from + x, row, x);
    from += x;
  });
  if (terms.length > 1) shapes += bar(0, sum, terms.length, sum, true);
  if (terms.length)
    shapes += `<path d="M${X(0).toFixed(1)},0 V${height}" stroke="currentColor" opacity=".5"/>`;
  svg.innerHTML = shapes;
}
