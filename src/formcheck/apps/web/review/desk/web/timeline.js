// One timeline: phases, holds, faults, cannot-tell, notes, and the curves under them on the same scale of time.

import { chip, clock as clockWords, draw, find, make, say } from "./dom.js";

const MAIN_PHASES = new Set(["hold", "high"]);
const FIRST_CURVES = 3, HIGH_PX = 92;
const SHORTEST_S = 0.25, LEAST_VIEW_S = 1;
const FIXED_UNITS = { deg: "°", pct: " %", s: " s", deg_per_s: "°/s" };

/** Returns a number with its give-or-take, as the tables write it. */
export function quantity(value, unit, doubt) {
  if (value === null || value === undefined) return say("unknown_now");
  const digits = unit === "tl" ? 2 : unit === "s" ? 1 : 0;
  const write = number => number.toFixed(digits).replace("-", "−");
  return `${write(value)}${FIXED_UNITS[unit] ?? ` ${unit}`}${doubt ? ` ± ${write(doubt)}` : ""}`;
}

export class Timeline {
  constructor(root, clock, data, does) {
    this.root = root;
    this.clock = clock;
    this.data = data;
    this.does = does;
    this.part = { from_s: null, to_s: null };
    this.all = false;
    this.length_s = Math.max(data.duration_s || 0, clock.end_s, 0.1);
    this.view = [0, this.length_s];
    new ResizeObserver(() => this.redraw()).observe(root);
    find("#closer").addEventListener("click", () => this.zoomBy(0.5));
    find("#wider").addEventListener("click", () => this.zoomBy(2));
    find("#whole").addEventListener("click", () => this.setView(0, this.length_s));
    find("#curves").addEventListener("click", () => { this.all = !this.all; this.redraw(true); });
  }

  // The visible part ---------------------------------------------------------------------------------------------------

  setView(from_s, to_s) {
    const length_s = Math.min(this.length_s, Math.max(LEAST_VIEW_S, to_s - from_s));
    const start_s = Math.min(Math.max(0, from_s), this.length_s - length_s);
    this.view = [start_s, start_s + length_s];
    this.redraw(true);
  }

  zoomBy(factor) {
    const length_s = (this.view[1] - this.view[0]) * factor, now_s = this.clock.time_s;
    this.setView(now_s - length_s / 2, now_s + length_s / 2);
  }

  percent(time_s) {
    return 100 * (time_s - this.view[0]) / (this.view[1] - this.view[0]);
  }

  // Drawing ------------------------------------------------------------------------------------------------------------

  redraw(always = false) {
    const width = this.root.clientWidth;
    if (!always && width === this.width) return;
    this.width = width;
    const hadFocus = this.track?.contains(document.activeElement) && document.activeElement === this.track;
    this.root.replaceChildren();
    this.makeTrack();
    this.rows = [];
    this.addLane(say("lane_phases"), this.phaseLane());
    if (this.data.holds.length) this.addLane(say("lane_holds"), this.holdLane());
    for (const [name, faults] of this.faultRows()) this.addLane(name, this.faultLane(faults));
    if (this.data.unknown.length) this.addLane(say("lane_unknown"), this.unknownLane());
    if (this.data.notes.length || this.data.cuts.length || this.data.neutral_s !== null)
      this.addLane(say("lane_notes"), this.noteLane());
    this.addLane("", this.tickLane(), "thin");
    const shown = this.all ? this.data.series : this.data.series.slice(0, FIRST_CURVES);
    this.curves = shown.map(one => this.addCurve(one));
    this.track.append(this.partBox, this.cursor);
    this.root.append(this.track);
    const more = find("#curves");
    more.hidden = this.data.series.length <= FIRST_CURVES;
    more.textContent = say(this.all ? "fewer_curves" : "more_curves", { count: this.data.series.length });
    if (hadFocus) this.track.focus({ preventScroll: true });
    this.follow();
  }

  makeTrack() {
    const track = make("div", "track");
    track.tabIndex = 0;
    track.setAttribute("role", "slider");
    track.setAttribute("aria-label", say("time_label"));
    track.setAttribute("aria-valuemin", "0");
    track.setAttribute("aria-valuemax", this.length_s.toFixed(1));
    track.addEventListener("pointerdown", event => {
      if (event.button !== 0 || event.target.closest("button")) return;
      track.setPointerCapture(event.pointerId);
      this.dragging = true;
      this.goTo(event);
    });
    track.addEventListener("pointermove", event => this.dragging && this.goTo(event));
    for (const name of ["pointerup", "pointercancel"]) track.addEventListener(name, () => { this.dragging = false; });
    this.track = track;
    this.cursor = make("div", "cursor");
    this.partBox = make("div", "chosen");
  }

  timeAt(event) {
    const box = this.track.getBoundingClientRect();
    return this.view[0] + (event.clientX - box.left) / box.width * (this.view[1] - this.view[0]);
  }

  goTo(event) {
    this.clock.pause();
    this.clock.goTo(this.timeAt(event));
  }

  addLane(name, lane, kind = "") {
    const label = make("div", `label ${kind}`, name);
    label.title = name;
    this.root.append(label);
    this.track.append(lane);
    if (kind) lane.classList.add(kind);
    this.rows.push(label);
  }

  put(lane, element, from_s, to_s) {
    const left = Math.max(0, this.percent(from_s)), right = Math.min(100, this.percent(to_s));
    if (right <= 0 || left >= 100) return;
    element.style.left = `${left}%`;
    element.style.width = `${right - left}%`;
    lane.append(element);
  }

  phaseLane() {
    const lane = make("div", "lane");
    for (const part of this.data.phases) {
      const kind = part.name === "absent" ? " absent" : MAIN_PHASES.has(part.name) ? " main" : "";
      const element = make("div", `phase${kind}`, part.label);
      element.title = `${part.label} ${clockWords(part.from_s)}–${clockWords(part.to_s)}`;
      this.put(lane, element, part.from_s, part.to_s);
    }
    return lane;
  }

  holdLane() {
    const lane = make("div", "lane");
    for (const hold of this.data.holds) {
      for (const part of hold.parts) {
        const element = make("div", `hold ${part.paused ? "paused" : "valid"}`);
        element.title = part.paused ? say("hold_paused", { why: part.paused })
          : say("hold_valid", { seconds: (hold.valid_s ?? 0).toFixed(1) });
        this.put(lane, element, part.from_s, part.to_s);
      }
      const words = make("div", "hold-words");
      words.append(make("span", "", say("hold_valid", { seconds: (hold.valid_s ?? 0).toFixed(1) })));
      this.put(lane, words, hold.from_s, hold.to_s);
      lane.append(this.edge(hold, "start", hold.from_s), this.edge(hold, "end", hold.to_s));
    }
    return lane;
  }

  /** Makes one end of a hold, which is dragged or moved with the arrow keys. */
  edge(hold, edge, time_s) {
    const handle = make("button", `edge ${edge}`);
    handle.type = "button";
    const words = say(`hold_${edge}`, { number: hold.repetition });
    const place = () => {
      const at = this.percent(time_s);
      handle.style.left = `${at}%`;
      handle.hidden = at < -0.5 || at > 100.5;
      handle.setAttribute("aria-label", `${words}: ${clockWords(time_s)}`);
      handle.title = words;
    };
    const save = () => this.does.moveHold(hold.repetition, edge, time_s);
    let isDragged = false;
    handle.addEventListener("pointerdown", event => {
      handle.setPointerCapture(event.pointerId);
      isDragged = true;
    });
    handle.addEventListener("pointermove", event => {
      if (!isDragged) return;
      time_s = Math.min(Math.max(this.timeAt(event), 0), this.length_s);
      this.clock.goTo(time_s);
      place();
    });
    handle.addEventListener("pointerup", () => { if (isDragged) save(); isDragged = false; });
    handle.addEventListener("keydown", event => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) {
        this.clock.goTo(time_s);
        this.clock.step(step);
        time_s = this.clock.time_s;
        place();
      } else if (event.key === "Enter" || event.key === " ") save();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    place();
    return handle;
  }

  faultRows() {
    const rows = new Map();
    for (const fault of this.data.faults) rows.set(fault.name, [...rows.get(fault.name) ?? [], fault]);
    return rows;
  }

  faultLane(faults) {
    const lane = make("div", "lane");
    for (const fault of faults) {
      const mark = make("button", `mark ${fault.status}`);
      mark.type = "button";
      mark.dataset.state = fault.state;
      mark.tabIndex = -1; // the list of faults has the same buttons
      mark.append(chip(fault.state, fault.icon), make("span", "mark-name", fault.name));
      mark.setAttribute("aria-label", say("show_fault", { name: fault.name, when: fault.when }));
      mark.title = `${fault.name} ${fault.when} ${fault.detail}`;
      mark.addEventListener("click", () => this.does.showFault(fault));
      this.put(lane, mark, fault.from_s, Math.max(fault.to_s, fault.from_s + SHORTEST_S));
    }
    return lane;
  }

  unknownLane() {
    const lane = make("div", "lane");
    for (const one of this.data.unknown) {
      const element = make("div", "unknown");
      element.title = say("unknown_of",
        { name: one.name, clock: `${clockWords(one.from_s)}–${clockWords(one.to_s)}` });
      this.put(lane, element, one.from_s, one.to_s);
    }
    return lane;
  }

  noteLane() {
    const lane = make("div", "lane");
    for (const cut of this.data.cuts) {
      const element = make("div", "cut");
      element.title = say("cut_of", { clock: `${clockWords(cut.from_s)}–${clockWords(cut.to_s)}` });
      this.put(lane, element, cut.from_s, cut.to_s);
    }
    const points = this.data.notes.map(note => [note.at_s, "✎", note.text || say("layer_notes")]);
    if (this.data.neutral_s !== null)
      points.push([this.data.neutral_s, "N", say("neutral_of", { clock: clockWords(this.data.neutral_s) })]);
    for (const [at_s, sign, words] of points) {
      const element = make("button", "point", sign);
      element.type = "button";
      element.title = words;
      element.setAttribute("aria-label", `${words} ${clockWords(at_s)}`);
      element.style.left = `${this.percent(at_s)}%`;
      element.hidden = this.percent(at_s) < 0 || this.percent(at_s) > 100;
      element.addEventListener("click", () => { this.clock.pause(); this.clock.goTo(at_s); });
      lane.append(element);
    }
    return lane;
  }

  tickLane() {
    const lane = make("div", "lane");
    const length_s = this.view[1] - this.view[0], most = Math.max(2, this.width / 110);
    const step_s = [0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find(one => length_s / one <= most) ?? 1200;
    for (let at = Math.ceil(this.view[0] / step_s) * step_s; at <= this.view[1] + 1e-6; at += step_s) {
      const tick = make("span", "tick", step_s < 1 ? clockWords(at) : clockWords(at).slice(0, -2));
      tick.style.left = `${this.percent(at)}%`;
      if (this.percent(at) > 96) tick.classList.add("last");
      if (this.percent(at) < 2) tick.classList.add("first");
      lane.append(tick);
    }
    return lane;
  }

  // Curves -------------------------------------------------------------------------------------------------------------

  addCurve(one) {
    const label = make("div", "label curve-label");
    const name = make("span", "curve-name", one.name), value = make("span", "curve-value");
    label.append(name, value);
    if (one.target_words) label.append(make("span", "curve-target", `${say("target")} ${one.target_words}`));
    label.title = `${one.name} (${one.axis})`;
    this.root.append(label);
    const lane = make("div", "lane curve"), width = Math.max(40, this.track.clientWidth || this.width - 150);
    const svg = draw("svg", { viewBox: `0 0 ${width} ${HIGH_PX}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    this.drawCurve(svg, one, width);
    const inside = make("span", "inside"); // where there is no room for labels beside the curves
    lane.append(svg, ...this.scaleWords(one), inside);
    this.track.append(lane);
    return { one, value, inside };
  }

  heights(one) {
    const ends = [...one.target ?? [], ...one.warn ?? []].filter(end => end !== null);
    const values = one.lines.flatMap(line => line.value.flatMap((value, index) =>
      value === null ? [] : [value - (line.unc[index] ?? 0), value + (line.unc[index] ?? 0)]));
    const all = one.range ? values : [...ends, ...values];
    const low = all.reduce((a, b) => Math.min(a, b), Infinity), high = all.reduce((a, b) => Math.max(a, b), -Infinity);
    const pad = Math.max(one.unit === "tl" ? 0.05 : 2, 0.06 * (high - low));
    return [low - pad, high + pad];
  }

  drawCurve(svg, one, width) {
    const [low, high] = one.heights = this.heights(one);
    const y = value => HIGH_PX * (1 - (value - low) / (high - low));
    const x = time_s => width * this.percent(time_s) / 100;
    const band = (from, to, kind) => {
      const [a, b] = [Math.max(from ?? low, low), Math.min(to ?? high, high)];
      if (b > a) svg.append(draw("rect", { x: 0, width, y: y(b), height: y(a) - y(b), class: kind }));
    };
    if (!one.range) {
      if (one.target) band(...one.target, "band-target");
      if (one.warn && one.target) {
        if (one.target[0] !== null) band(one.warn[0], one.target[0], "band-warn");
        if (one.target[1] !== null) band(one.target[1], one.warn[1], "band-warn");
      }
    }
    for (const line of one.lines) {
      const shown = one.time_s.map((time_s, index) => ({ x: x(time_s), value: line.value[index], unc: line.unc[index] ?? 0,
        judged: line.judged[index] }));
      const runs = split(shown, point => point.value !== null);
      for (const run of runs) {
        const upper = run.map(point => `${point.x.toFixed(1)},${y(point.value + point.unc).toFixed(1)}`);
        const lower = run.map(point => `${point.x.toFixed(1)},${y(point.value - point.unc).toFixed(1)}`).reverse();
        svg.append(draw("polygon", { points: [...upper, ...lower].join(" "), class: "doubt" }));
        svg.append(draw("polyline", { points: pointsOf(run, y), class: `course ${line.side ?? ""}` }));
      }
      for (const run of split(shown, point => point.value !== null && point.judged))
        svg.append(draw("polyline", { points: pointsOf(run, y), class: `judged ${line.side ?? ""}` }));
    }
    const known = one.time_s.map((time_s, index) => ({ x: x(time_s),
      isKnown: one.lines.some(line => line.value[index] !== null) }));
    for (const gap of split(known, point => !point.isKnown))
      svg.append(draw("rect", { x: gap[0].x, width: Math.max(1, gap[gap.length - 1].x - gap[0].x), y: 0, height: HIGH_PX,
        class: "gap" }));
  }

  scaleWords(one) {
    const [low, high] = one.heights;
    const ends = [...new Set([...one.target ?? [], ...one.warn ?? []])].filter(end => end !== null && end > low && end < high);
    let last = Infinity;
    return ends.sort((a, b) => b - a).flatMap(end => {
      const at = 100 * (1 - (end - low) / (high - low));
      if (one.range || Math.abs(at - last) < 14) return [];
      last = at;
      const words = make("span", "scale", quantity(end, one.unit));
      words.style.top = `${Math.min(90, Math.max(10, at))}%`;
      return [words];
    });
  }

  // Following ----------------------------------------------------------------------------------------------------------

  setPart(part) {
    Object.assign(this.part, part);
    this.follow();
  }

  follow() {
    if (!this.cursor) return;
    const time_s = this.clock.time_s;
    if (time_s < this.view[0] - 1e-6 || time_s > this.view[1] + 1e-6) {
      const length_s = this.view[1] - this.view[0];
      return this.setView(time_s - 0.1 * length_s, time_s + 0.9 * length_s);
    }
    this.cursor.style.left = `${this.percent(time_s)}%`;
    this.track.setAttribute("aria-valuenow", time_s.toFixed(2));
    this.track.setAttribute("aria-valuetext",
      say("time_of", { clock: clockWords(time_s), length: clockWords(this.length_s) }));
    for (const { one, value, inside } of this.curves) {
      value.textContent = this.readCurve(one, time_s);
      inside.textContent = `${one.name} ${value.textContent}`;
    }
    const { from_s, to_s } = this.part;
    this.partBox.hidden = from_s === null || to_s === null || to_s <= from_s;
    if (this.partBox.hidden) return;
    const left = Math.max(0, this.percent(from_s)), right = Math.min(100, this.percent(to_s));
    this.partBox.style.left = `${left}%`;
    this.partBox.style.width = `${Math.max(0, right - left)}%`;
  }

  readCurve(one, time_s) {
    return one.lines.map(line => {
      const { value, unc } = readLine(one, line, time_s);
      return `${one.lines.length > 1 && line.side ? `${say(`side_${line.side}`)} ` : ""}${quantity(value, one.unit, unc)}`;
    }).join(" · ");
  }
}

/** Returns value and give-or-take of a line at a time. */
export function readLine(one, line, time_s) {
  let low = 0, high = one.time_s.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (one.time_s[middle] <= time_s + 1e-3) low = middle; else high = middle - 1;
  }
  return { value: line.value[low] ?? null, unc: line.unc[low] ?? null, judged: Boolean(line.judged[low]) };
}

function split(points, belongs) {
  const runs = [];
  let run = null;
  for (const point of points) {
    if (!belongs(point)) run = null;
    else if (run) run.push(point);
    else runs.push(run = [point]);
  }
  return runs;
}

const pointsOf = (run, y) => run.map(point => `${point.x.toFixed(1)},${y(point.value).toFixed(1)}`).join(" ");
