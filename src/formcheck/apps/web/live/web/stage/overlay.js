// Draws what the coach sees on the picture. Colour is never the only sign: each state has its own line pattern as well.

import { Plate } from "./plate.js";

const COLOURS = { ok: "#009E73", warn: "#E69F00", fix: "#D55E00", cannot_tell: "#8A8A8A", info: "#0072B2", plain: "#F4F6F8",
  faint: "#A9B0B8" };
const HALO = "rgb(10 14 18 / 72%)", THIN_HALO = "rgb(10 14 18 / 38%)";
const GHOST = "#9CD3FF";
const WIDTHS_AT_PX = 720;
const SHARPEST = 1.5, LONGEST_PX = 1280; // more would cost time that the pose model needs
const LEAST_WIDTH = 0.6;
const LETTER_PX = 24;
const BAND_AT = 1.14; // of the radius of the arc
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

export class Overlay {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.size = [640, 480];
    this.box = [0, 0];
    this.mirrored = this.degrees = false;
    this.plate = new Plate();
  }

  /** Shows the strokes of one reply when the browser next paints. */
  show(reply) {
    if (reply.size?.[0] > 0 && (reply.size[0] !== this.size[0] || reply.size[1] !== this.size[1])) {
      this.size = reply.size;
      this.resize();
    }
    this.scene = reply;
    this.paintSoon();
  }

  clear() {
    this.scene = null;
    this.paintSoon();
  }

  fit(width, height) {
    this.box = [width, height];
    this.resize();
  }

  resize() {
    const [width, height] = this.size;
    const scale = Math.min(this.box[0] / width, this.box[1] / height) || 1;
    const sharp = Math.min(devicePixelRatio, SHARPEST, LONGEST_PX / (Math.max(width, height) * scale));
    this.scale = scale * sharp;
    this.dot = sharp; // pixels of the canvas for one pixel of the page
    this.canvas.width = Math.max(1, Math.round(width * this.scale));
    this.canvas.height = Math.max(1, Math.round(height * this.scale));
    this.paintSoon();
  }

  paintSoon() {
    this.asked ??= requestAnimationFrame(() => {
      this.asked = null;
      this.paint();
    });
  }

  paint() {
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.scene) return;
    this.pen.lineJoin = "round";
    if (this.scene.ghost) this.ghost(this.scene.ghost);
    for (const stroke of this.scene.strokes ?? []) this.stroke(stroke);
    if (this.scene.arc && this.degrees) this.arc(this.scene.arc);
  }

  place([x, y]) {
    return [this.scale * (this.mirrored ? this.size[0] - x : x), this.scale * y];
  }

  /** Draws the person's own long back: a fine line to aim for. */
  ghost(points) {
    const path = new Path2D(), pen = this.pen;
    points.forEach((point, number) => path[number ? "lineTo" : "moveTo"](...this.place(point)));
    pen.lineCap = "round";
    for (const [colour, width] of [[HALO, 6], [GHOST, 3]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width * this.dot;
      pen.setLineDash([7 * this.dot, 7 * this.dot]);
      pen.stroke(path);
    }
    pen.setLineDash([]);
  }

  stroke({ s: state, w, p: points }) {
    if (points.length < 2) return;
    const path = new Path2D();
    points.forEach((point, number) => path[number ? "lineTo" : "moveTo"](...this.place(point)));
    this.line(path, state, w);
  }

  line(path, state, w) {
    const pen = this.pen, thin = state === "cannot_tell" || state === "faint";
    const width = Math.max((w * this.canvas.height) / WIDTHS_AT_PX, w * LEAST_WIDTH * this.dot) * (thin ? 0.5 : 1);
    pen.lineCap = "round";
    pen.setLineDash([]);
    pen.strokeStyle = thin ? THIN_HALO : HALO;
    pen.lineWidth = width * (state === "fix" ? 1.4 : 1) + (thin ? 2 : 4) * this.dot;
    pen.stroke(path);
    this.pattern(state, width);
    pen.strokeStyle = COLOURS[state] ?? COLOURS.plain;
    pen.stroke(path);
    pen.setLineDash([]);
  }

  pattern(state, width) {
    const pen = this.pen;
    pen.lineWidth = width;
    if (state === "warn") {
      pen.lineCap = "butt";
      pen.setLineDash([2.4 * width, 1.5 * width]);
    } else if (state === "fix") {
      pen.lineWidth = 1.4 * width;
      pen.setLineDash([0.01, 2.1 * width]); // round caps make the dots
    }
  }

  arc({ at, from, sweep, r, s: state, text, band, legs }) {
    const [x, y] = this.place(at), radius = Math.max(r * this.scale, 8);
    const start = this.mirrored ? Math.PI - from : from, turn = this.mirrored ? -sweep : sweep;
    if (legs) for (const angle of [start, start + turn]) this.leg(x, y, 1.3 * radius, angle);
    if (band) this.band([x, y], radius, start, this.mirrored ? band.map((end) => -end) : band);
    const path = new Path2D();
    path.arc(x, y, radius, start, start + turn, turn < 0);
    this.line(path, state, 4);
    if (text) this.number(text, { at: [x, y], radius, towards: start + turn / 2 });
  }

  leg(x, y, length, angle) {
    const path = new Path2D();
    path.moveTo(x, y);
    path.lineTo(x + length * Math.cos(angle), y + length * Math.sin(angle));
    this.line(path, "plain", 2);
  }

  /** Draws the target: a thin green arc just outside the angle's arc, with a mark at its beginning. */
  band([x, y], radius, start, [low, high]) {
    const far = radius * BAND_AT, path = new Path2D(), mark = start + low;
    path.arc(x, y, far, mark, start + high, high < low);
    this.line(path, "ok", 2);
    const tick = new Path2D();
    tick.moveTo(x + radius * Math.cos(mark), y + radius * Math.sin(mark));
    tick.lineTo(x + far * BAND_AT * Math.cos(mark), y + far * BAND_AT * Math.sin(mark));
    this.line(tick, "ok", 2);
  }

  number(text, arc) {
    const pen = this.pen, letters = LETTER_PX * this.dot * Math.min(1, this.box[1] / 420 + 0.2), edge = 0.35 * letters;
    pen.font = `600 ${letters}px ${FONT}`;
    const width = pen.measureText(text).width + 2 * edge, height = letters + edge;
    const drawn = this.scene.strokes.map(({ k, p }) => ({ k, p: p.map((point) => this.place(point)) }));
    const [left, top] = this.plate.place(arc, [width, height], [this.canvas.width, this.canvas.height], drawn);
    pen.fillStyle = HALO;
    pen.fillRect(left, top, width, height);
    pen.fillStyle = "#FFFFFF";
    pen.textBaseline = "middle";
    pen.fillText(text, left + edge, top + height / 2 + 0.03 * letters);
  }
}
