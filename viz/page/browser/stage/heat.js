// Cells without words, thousands of them, as pixels: one image is written, where each cell as an
// element or as a call to draw would take the time of a frame.
import {channels, look} from "./colours.js";

export class Heat {
  constructor(canvas) {
    this.canvas = canvas;
    this.colours = new Map();
  }

  paint(marks, width, height) {
    const {canvas} = this,
      ratio = devicePixelRatio || 1;
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
    const gap = w > 8 ? 0.5 : 0,
      [left, right] = this.ends(x, w / 2 - gap, this.image.width);
    const [top, bottom] = this.ends(y, h / 2 - gap, this.image.height),
      line = Math.max(1, Math.round(this.ratio));
    if (fill) this.box(left, top, right, bottom, this.colour(fill, o));
    if (!stroke) return;
    const colour = this.colour(stroke, o);
    this.box(left, top, right, Math.min(top + line, bottom), colour);
    this.box(left, Math.max(bottom - line, top), right, bottom, colour);
    this.box(left, top, Math.min(left + line, right), bottom, colour);
    this.box(Math.max(right - line, left), top, right, bottom, colour);
  };

  // From px of the page around a middle to pixels of the image.
  ends(middle, half, most) {
    const start = Math.max(0, Math.round((middle - half) * this.ratio));
    return [start, Math.min(most, Math.round((middle + half) * this.ratio))];
  }

  box(left, top, right, bottom, colour) {
    const {pixels} = this,
      {width} = this.image;
    for (let row = top * width; row < bottom * width; row += width) {
      for (let at = row + left; at < row + right; at++) pixels[at] = colour;
    }
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
