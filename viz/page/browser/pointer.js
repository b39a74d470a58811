// The pointer on the stage: it lights what a number came from, drags it, chooses it, pinches the zoom.
import {shown} from "./numbers/numerals.js";
import {name} from "./words/names.js";

export function bindPointer(app) {
  const stage = app.$("stage"),
    pointers = new Map();
  let drag = null,
    pinch = 0,
    wheel = 0;
  const at = event => {
    const box = stage.getBoundingClientRect();
    return app.stage.painter.at(event.clientX - box.left, event.clientY - box.top);
  };
  const release = event => {
    pointers.delete(event.pointerId);
    pinch = 0;
    if (drag && !drag.moved && event.type === "pointerup")
      tap(app, drag.mark, event.pointerType === "mouse");
    drag = null;
  };
  stage.addEventListener("pointerdown", event => {
    pointers.set(event.pointerId, event);
    const mark = at(event);
    if (pointers.size === 1 && mark)
      drag = {mark, x: event.clientX, start: app.graph.data[mark.node]};
  });
  addEventListener("pointermove", event => {
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, event);
    if (pointers.size === 2) {
      pinch = pinched(app, [...pointers.values()], pinch);
      drag = null;
    } else if (drag?.mark.edit && app.tape.computes) pull(app, drag, event, stage);
    else if (event.pointerType === "mouse" && stage.contains(event.target)) point(app, at(event));
  });
  addEventListener("pointerup", release);
  addEventListener("pointercancel", release);
  stage.addEventListener("pointerleave", () => point(app, null));
  const turn = event => {
    if (!app.model.neurons || app.root.clientWidth <= 640) return;
    event.preventDefault();
    wheel += event.deltaY;
    if (Math.abs(wheel) <= 90) return;
    app.zoom(app.level - Math.sign(wheel));
    wheel = 0;
  };
  stage.addEventListener("wheel", turn, {passive: false});
}

function pinched(app, [p, q], before) {
  const distance = Math.hypot(p.clientX - q.clientX, p.clientY - q.clientY),
    share = distance / (before || distance);
  if (share > 1.35) app.zoom(app.level - 1);
  else if (share < 0.74) app.zoom(app.level + 1);
  else return before || distance;
  return distance;
}

function pull(app, drag, event, stage) {
  const way = event.clientX - drag.x;
  if (!drag.moved && Math.abs(way) < 4) return;
  if (!drag.moved) {
    drag.moved = true;
    stage.setPointerCapture?.(event.pointerId);
    app.remember();
    app.keepGhosts();
    app.picked = drag.mark.node;
  }
  const scale = (event.shiftKey ? 0.001 : 0.01) * Math.max(1, Math.abs(drag.start) / 2);
  const number = Number((drag.start + way * scale).toPrecision(6));
  app.change([[drag.mark.node, number]], {keep: true, remember: false});
}

function point(app, mark) {
  const known = mark?.kind && (mark.node !== undefined || mark.kind === "slope") ? mark : null;
  if (app.hover?.id === known?.id) return;
  app.hover = known;
  app.refresh();
}

// What a number is, and what can be done with it.
export function hintOf(app, mark) {
  const m = app.model,
    {kind, l, j, node, edit} = mark;
  if (kind === "slope") return `${name("slope", l, j)} = ${shown(m.slope(l, j, j))}`;
  const gradient = m.known(node, app.t) ? `= ${shown(app.graph.grad[node])}` : "not yet known";
  const told = `${m.gradientTitle(node)} ${gradient}`;
  if (kind === "delta") return `${told} · click: why is that δ?`;
  const pull = edit && app.tape.computes ? " · drag, or click and type" : "";
  return `${m.title(node) || "constant"} = ${shown(m.data(node))} · ${told}${pull}`;
}

// A click chooses a number to type, or the neuron to go down into.
function tap(app, mark, isMouse) {
  const m = app.model,
    {l, j, node, kind} = mark;
  if (node !== undefined && kind !== "cost" && app.beat === null) {
    if (app.tab !== "change") app.choose("change");
    app.panels.change.pick(node, isMouse && mark.edit);
  }
  if (m.neurons && l >= 1 && l <= m.last && j) {
    app.focus = {l, j};
    const down = app.level >= 3 && Math.max(...m.sizes) > 12;
    if (down || kind === "delta" || kind === "why") explain(app, l, j);
    if (down) app.zoom(2);
  }
  app.refresh();
}

// Why is that δ? The pass goes to where it has just come about.
function explain(app, l, j) {
  const stops = app.model.stops[Math.max(2, app.level)],
    known = app.model.lastArrival[app.model.z[l][j]];
  if (app.level === 1) app.zoom(2);
  app.go(stops.find(t => t >= known) ?? known);
}
