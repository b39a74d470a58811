// Puts a scene into an SVG element, and its cells without words on a canvas if they are many.
import {Heat} from "./heat.js";
import {along} from "./marks.js";
import {inkOn, look} from "./colours.js";

const SVG = "http://www.w3.org/2000/svg",
  MOST_MARKS = 1500; // as elements
const SHOWN = ("x y w h o text fill stroke now was pick ink size bold dash border round anchor textO edit " +
  "role width").split(" ");

function make(tag, parent, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  parent.append(element);
  return element;
}

// Attributes of an element, those that have another value than before; numbers to a tenth.
function put(element, attributes) {
  const known = (element.known ||= {});
  for (const key in attributes) {
    const value = attributes[key],
      text = typeof value === "number" ? round(value) : value;
    if (known[key] === text) continue;
    known[key] = text;
    element.setAttribute(key, text);
  }
}
const round = x => Math.round(x * 10) / 10;

// Whether two marks of a name look the same.
function same(one, other) {
  for (const key of SHOWN) if (one[key] !== other[key]) return false;
  return one.shape !== "line" || String(one.points) === String(other.points);
}

export class Painter {
  constructor(svg, canvas) {
    this.heat = new Heat(canvas);
    this.parts = new Map();
    this.drops = [];
    this.turn = 0;
    const layers = ["lines", "frames", "cells", "words", "halos"].map(name =>
      make("g", svg, {class: name}),
    );
    [this.below, this.frames, this.above, this.front, this.top] = layers;
  }

  paint(scene, width, height, em, most = MOST_MARKS) {
    const many = scene.hot || scene.size > most,
      heat = [],
      dressed = `${em} ${look.paper}`;
    if (dressed !== this.dressed) for (const part of this.parts.values()) part.mark = null;
    [this.scene, this.dressed, this.turn] = [scene, dressed, this.turn + 1];
    for (const mark of scene.values()) {
      if (mark.o < 0.02) continue;
      const isHeat = many && mark.shape === "cell" && !mark.text && !mark.now;
      if (isHeat || mark.shape === "grid") heat.push(mark);
      else this.show(mark, em);
    }
    this.heat.paint(heat, width, height);
    for (const [id, part] of this.parts) {
      if (part.turn === this.turn) continue;
      part.group.remove();
      part.halo?.remove();
      this.parts.delete(id);
    }
  }

  show(mark, em) {
    const part = this.parts.get(mark.id) || this.create(mark);
    part.turn = this.turn;
    if (part.mark && same(mark, part.mark)) return;
    part.mark = mark;
    if (mark.shape === "line") this.showLine(part, mark);
    else this.showShape(part, mark, em);
  }

  create(mark) {
    const layer = {frame: this.frames, strip: this.front}[mark.role] || this.above;
    const place = {line: this.below, cell: layer}[mark.shape] || this.front,
      part = {};
    part.group = make("g", place, {"data-id": mark.id});
    if (mark.shape === "line") part.path = make("path", part.group, {fill: "none"});
    else if (mark.shape !== "word") part.rect = make("rect", part.group);
    this.parts.set(mark.id, part);
    return part;
  }

  showLine(part, {points, now, stroke, width, dash, o, curve}) {
    const breadth = now ? Math.max(width, 2.5) : width,
      [first, ...rest] = points.map(p => p.map(round).join());
    put(part.path, {
      d: `M${first}${curve ? "C" + rest.join(" ") : "L" + rest.join("L")}`,
      stroke: now ? look.ink : stroke,
      "stroke-width": breadth,
      "stroke-dasharray": dash || "none",
    });
    put(part.group, {opacity: o.toFixed(2), class: now ? "line now" : "line"});
  }

  showShape(part, mark, em) {
    const {x, y, w, h, shape, fill} = mark,
      size = (mark.size || 1) * em;
    if (part.rect) {
      put(part.rect, {
        ...boxOf(x, y, w, h),
        rx: shape === "disc" ? w / 2 : (mark.round ?? 3),
        fill: fill || look.paper,
        stroke: mark.stroke || "none",
        "stroke-width": String(mark.border ?? 1.25),
        "stroke-dasharray": mark.dash || "none",
      });
    }
    if (mark.text || part.text) this.showText(part, mark, size);
    const is = ["now", "edit", "pick"].filter(name => mark[name]);
    put(part.group, {opacity: mark.o.toFixed(2), class: [mark.role || shape, ...is].join(" ")});
    this.showGhost(part, mark);
    this.showHalo(part, mark);
  }

  showText(part, {x, y, text, anchor, ink, fill, bold, textO = 1}, size) {
    if (!part.text) {
      part.text = make("text", part.group);
      part.words = part.text.appendChild(document.createTextNode(""));
    }
    put(part.text, {
      x,
      y: y + size * 0.36,
      "text-anchor": anchor || "middle",
      "font-size": size,
      fill: ink || (fill ? inkOn(fill) : look.ink),
      "font-weight": bold ? "bold" : "normal",
      opacity: textO.toFixed(2),
    });
    if (part.words.data !== text) part.words.data = text;
  }

  // What it was before a change: a band of the old colour at the lower edge.
  showGhost(part, {x, y, w, h, was}) {
    if (!was) {
      part.was?.remove();
      part.was = null;
      return;
    }
    part.was ||= make("rect", part.group, {class: "ghost"});
    const band = Math.min(4, h / 5);
    put(part.was, {
      ...boxOf(x, y + h / 2 - band / 2, w, band),
      fill: was,
      stroke: look.ink,
      "stroke-width": 0.5,
    });
  }

  showHalo(part, {x, y, w, h, o, now, shape}) {
    if (!now || o < 0.5 || !w) {
      part.halo?.remove();
      part.halo = null;
      return;
    }
    part.halo ||= make("rect", this.top, {class: "halo", fill: "none"});
    const breadth = w < 14 ? 1.25 : 2.5,
      rx = shape === "disc" ? w / 2 + breadth : 2 * breadth; // of small squares thin
    const box = boxOf(x, y, w + 2 * breadth, h + 2 * breadth);
    put(part.halo, {...box, rx, stroke: look.halo, "stroke-width": String(breadth)});
  }

  // What is passed on runs back along the lit lines, from the node that sends to the one that gets.
  beads(scene, way, em) {
    const isLit = ({shape, now, o}) => shape === "line" && now && o > 0.5;
    const lines = [...scene.values()].filter(isLit).slice(0, 40),
      {drops, top} = this;
    while (drops.length > lines.length) drops.pop().remove();
    while (drops.length < lines.length) drops.push(make("circle", top, {class: "bead"}));
    lines.forEach(({points}, n) => {
      const [cx, cy] = along([...points].reverse(), way * way * (3 - 2 * way));
      put(drops[n], {cx, cy, r: 0.36 * em, fill: look.halo});
    });
  }

  // The mark under a point, the topmost; the canvas has no elements of its own.
  at(x, y) {
    const isUnder = mark =>
      mark.w &&
      mark.o > 0.5 &&
      Math.abs(x - mark.x) <= mark.w / 2 &&
      Math.abs(y - mark.y) <= mark.h / 2;
    let found = null;
    for (const mark of this.scene?.values() || []) {
      if (mark.shape === "grid") found = mark.at(x, y) ?? found;
      else if (mark.shape !== "line" && isUnder(mark)) found = mark;
    }
    return found;
  }
}

function boxOf(x, y, w, h) {
  return {x: x - w / 2, y: y - h / 2, width: Math.max(0, w), height: Math.max(0, h)};
}
