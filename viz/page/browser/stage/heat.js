// Cells without words, thousands of them, as pixels: one image is written, where each cell as an
// element or as a call to draw would take the time of a frame.
import {channels, look} from "./colours.js";

export class Heat {
  constructor(canvas) {
    this.canvas = canvas;
    this.colours = new Map();
  }

  paint(marks, width, height) {
    const {canvas} = this, ratio = devicePixelRatio || 1;
    if (canvas.hidden === marks.length > 0) canvas.hidden = !marks.length;
    if (!marks.length) return;
    this.resize(Math.round(width * ratio), Math.round(height * ratio));
    this.pixels.fill(0);
    this.ratio = ratio;
    for (const mark of marks) {
      if (mark.draw) mark.draw(this.cell);
      else this.cell(mark.x, mark.y, mark.w, mark.h, mark.o, mark.fill, mark.stroke);
    }
    this.context.putImageData(this.image, 0, 0);
  }

  resize(width, height) {
    const {canvas} = this;
    if (this.image && canvas.width === width && canvas.height === height) return;
    [canvas.width, canvas.height] = [width, height];
    this.context = canvas.getContext("2d");
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  // Filled, or outlined by a line of 1 px.
  cell = (x, y, w, h, o, fill, stroke) => {
    const gap = w > 4 ? 1 : 0, inside = fill ? this.colour(fill, o) : 0;
    if (!stroke) this.fill(x, y, w - gap, h - gap, inside);
    else {
      this.fill(x, y, w - gap, h - gap, this.colour(stroke, o));
      this.fill(x, y, w - gap - 2, h - gap - 2, inside);
    }
  };

  // A box around (x, y), in px of the page.
  fill(x, y, w, h, colour) {
    const {width, height} = this.image, {ratio} = this, at = (place, most) => Math.min(most, Math.max(0, place));
    const left = at(Math.round((x - w / 2) * ratio), width), right = at(Math.round((x + w / 2) * ratio), width);
    const top = at(Math.round((y - h / 2) * ratio), height);
    const bottom = at(Math.round((y + h / 2) * ratio), height);
    for (let row = top; row < bottom; row++) this.pixels.fill(colour, row * width + left, row * width + right);
  }

  // As the bytes of a pixel: red, green, blue, opacity.
  colour(fill, opacity) {
    const hex = fill[0] === "#" ? fill : look.ink; // for a hatch
    if (!this.colours.has(hex)) {
      const [red, green, blue] = channels(hex);
      this.colours.set(hex, (blue << 16) | (green << 8) | red);
    }
    return (this.colours.get(hex) | (Math.round(opacity * 255) << 24)) >>> 0;
  }
}
