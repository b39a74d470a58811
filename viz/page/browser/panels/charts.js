// Curves by epoch, and the output over two inputs: drawn on canvases.
import {look, signColour} from "../stage/colours.js";
import {largestOf} from "../stage/cells.js";
import {compact} from "../numbers/numerals.js";

const DASHES = [[], [6, 4], [2, 3]],
  GRID = 36,
  MOST_POINTS = 600;

function contextOf(canvas) {
  const ratio = devicePixelRatio || 1,
    width = canvas.clientWidth,
    height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return [context, width, height];
}

// Series of numbers by epoch, told apart by their dashes, with a line at one epoch.
export function curves(canvas, series, logarithmic, epoch) {
  const [context, width, height] = contextOf(canvas),
    length = series[0]?.length || 0;
  const f = logarithmic ? x => Math.log10(Math.max(x, 1e-12)) : x => x,
    all = series.flat().map(f);
  const least = all.reduce((low, x) => Math.min(low, x), Infinity),
    low = logarithmic ? least : Math.min(0, least);
  const most = all.reduce((high, x) => Math.max(high, x), -Infinity),
    high = most > low ? most : low + 1;
  const X = n => 4 + (length > 1 ? (n * (width - 8)) / (length - 1) : 0);
  const Y = x => height - 4 - ((f(x) - low) * (height - 8)) / (high - low),
    jump = Math.max(1, Math.floor(length / 400));
  if (length > 1) {
    const numeral = x => compact(logarithmic ? 10 ** x : x, 2);
    mark(canvas, context, numeral(high), width - 8, 4, "right", "top"); // the curves come down from the left
    mark(canvas, context, numeral(low), 4, height - 4, "left", "bottom");
  }
  context.strokeStyle = look.ink;
  context.lineWidth = 1.75;
  series.forEach((numbers, l) => {
    context.setLineDash(DASHES[l % DASHES.length]);
    context.beginPath();
    for (let n = 0; n < length; n += jump) context.lineTo(X(n), Y(numbers[n]));
    context.stroke();
  });
  if (length < 2) return;
  const at = X(Math.max(0, epoch - 1));
  context.setLineDash([]);
  context.strokeStyle = look.muted;
  context.beginPath();
  context.moveTo(at, 0);
  context.lineTo(at, height);
  context.stroke();
}

// A number in the type of the page.
function mark(canvas, context, text, x, y, align, baseline) {
  const {fontSize, fontFamily} = getComputedStyle(canvas);
  Object.assign(context, {font: `${fontSize} ${fontFamily}`, textAlign: align, textBaseline: baseline});
  context.fillStyle = look.muted;
  context.fillText(text, x, y);
}

// The output over two inputs, or of several the largest, or what one neuron says, as the weights of an epoch
// have it; with the examples, of which one stands out.
export function map(canvas, training, {epoch, example, neuron}) {
  const [context, width, height] = contextOf(canvas),
    {x, y} = training.data,
    outputs = training.spec.sizes.at(-1);
  const x1 = reach(x.map(row => row[0])),
    x2 = reach(x.map(row => row[1])),
    several = outputs > 1;
  const middle = several || Math.min(...y.flat()) >= 0 ? 0.5 : 0,
    scale = several ? Math.max(1, outputs - 1.5) : 0.5;
  const [w, h] = [width / GRID, height / GRID],
    place = ([from, to], number) => (number - from) / (to - from);
  const grid = {x1, x2, columns: GRID, rows: GRID},
    values = training.boundary(grid, training.vectorAfter(epoch), neuron),
    largest = largestOf(values);
  values.forEach((output, at) => {
    context.fillStyle = neuron ? signColour(output, largest) : signColour(output - middle, scale);
    context.fillRect((at % GRID) * w, Math.floor(at / GRID) * h, w + 1, h + 1);
  });
  x.slice(0, MOST_POINTS).forEach((row, n) => {
    const target = several ? y[n].indexOf(1) - 0.5 : y[n][0] - middle,
      isShown = n === example;
    context.beginPath();
    context.arc(place(x1, row[0]) * width, (1 - place(x2, row[1])) * height, isShown ? 6 : 4, 0, 7);
    context.fillStyle = signColour(target, Math.abs(target));
    context.fill();
    context.lineWidth = isShown ? 3 : 1.25;
    context.strokeStyle = look.ink;
    context.stroke();
  });
}

function reach(numbers) {
  const low = Math.min(...numbers),
    high = Math.max(...numbers),
    margin = (high - low || 1) * 0.2;
  return [low - margin, high + margin];
}
