// The picture: film, overlay, zoom and pan, and the tools that work on it.

import { find, make, say } from "./dom.js";

const PER_POSE = 33 * 3 + 71 * 2, JOINTS = 33;
const GUESSED = 0.1; // below this the pose model guesses, and nothing is drawn
const GRAB_PX = 18, MOST_ZOOM = 8;
const NOTE_NEAR_S = 0.3;
const POINTS_OF = { line: 2, angle: 3 };
const SIDES = { left: "#56B4E9", right: "#F0E442", none: "#F5F5F5" };
const GHOST = "#E3A5FF";
const COLOURS = { ok: "#009E73", warn: "#E69F00", fix: "#D55E00", info: "#56B4E9", cannot_tell: "#A3A3A3" };

export class Stage {
  constructor(root, clock, data, does) {
    this.root = root;
    this.clock = clock;
    this.data = data;
    this.does = does;
    this.video = find("video", root);
    this.canvas = find("canvas", root);
    this.plate = find("#plate");
    this.layers = { limbs: true, back: true, joints: false, angles: true, notes: true, ghost: true };
    this.tool = "look";
    this.points = [];
    this.zoom = 1;
    this.pan = [0, 0];
    new ResizeObserver(() => this.fit()).observe(root);
    root.addEventListener("wheel", event => this.wheel(event), { passive: false });
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"])
      root.addEventListener(name, event => this[name](event));
    root.addEventListener("keydown", event => this.nudge(event));
    for (const { id, name } of data.joints) find("#joint").append(new Option(name, id));
    this.video.addEventListener("loadeddata", () => this.draw());
    this.fit();
  }

  setPoses(numbers) {
    this.poses = numbers;
    this.draw();
  }

  setGhost(numbers) {
    this.ghost = numbers;
    if (this.ghostButton) this.ghostButton.hidden = !numbers;
    this.draw();
  }

  setTool(tool) {
    this.tool = tool;
    this.points = [];
    this.pointed = tool === "patient" ? [this.data.width / 2, this.data.height / 2] : null;
    this.root.dataset.tool = tool;
    this.draw();
  }

  // Places -------------------------------------------------------------------------------------------------------------

  fit() {
    const { width, height } = this.data;
    const box = this.root.getBoundingClientRect();
    this.size = [box.width, box.height];
    this.scale = Math.min(box.width / width, box.height / height) || 1;
    const dense = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(box.width * dense);
    this.canvas.height = Math.round(box.height * dense);
    this.place();
  }

  /** Puts film and overlay where zoom and pan want them; the picture never leaves the stage. */
  place() {
    const { width, height } = this.data;
    const each = [width, height].map((length, axis) => {
      const shown = length * this.scale * this.zoom;
      const room = Math.max(0, (shown - this.size[axis]) / 2);
      this.pan[axis] = Math.min(room, Math.max(-room, this.pan[axis]));
      return (this.size[axis] - shown) / 2 + this.pan[axis];
    });
    this.origin = each;
    const style = this.video.style;
    style.width = `${width * this.scale}px`;
    style.height = `${height * this.scale}px`;
    style.transform = `translate(${each[0]}px, ${each[1]}px) scale(${this.zoom})`;
    this.draw();
  }

  toScreen([x, y]) {
    const scale = this.scale * this.zoom;
    return [this.origin[0] + x * scale, this.origin[1] + y * scale];
  }

  toPicture(event) {
    const box = this.root.getBoundingClientRect();
    const scale = this.scale * this.zoom;
    return [(event.clientX - box.left - this.origin[0]) / scale, (event.clientY - box.top - this.origin[1]) / scale];
  }

  /** Zooms so that the point under the pointer stays where it is. */
  zoomBy(factor, at) {
    const old = this.zoom;
    this.zoom = Math.min(MOST_ZOOM, Math.max(1, old * factor));
    const centre = at ?? [this.size[0] / 2, this.size[1] / 2];
    const grown = this.zoom / old;
    [0, 1].forEach(axis => {
      const middle = this.size[axis] / 2;
      this.pan[axis] = centre[axis] - middle - (centre[axis] - middle - this.pan[axis]) * grown;
    });
    this.place();
  }

  zoomFit() {
    this.zoom = 1;
    this.pan = [0, 0];
    this.place();
  }

  // The pointer --------------------------------------------------------------------------------------------------------

  wheel(event) {
    if (!event.ctrlKey && this.zoom === 1 && event.deltaY > 0) return; // nothing to make smaller: the page scrolls
    event.preventDefault();
    const box = this.root.getBoundingClientRect();
    this.zoomBy(Math.exp(-event.deltaY / 400), [event.clientX - box.left, event.clientY - box.top]);
  }

  pointerdown(event) {
    if (event.button !== 0 || event.target.closest("button")) return;
    const point = this.toPicture(event);
    this.root.focus({ preventScroll: true });
    if (this.tool === "joint") {
      const joint = this.nearestJoint(event);
      if (joint) {
        this.clock.pause();
        this.grabbed = { ...joint, at: point };
        this.root.setPointerCapture(event.pointerId);
        return this.draw();
      }
    }
    if (this.tool === "patient") {
      this.clock.pause();
      const most = [this.data.width, this.data.height];
      this.pointed = point.map((number, axis) => Math.min(Math.max(number, 0), most[axis]));
      return this.draw();
    }
    if (this.tool in POINTS_OF) {
      this.clock.pause();
      this.points.push(point.map(number => Math.round(number * 10) / 10));
      if (this.points.length === POINTS_OF[this.tool]) {
        this.does.draw(this.points);
        this.points = [];
      }
      return this.draw();
    }
    this.dragged = [event.clientX - this.pan[0], event.clientY - this.pan[1]];
    this.root.setPointerCapture(event.pointerId);
  }

  pointermove(event) {
    if (this.grabbed && !this.nudged) {
      this.grabbed.at = this.toPicture(event);
      return this.draw();
    }
    if (this.points.length) {
      this.hovered = this.toPicture(event);
      return this.draw();
    }
    if (!this.dragged || this.zoom === 1) return;
    this.pan = [event.clientX - this.dragged[0], event.clientY - this.dragged[1]];
    this.place();
  }

  pointerup() {
    if (this.grabbed && !this.nudged) {
      const { id, at } = this.grabbed;
      this.does.moveJoint(id, at);
    }
    this.pointercancel();
  }

  pointercancel() {
    this.grabbed = this.dragged = this.nudged = null;
    this.draw();
  }

  /** Moves the joint that is chosen by one point of the recording; Enter keeps it, Escape leaves it. */
  nudge(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (this.tool === "patient" && way && event.altKey) return this.nudgePointed(event, way);
    if (this.tool !== "joint" || !(way && event.altKey || this.nudged && ["Enter", "Escape"].includes(event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") this.does.moveJoint(this.nudged.id, this.nudged.at);
    if (!way) {
      this.nudged = this.grabbed = null;
      return this.draw();
    }
    this.clock.pause();
    const joint = this.data.joints.find(one => one.id === find("#joint").value);
    const from = this.nudged?.id === joint.id ? this.nudged.at : this.joint(joint.index);
    if (!from) return;
    this.nudged = this.grabbed = { ...joint, at: [from[0] + way[0], from[1] + way[1]] };
    this.draw();
  }

  nudgePointed(event, way) {
    event.preventDefault();
    event.stopPropagation();
    this.clock.pause();
    const { width, height } = this.data, step = width / 50;
    this.pointed = [[0, width], [1, height]].map(([axis, most]) => Math.min(Math.max(this.pointed[axis] + step * way[axis], 0), most));
    this.draw();
  }

  nearestJoint(event) {
    const box = this.root.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top];
    let best = null, least = GRAB_PX;
    for (const joint of this.data.joints) {
      const point = this.joint(joint.index);
      if (!point) continue;
      const [x, y] = this.toScreen(point);
      const away = Math.hypot(x - at[0], y - at[1]);
      if (away < least) [best, least] = [joint, away];
    }
    return best;
  }

  // Drawing ------------------------------------------------------------------------------------------------------------

  joint(index) {
    if (this.grabbed?.index === index) return this.grabbed.at;
    return this.jointOf(this.poses, index);
  }

  jointOf(poses, index) {
    const at = this.clock.index * PER_POSE + 3 * index;
    if (!poses || at + 2 >= poses.length) return null;
    const [x, y, seen] = poses.subarray(at, at + 3);
    return Number.isFinite(x) && Number.isFinite(y) && seen >= GUESSED ? [x, y] : null;
  }

  backLine(poses = this.poses) {
    const from = this.clock.index * PER_POSE + 3 * JOINTS, points = [];
    if (!poses) return points;
    for (let at = from; at < from + 2 * 71; at += 2)
      if (Number.isFinite(poses[at])) points.push([poses[at], poses[at + 1]]);
    return points;
  }

  hasGhostNow() {
    return this.data.joints.some(({ index }) => this.jointOf(this.ghost, index));
  }

  draw() {
    const context = this.canvas.getContext("2d"), dense = window.devicePixelRatio || 1;
    if (!this.origin) return;
    context.setTransform(dense, 0, 0, dense, 0, 0);
    context.clearRect(0, 0, this.size[0], this.size[1]);
    context.lineCap = context.lineJoin = "round";
    this.context = context;
    const isMoving = this.tool === "joint";
    if (this.layers.ghost && this.ghost) this.drawGhost();
    if (this.layers.limbs || isMoving) this.drawLimbs();
    if (this.layers.back) this.line(this.backLine(), COLOURS[this.does.backState()] ?? SIDES.none, 5);
    if (this.layers.joints || isMoving) this.drawJoints(isMoving);
    if (this.layers.angles) this.drawAngles();
    const notes = this.layers.notes ? this.near(this.data.notes) : [];
    for (const note of notes) this.drawShape(note.points, "#F0E442");
    if (this.points.length) this.drawShape(this.hovered ? [...this.points, this.hovered] : this.points, "#FFFFFF");
    if (this.pointed) this.drawPointed();
    const texts = notes.map(note => note.text).filter(Boolean);
    this.plate.hidden = !texts.length;
    this.plate.textContent = texts.join("\n");
  }

  near(notes) {
    return notes.filter(note => Math.abs(note.at_s - this.clock.time_s) <= NOTE_NEAR_S);
  }

  line(points, colour, width, { dash = [] } = {}) {
    if (points.length < 2) return;
    for (const [style, wide] of [["rgb(0 0 0 / 55%)", width + 3], [colour, width]]) {
      this.context.beginPath();
      points.forEach((point, index) => {
        const [x, y] = this.toScreen(point);
        if (index) this.context.lineTo(x, y); else this.context.moveTo(x, y);
      });
      this.context.setLineDash(dash);
      this.context.strokeStyle = style;
      this.context.lineWidth = wide;
      this.context.stroke();
    }
    this.context.setLineDash([]);
  }

  sideOf(index) {
    const name = this.data.landmarks[index];
    return name.startsWith("left") ? SIDES.left : name.startsWith("right") ? SIDES.right : SIDES.none;
  }

  drawLimbs() {
    for (const [from, to] of this.data.bones) {
      const ends = [this.joint(from), this.joint(to)];
      if (ends.every(Boolean)) this.line(ends, this.sideOf(from), 3);
    }
  }

  /** Draws the other body: pale and dashed, below this one. */
  drawGhost() {
    for (const ends of [...this.data.bones, ...this.data.trunk]) {
      const points = ends.map(index => this.jointOf(this.ghost, index));
      if (points.every(Boolean)) this.line(points, GHOST, 3, { dash: [9, 5] });
    }
    this.line(this.backLine(this.ghost), GHOST, 4, { dash: [9, 5] });
  }

  drawJoints(large) {
    for (const { index } of this.data.joints) {
      const point = this.joint(index);
      if (!point) continue;
      const [x, y] = this.toScreen(point);
      this.context.beginPath();
      this.context.arc(x, y, large ? 7 : 4, 0, 2 * Math.PI);
      this.context.fillStyle = this.sideOf(index);
      this.context.strokeStyle = "#000";
      this.context.lineWidth = 1.5;
      this.context.fill();
      this.context.stroke();
    }
  }

  drawAngles() {
    for (const { arc, words, state } of this.does.angles()) {
      const points = arc.map(index => this.joint(index));
      if (points.every(Boolean)) this.drawArc(points, words, COLOURS[state] ?? SIDES.none);
    }
  }

  drawArc(points, words, colour) {
    const [a, corner, b] = points.map(point => this.toScreen(point));
    const towards = [a, b].map(([x, y]) => Math.atan2(y - corner[1], x - corner[0]));
    const arms = [a, b].map(([x, y]) => Math.hypot(x - corner[0], y - corner[1]));
    const radius = Math.min(34, 0.45 * Math.min(...arms));
    let turn = towards[1] - towards[0];
    while (turn > Math.PI) turn -= 2 * Math.PI;
    while (turn < -Math.PI) turn += 2 * Math.PI;
    const context = this.context;
    for (const [style, wide] of [["rgb(0 0 0 / 55%)", 5], [colour, 2.5]]) {
      context.beginPath();
      context.arc(corner[0], corner[1], radius, towards[0], towards[0] + turn, turn < 0);
      context.strokeStyle = style;
      context.lineWidth = wide;
      context.stroke();
    }
    const middle = towards[0] + turn / 2;
    this.words(words, corner[0] + Math.cos(middle) * (radius + 26), corner[1] + Math.sin(middle) * (radius + 14));
  }

  drawPointed() {
    const context = this.context, [x, y] = this.toScreen(this.pointed);
    for (const [style, wide] of [["rgb(0 0 0 / 70%)", 7], ["#F0E442", 3]]) {
      context.beginPath();
      context.arc(x, y, 22, 0, 2 * Math.PI);
      context.moveTo(x, y - 8);
      context.lineTo(x, y + 8);
      context.moveTo(x - 8, y);
      context.lineTo(x + 8, y);
      context.strokeStyle = style;
      context.lineWidth = wide;
      context.stroke();
    }
  }

  words(text, x, y) {
    const context = this.context;
    context.font = "600 14px system-ui, sans-serif";
    const wide = context.measureText(text).width + 12;
    const left = Math.min(Math.max(x - wide / 2, 2), this.size[0] - wide - 2);
    context.fillStyle = "rgb(0 0 0 / 72%)";
    context.beginPath();
    context.roundRect(left, y - 11, wide, 22, 5);
    context.fill();
    context.fillStyle = "#fff";
    context.textBaseline = "middle";
    context.fillText(text, left + 6, y + 0.5);
  }

  drawShape(points, colour) {
    this.line(points, colour, 3);
    if (points.length !== 3) return;
    const [a, corner, b] = points;
    const turn = Math.atan2(b[1] - corner[1], b[0] - corner[0]) - Math.atan2(a[1] - corner[1], a[0] - corner[0]);
    const degrees = Math.round(Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) * 180 / Math.PI);
    this.drawArc(points, `${degrees}°`, colour);
  }
}

/** Makes the row of tools and the row of layers. */
export function makeBars(stage, does) {
  const tools = find("#tools"), hint = find("#hint");
  const choose = tool => {
    stage.setTool(tool);
    hint.textContent = say(`hint_${tool}`);
    find("#note-form").hidden = tool !== "note";
    find("#joint-form").hidden = tool !== "joint";
    find("#patient-form").hidden = tool !== "patient";
    if (tool === "patient") does.pause();
    for (const one of tools.children) {
      one.setAttribute("aria-checked", String(one.dataset.tool === tool));
      one.tabIndex = one.dataset.tool === tool ? 0 : -1;
    }
    if (tool === "note") { does.pause(); find("#note-text").focus(); }
  };
  const names = ["look", "joint", "note", "line", "angle", "patient"];
  names.forEach((tool, place) => {
    const one = make("button", "small", say(`tool_${tool}`));
    one.type = "button";
    one.dataset.tool = tool;
    one.setAttribute("role", "radio");
    one.addEventListener("click", () => choose(tool));
    one.addEventListener("keydown", event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const next = (place + step + names.length) % names.length;
      choose(names[next]);
      if (names[next] !== "note") tools.children[next].focus();
    });
    tools.append(one);
  });
  choose("look");
  for (const layer of Object.keys(stage.layers)) {
    const one = make("button", "small", say(`layer_${layer}`));
    one.type = "button";
    one.setAttribute("aria-pressed", String(stage.layers[layer]));
    one.addEventListener("click", () => {
      stage.layers[layer] = !stage.layers[layer];
      one.setAttribute("aria-pressed", String(stage.layers[layer]));
      stage.draw();
    });
    if (layer === "ghost") {
      stage.ghostButton = one;
      one.hidden = true;
    }
    find("#layers").append(one);
  }
  return choose;
}

