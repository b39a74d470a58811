// Marks are what the stage is made of: cells, discs, lines, words, each with a place. A scene is a
// Map of them by name. Two scenes blend into one, which is how a zoom dissolves into the next.
import {look} from "./colours.js";

// What is not to be seen (o = 0) only tells from where another zoom's mark comes: it is left out at rest.
export function newScene(view) {
  const scene = new Map();
  scene.moving = view.moving;
  return scene;
}

function add(scene, mark) {
  if (mark.o || scene.moving) scene.set(mark.id, mark);
}

export const cell = (scene, id, x, y, w, h, rest) =>
  add(scene, {id, shape: "cell", x, y, w, h, o: 1, text: "", ...rest});
export const word = (scene, id, x, y, text, rest) =>
  add(scene, {id, shape: "word", x, y, w: 0, h: 0, o: 1, text, anchor: "middle", ...rest});
export const disc = (scene, id, x, y, r, text, rest) =>
  add(scene, {id, shape: "disc", x, y, w: 2 * r, h: 2 * r, o: 1, text, ...rest});
export const line = (scene, id, points, rest) =>
  add(scene, {id, shape: "line", points, o: 1, width: 1, stroke: look.hair, ...rest});

// Arrows where there are more layers than are in sight.
export function markMore(scene, {width, height, em}, left, right) {
  const y = height - 0.8 * em,
    ink = look.muted;
  if (left) word(scene, "more-left", 0.3 * em, y, "←", {ink, anchor: "start"});
  if (right) word(scene, "more-right", width - 0.3 * em, y, "→", {ink, anchor: "end"});
}

export const range = n => Array.from({length: n}, (_, i) => i + 1);
export const mix = (p, q, f) => p + (q - p) * f;

// A scene at a share f of the way from one to the other.
export function blend(first, second, f) {
  if (f <= 0) return first;
  if (f >= 1) return second;
  const scene = new Map();
  const fits = (mark, other) => other?.shape === mark.shape;
  for (const [id, mark] of first) {
    const other = second.get(id),
      fades = {...mark, o: mark.o * Math.max(0, 1 - 2 * f)};
    scene.set(id, fits(mark, other) ? between(mark, other, f) : fades);
  }
  for (const [id, mark] of second) {
    if (!fits(mark, first.get(id))) scene.set(id, {...mark, o: mark.o * Math.max(0, 2 * f - 1)});
  }
  return scene;
}

function between(p, q, f) {
  const mark = {...(f < 0.5 ? p : q), o: mix(p.o, q.o, f)};
  if (p.shape === "line") {
    const to = i => q.points[i] || q.points.at(-1);
    mark.points = p.points.map(([x, y], i) => [mix(x, to(i)[0], f), mix(y, to(i)[1], f)]);
    mark.width = mix(p.width, q.width, f);
  } else for (const key of ["x", "y", "w", "h"]) mark[key] = mix(p[key], q[key], f);
  if (p.text !== q.text) mark.textO = Math.abs(2 * f - 1);
  return mark;
}

// The point at a share of the way along a line.
export function along(points, share) {
  const lengths = points
    .slice(1)
    .map(([x, y], n) => Math.hypot(x - points[n][0], y - points[n][1]));
  let rest = share * lengths.reduce((sum, x) => sum + x, 0);
  for (let n = 0; n < lengths.length; n++) {
    const f = lengths[n] ? rest / lengths[n] : 0,
      [p, q] = [points[n], points[n + 1]];
    if (rest <= lengths[n]) return [mix(p[0], q[0], f), mix(p[1], q[1], f)];
    rest -= lengths[n];
  }
  return points.at(-1);
}
