// Keys, handles, the lever, and the pointer on the stage.
import {name} from "./words/names.js";
import {shown} from "./numbers/numerals.js";

export function bindControls(app) {
  const {$, root} = app,
    on = (id, event, f) => $(id).addEventListener(event, f);
  on("back", "click", () => app.step(-1));
  on("step", "click", () => app.step(1));
  on("play", "click", () => play(app));
  on("time", "input", () => app.go(app.model.stops[app.level][$("time").value]));
  on("undo", "click", () => app.undo());
  on("reset", "click", () => app.reset());
  on("big", "click", () => app.enlarge(!app.big));
  on("zoom", "input", () => {
    app.leverHeld = true;
    app.zeta = Number($("zoom").value);
    app.level = Math.round(app.zeta);
    app.refresh();
  });
  on("zoom", "change", () => {
    app.leverHeld = false;
    app.zoom(Math.round(app.zeta));
  });
  root
    .querySelectorAll("#lever button")
    .forEach(button =>
      button.addEventListener("click", () => app.zoom(Number(button.dataset.zoom))),
    );
  root
    .querySelectorAll("[role=tab]")
    .forEach(button => button.addEventListener("click", () => app.choose(button.dataset.tab)));
  const keys = app.embedded ? root : document;
  keys.addEventListener("keydown", event => key(app, event));
  bindStage(app);
  if (!app.embedded) {
    addEventListener("hashchange", () => app.open(location.hash));
    addEventListener("beforeprint", () => app.print());
  }
}

function key(app, event) {
  const typing = event.target.closest?.("input, select, textarea"),
    ranged = typing?.type === "range";
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && (!typing || ranged)) {
    event.preventDefault();
    app.undo();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || (typing && !ranged)) return;
  const group = event.target.closest?.("[role=tablist], [role=radiogroup]"),
    arrow = event.key.startsWith("Arrow");
  if (group && arrow) {
    moveWithin(app, group, event);
    return;
  }
  if (ranged && (arrow || event.key === "Home" || event.key === "End")) return;
  const act = {
    ArrowRight: () => app.step(1),
    ArrowLeft: () => app.step(-1),
    Home: () => app.go(0),
    End: () => app.go(app.model.steps.length),
    p: () => app.enlarge(!app.big),
    1: () => app.zoom(1),
    2: () => app.zoom(2),
    3: () => app.zoom(3),
    4: () => app.zoom(4),
    "[": () => app.trainer.move(-1),
    "]": () => app.trainer.move(1),
  }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (event.key === " " && !event.target.closest?.("button")) {
    event.preventDefault();
    play(app);
  } else if (act) {
    event.preventDefault();
    act();
  }
}

function moveWithin(app, group, event) {
  const buttons = [...group.querySelectorAll("button")],
    at = buttons.indexOf(event.target),
    back = event.key === "ArrowLeft" || event.key === "ArrowUp";
  const next = buttons[(at + (back ? -1 : 1) + buttons.length) % buttons.length];
  event.preventDefault();
  next.focus();
  next.click();
}

export function play(app) {
  const stop = () => {
    clearInterval(app.playing);
    app.playing = 0;
    app.$("play").setAttribute("aria-pressed", "false");
    app.$("play").textContent = "Play";
  };
  if (app.playing) {
    stop();
    return;
  }
  if (app.t >= app.model.steps.length) app.go(0);
  app.$("play").setAttribute("aria-pressed", "true");
  app.$("play").textContent = "Stop";
  app.playing = setInterval(
    () => {
      if (app.t >= app.model.steps.length) stop();
      else app.step(1);
    },
    app.level === 1 ? 900 : 1400,
  );
}

// --- the pointer -----------------------------------------------------------------------------------------

function bindStage(app) {
  const stage = app.$("stage"),
    pointers = new Map();
  let drag = null,
    pinch = 0;
  const at = event => {
    const box = stage.getBoundingClientRect();
    return app.painter.at(event.clientX - box.left, event.clientY - box.top);
  };
  stage.addEventListener("pointerdown", event => {
    pointers.set(event.pointerId, event);
    const mark = at(event);
    if (pointers.size === 1 && mark)
      drag = {
        mark,
        x: event.clientX,
        start: app.graph.data[mark.node],
        moved: false,
        touch: event.pointerType === "touch",
      };
  });
  addEventListener("pointermove", event => {
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, event);
    if (pointers.size === 2) {
      pinch = pinched(app, [...pointers.values()], pinch);
      drag = null;
      return;
    }
    if (drag?.mark.edit && app.tape.computes) {
      pull(app, drag, event, stage);
      return;
    }
    if (event.pointerType === "mouse" && stage.contains(event.target)) point(app, at(event));
  });
  const release = event => {
    pointers.delete(event.pointerId);
    pinch = 0;
    if (drag && !drag.moved && event.type === "pointerup") tap(app, drag.mark);
    drag = null;
  };
  addEventListener("pointerup", release);
  addEventListener("pointercancel", release);
  stage.addEventListener("pointerleave", () => {
    point(app, null);
  });
  let wheel = 0;
  stage.addEventListener(
    "wheel",
    event => {
      if (!app.model.neurons || app.root.clientWidth <= 640) return;
      event.preventDefault();
      wheel += event.deltaY;
      if (Math.abs(wheel) > 90) {
        app.zoom(app.level - Math.sign(wheel));
        wheel = 0;
      }
    },
    {passive: false},
  );
}

function pinched(app, [p, q], before) {
  const distance = Math.hypot(p.clientX - q.clientX, p.clientY - q.clientY);
  if (!before) return distance;
  if (distance / before > 1.35) {
    app.zoom(app.level - 1);
    return distance;
  }
  if (distance / before < 0.74) {
    app.zoom(app.level + 1);
    return distance;
  }
  return before;
}

function pull(app, drag, event, stage) {
  const way = event.clientX - drag.x;
  if (!drag.moved && Math.abs(way) < 4) return;
  if (!drag.moved) {
    drag.moved = true;
    stage.setPointerCapture?.(event.pointerId);
    app.remember();
    app.before = {data: app.graph.data.slice(), grad: app.graph.grad.slice()};
    app.picked = drag.mark.node;
  }
  const scale = (event.shiftKey ? 0.001 : 0.01) * Math.max(1, Math.abs(drag.start) / 2),
    number = Number((drag.start + way * scale).toPrecision(6));
  app.change([[drag.mark.node, number]], {keep: true, remember: false});
}

// A pointer on a number lights what it came from, and says what it is.
function point(app, mark) {
  const known =
    mark && mark.kind && mark.node !== undefined ? mark : mark?.kind === "slope" ? mark : null;
  if (app.hover?.id === known?.id) return;
  app.hover = known;
  const hint = app.$("hint");
  hint.hidden = !known;
  if (known) hint.textContent = hintOf(app, known);
  app.refresh();
}

function hintOf(app, mark) {
  const m = app.model;
  if (mark.kind === "slope")
    return `${name("slope", mark.l, mark.j)} = ${shown(m.slope(mark.l, mark.j, mark.j))}`;
  const data = `${m.title(mark.node) || "constant"} = ${shown(m.data(mark.node))}`,
    known = m.known(mark.node, app.t);
  if (mark.kind === "delta")
    return `${m.gradientTitle(mark.node)} ${known ? "= " + shown(app.graph.grad[mark.node]) : "not yet known"} · click: why is that δ?`;
  const pull = mark.edit && app.tape.computes ? " · drag, or click and type" : "";
  return `${data} · ${m.gradientTitle(mark.node)} ${known ? "= " + shown(app.graph.grad[mark.node]) : "not yet known"}${pull}`;
}

// A click chooses a number to type, or the neuron to go down into.
function tap(app, mark) {
  if (mark.node !== undefined && mark.kind !== "cost") {
    app.picked = mark.node;
    if (app.tab !== "change") app.choose("change");
    app.panels.change.pick(mark.node);
  }
  const m = app.model,
    {l, j} = mark;
  if (m.neurons && l >= 1 && l <= m.last && j) {
    app.focus = {l, j};
    const down = app.level >= 3 && Math.max(...m.sizes) > 12;
    if (down || mark.kind === "delta" || mark.kind === "why") explain(app, l, j);
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
