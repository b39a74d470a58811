// Marks are what the stage is made of: cells, circles, lines, words, each with a place. A scene is a Map of them by name.
// Two scenes blend into one, which is how a zoom dissolves into the next; a scene is then put into the SVG or on the canvas.
export const COLOURS = {
  light: {
    paper: "#FFFFFF",
    ink: "#1B1F24",
    halo: "#000000",
    muted: "#57606A",
    line: "#8C959F",
    hair: "#C3CAD2",
    zero: "#D9D9D9",
    faint: "#7F8994",
  },
  dark: {
    paper: "#14181D",
    ink: "#F0F3F6",
    halo: "#FFFFFF",
    muted: "#A9B4C0",
    line: "#768390",
    hair: "#3D4650",
    zero: "#333B45",
    faint: "#7D8896",
  },
};
const POSITIVE = [213, 94, 0],
  NEGATIVE = [0, 114, 178];
export const look = {...COLOURS.light};
export function setLook(name) {
  Object.assign(look, COLOURS[name]);
}

const channels = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
const hexed = rgb => "#" + rgb.map(c => Math.round(c).toString(16).padStart(2, "0")).join("");

// Grey at 0, orange above, blue below, the stronger the larger; a hatch for what is not finite.
export function signColour(number, largest, zero = look.zero) {
  if (!Number.isFinite(number)) return "url(#stage-hatch)";
  const share = largest > 0 ? Math.min(Math.abs(number) / largest, 1) : 0,
    level = Math.round(share * 255) * (number > 0 ? 1 : -1) + 255;
  if (!SHADES.has(zero)) SHADES.set(zero, []);
  return (SHADES.get(zero)[level] ||= shade(zero, level - 255));
}

const SHADES = new Map(); // by grey, of 255 shades of either sign those that were needed
function shade(zero, level) {
  const end = level > 0 ? POSITIVE : NEGATIVE;
  return hexed(channels(zero).map((c, i) => c + ((end[i] - c) * Math.abs(level)) / 255));
}

const luminance = hex =>
  channels(hex)
    .map(c => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
export const inkOn = fill =>
  fill[0] !== "#" ? look.ink : luminance(fill) > 0.179 ? "#000000" : "#FFFFFF";

// --- making marks ----------------------------------------------------------------------------------------

export const cell = (scene, id, x, y, w, h, rest) =>
  scene.set(id, {id, shape: "cell", x, y, w, h, o: 1, text: "", ...rest});
export const word = (scene, id, x, y, text, rest) =>
  scene.set(id, {id, shape: "word", x, y, w: 0, h: 0, o: 1, text, anchor: "middle", ...rest});
export const disc = (scene, id, x, y, r, text, rest) =>
  scene.set(id, {id, shape: "disc", x, y, w: 2 * r, h: 2 * r, o: 1, text, ...rest});
export const line = (scene, id, points, rest) =>
  scene.set(id, {id, shape: "line", points, o: 1, width: 1, stroke: look.hair, ...rest});

// --- blending --------------------------------------------------------------------------------------------

const mix = (p, q, f) => p + (q - p) * f;

function between(p, q, f) {
  const mark = {...(f < 0.5 ? p : q), o: mix(p.o, q.o, f)};
  if (p.shape === "line") {
    mark.points = p.points.map((point, i) => [
      mix(point[0], (q.points[i] || q.points.at(-1))[0], f),
      mix(point[1], (q.points[i] || q.points.at(-1))[1], f),
    ]);
    mark.width = mix(p.width, q.width, f);
  } else for (const key of ["x", "y", "w", "h"]) mark[key] = mix(p[key], q[key], f);
  if (p.text !== q.text) mark.textO = Math.abs(2 * f - 1);
  return mark;
}

export function blend(first, second, f) {
  if (f <= 0) return first;
  if (f >= 1) return second;
  const scene = new Map();
  for (const [id, mark] of first) {
    const other = second.get(id);
    scene.set(
      id,
      other && other.shape === mark.shape
        ? between(mark, other, f)
        : {...mark, o: mark.o * Math.max(0, 1 - 2 * f)},
    );
  }
  for (const [id, mark] of second)
    if (!first.has(id) || first.get(id).shape !== mark.shape)
      scene.set(id, {...mark, o: mark.o * Math.max(0, 2 * f - 1)});
  return scene;
}

// --- putting a scene into an SVG element -----------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
const make = (tag, parent, attributes = {}) => {
  const element = document.createElementNS(SVG, tag);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  parent.append(element);
  return element;
};
const put = (element, key, value) => {
  if (element["$" + key] !== value) {
    element["$" + key] = value;
    element.setAttribute(key, value);
  }
};
const write = (element, text) => {
  if (element.$text !== text) {
    element.$text = text;
    element.textContent = text;
  }
};

// The point at a share of the way along a line.
function along(points, share) {
  const lengths = points
    .slice(1)
    .map((p, n) => Math.hypot(p[0] - points[n][0], p[1] - points[n][1]));
  let rest = share * lengths.reduce((sum, x) => sum + x, 0);
  for (let n = 0; n < lengths.length; n++) {
    if (rest <= lengths[n])
      return [0, 1].map(k =>
        mix(points[n][k], points[n + 1][k], lengths[n] ? rest / lengths[n] : 0),
      );
    rest -= lengths[n];
  }
  return points.at(-1);
}

export class Painter {
  constructor(svg, canvas) {
    this.svg = svg;
    this.canvas = canvas;
    this.parts = new Map();
    [this.below, this.frames, this.above, this.front, this.top] = [
      "lines",
      "frames",
      "cells",
      "words",
      "halos",
    ].map(name => make("g", svg, {class: name}));
  }

  // Cells without words go to the canvas if there are more marks than `most`; everything else is SVG.
  paint(scene, width, height, em, most = 1500) {
    this.scene = scene;
    const onCanvas = scene.size > most,
      seen = new Set();
    this.draw(onCanvas ? scene : new Map(), width, height);
    for (const mark of scene.values()) {
      if (mark.o < 0.02 || (onCanvas && mark.shape === "cell" && !mark.text && !mark.now)) continue;
      seen.add(mark.id);
      const part = this.parts.get(mark.id) || this.create(mark);
      (mark.shape === "line" ? this.paintLine : this.paintShape).call(this, part, mark, em);
    }
    for (const [id, part] of this.parts)
      if (!seen.has(id)) {
        part.group.remove();
        part.halo?.remove();
        this.parts.delete(id);
      }
  }

  create(mark) {
    const layer =
        mark.shape === "line"
          ? this.below
          : mark.shape === "cell"
            ? mark.role === "frame"
              ? this.frames
              : mark.role === "strip"
                ? this.front
                : this.above
            : this.front,
      part = {shape: mark.shape};
    part.group = make("g", layer, {"data-id": mark.id});
    if (mark.shape === "line") {
      part.halo = null;
      part.path = make("path", part.group, {fill: "none"});
    } else {
      if (mark.shape === "cell" || mark.shape === "disc") part.rect = make("rect", part.group);
      part.text = make("text", part.group, {"text-anchor": "middle"});
    }
    this.parts.set(mark.id, part);
    return part;
  }

  paintLine(part, mark) {
    put(part.path, "d", "M" + mark.points.map(p => p.map(c => c.toFixed(1)).join(",")).join("L"));
    put(part.path, "stroke", mark.now ? look.ink : mark.stroke);
    put(part.path, "stroke-width", (mark.now ? Math.max(mark.width, 2.5) : mark.width).toFixed(2));
    put(part.path, "stroke-dasharray", mark.dash || "none");
    put(part.group, "opacity", mark.o.toFixed(2));
    put(part.group, "class", mark.now ? "line now" : "line");
  }

  paintShape(part, mark, em) {
    const {x, y, w, h} = mark;
    if (part.rect) {
      put(part.rect, "x", (x - w / 2).toFixed(1));
      put(part.rect, "y", (y - h / 2).toFixed(1));
      put(part.rect, "width", Math.max(0, w).toFixed(1));
      put(part.rect, "height", Math.max(0, h).toFixed(1));
      put(part.rect, "rx", mark.shape === "disc" ? (w / 2).toFixed(1) : (mark.round ?? 3));
      put(part.rect, "fill", mark.fill || look.paper);
      put(part.rect, "stroke", mark.stroke || "none");
      put(part.rect, "stroke-width", mark.border ?? 1.25);
      put(part.rect, "stroke-dasharray", mark.dash || "none");
    }
    put(part.text, "x", x.toFixed(1));
    put(part.text, "y", (y + (mark.size || 1) * em * 0.36).toFixed(1));
    put(part.text, "text-anchor", mark.anchor || "middle");
    put(part.text, "font-size", ((mark.size || 1) * em).toFixed(1));
    put(part.text, "fill", mark.ink || (mark.fill ? inkOn(mark.fill) : look.ink));
    put(part.text, "font-weight", mark.bold ? "bold" : "normal");
    put(part.text, "opacity", (mark.textO ?? 1).toFixed(2));
    write(part.text, mark.text);
    put(part.group, "opacity", mark.o.toFixed(2));
    put(
      part.group,
      "class",
      [
        mark.role || mark.shape,
        mark.now ? "now" : "",
        mark.edit ? "edit" : "",
        mark.pick ? "pick" : "",
      ]
        .filter(Boolean)
        .join(" "),
    );
    this.ghost(part, mark);
    this.halo(part, mark);
  }

  // What it was before a change: a band of the old colour at the right edge.
  ghost(part, mark) {
    if (!mark.was) {
      part.was?.remove();
      part.was = null;
      return;
    }
    part.was ||= make("rect", part.group, {class: "ghost", "stroke-dasharray": "2 2"});
    const width = Math.min(8, mark.w / 4);
    put(part.was, "x", (mark.x + mark.w / 2 - width).toFixed(1));
    put(part.was, "y", (mark.y - mark.h / 2).toFixed(1));
    put(part.was, "width", width.toFixed(1));
    put(part.was, "height", mark.h.toFixed(1));
    put(part.was, "fill", mark.was);
    put(part.was, "stroke", look.ink);
  }

  halo(part, mark) {
    if (!mark.now || mark.o < 0.5 || !mark.w) {
      part.halo?.remove();
      part.halo = null;
      return;
    }
    part.halo ||= make("rect", this.top, {class: "halo", fill: "none"});
    put(part.halo, "x", (mark.x - mark.w / 2 - 2.5).toFixed(1));
    put(part.halo, "y", (mark.y - mark.h / 2 - 2.5).toFixed(1));
    put(part.halo, "width", (mark.w + 5).toFixed(1));
    put(part.halo, "height", (mark.h + 5).toFixed(1));
    put(part.halo, "rx", mark.shape === "disc" ? mark.w / 2 + 2.5 : 5);
    put(part.halo, "stroke", look.halo);
    put(part.halo, "stroke-width", 2.5);
  }

  draw(scene, width, height) {
    const shown = scene.size > 0;
    if (this.canvas.hidden === shown) this.canvas.hidden = !shown;
    if (!shown) return;
    const ratio = devicePixelRatio || 1,
      context = this.canvas.getContext("2d");
    if (
      this.canvas.width !== Math.round(width * ratio) ||
      this.canvas.height !== Math.round(height * ratio)
    ) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    for (const mark of scene.values()) {
      if (mark.shape !== "cell" || mark.text || mark.now || mark.o < 0.02) continue;
      context.globalAlpha = mark.o;
      const gap = mark.w > 4 ? 0.5 : 0,
        x = mark.x - mark.w / 2 + gap,
        y = mark.y - mark.h / 2 + gap,
        w = mark.w - 2 * gap,
        h = mark.h - 2 * gap;
      if (mark.fill) {
        context.fillStyle = mark.fill[0] === "#" ? mark.fill : look.ink;
        context.fillRect(x, y, w, h);
      }
      if (mark.stroke) {
        context.strokeStyle = mark.stroke;
        context.lineWidth = 1;
        context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
      }
    }
  }

  // What is passed on runs back along the lit lines, from the node that sends to the one that gets.
  beads(scene, way, em) {
    const lines = [...scene.values()]
      .filter(mark => mark.shape === "line" && mark.now && mark.o > 0.5)
      .slice(0, 40);
    this.drops ||= [];
    while (this.drops.length > lines.length) this.drops.pop().remove();
    while (this.drops.length < lines.length)
      this.drops.push(make("circle", this.top, {class: "bead", r: (0.36 * em).toFixed(1)}));
    lines.forEach((mark, n) => {
      const [x, y] = along([...mark.points].reverse(), way * way * (3 - 2 * way));
      put(this.drops[n], "cx", x.toFixed(1));
      put(this.drops[n], "cy", y.toFixed(1));
      put(this.drops[n], "fill", look.halo);
    });
  }

  // The mark under a point, for the canvas has no elements of its own.
  at(x, y) {
    let found = null;
    for (const mark of this.scene?.values() || []) {
      const wide = mark.reach ?? 0;
      if (
        mark.shape !== "line" &&
        mark.w &&
        mark.o > 0.5 &&
        Math.abs(x - mark.x) <= mark.w / 2 + wide &&
        Math.abs(y - mark.y) <= mark.h / 2 + wide
      )
        found = mark;
    }
    return found;
  }
}
