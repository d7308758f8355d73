// The player of the review page. Streamlit calls the default function again whenever Python redraws the page, so the
// running player is kept with its element and gets only new data. Words from outside are inserted as text, never as HTML.

const STEP_S = 1, FINE_STEP_S = 0.1;
const SPEEDS = [[1, "1×"], [0.5, "½×"], [0.25, "¼×"]];
const MAIN_PHASES = new Set(["hold", "high"]);
const NARROW = matchMedia("(max-width: 760px)"); // the same width as in player.css
const players = new WeakMap();

export default function ({ parentElement, data }) {
  const known = players.get(parentElement);
  const player = known ?? new Player(parentElement);
  players.set(parentElement, player);
  player.show(data);
  return () => player.rest();
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function clock(time_s) {
  const whole = Math.max(0, Math.floor(time_s));
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}

class Player {
  constructor(root) {
    this.root = root.querySelector(".player");
    this.video = root.querySelector("video");
    this.note = root.querySelector(".note");
    this.marks = root.querySelector(".marks");
    this.lanes = root.querySelector(".lanes");
    this.makeSpeeds(root.querySelector(".speeds"));
    for (const name of ["timeupdate", "seeking", "seeked", "loadedmetadata", "pause"])
      this.video.addEventListener(name, () => this.follow());
    this.video.addEventListener("play", () => this.run());
    this.video.addEventListener("error", () => this.say(
      "The annotated recording cannot be played here. You can still use the marks and numbers below."));
    NARROW.addEventListener("change", () => { this.drawLanes(); this.follow(); });
    this.video.addEventListener("loadeddata", () => this.say(""));
  }

  show(data) {
    const text = JSON.stringify(data);
    this.run();
    if (text === this.text) return;
    const sameVideo = this.data?.video_url === data.video_url;
    this.text = text;
    this.data = data;
    if (!sameVideo) this.load(data);
    this.root.classList.toggle("still", data.still);
    this.root.classList.toggle("nohold", !data.holds.length);
    this.video.controls = !data.still;
    this.drawLanes();
    this.drawMarks();
    this.follow();
  }

  load(data) {
    if (!data.video_url) return this.say("No annotated recording was stored. You can still use the marks and numbers below.");
    this.video.style.aspectRatio = `${data.width} / ${data.height}`;
    // An upright recording would be very small at the height that suits a wide one.
    this.root.style.setProperty("--high", data.height > data.width ? "480px" : "360px");
    this.video.src = data.video_url;
  }

  say(words) {
    this.note.textContent = words;
    this.note.hidden = !words;
  }

  // Moving ------------------------------------------------------------------------------------------------------------

  jump(time_s, play) {
    this.video.currentTime = Math.min(Math.max(time_s, 0), this.data.duration_s);
    if (play) this.video.play().catch(() => {}); // a browser may refuse to play; the picture has jumped all the same
    this.follow();
  }

  run() {
    cancelAnimationFrame(this.frame);
    const step = () => {
      this.follow();
      if (!this.video.paused && !this.video.ended) this.frame = requestAnimationFrame(step);
    };
    if (!this.video.paused) this.frame = requestAnimationFrame(step);
  }

  rest() {
    cancelAnimationFrame(this.frame);
  }

  follow() {
    if (!this.data || !this.cursor) return;
    const time_s = this.video.currentTime;
    this.cursor.style.left = this.percent(time_s);
    this.track.setAttribute("aria-valuenow", time_s.toFixed(1));
    this.track.setAttribute("aria-valuetext", `${clock(time_s)} of ${clock(this.data.duration_s)}`);
    this.buttons.forEach((button, index) => {
      const fault = this.data.faults[index];
      button.setAttribute("aria-current", String(time_s >= fault.from_s - 0.05 && time_s < fault.to_s));
    });
  }

  // Drawing -----------------------------------------------------------------------------------------------------------

  percent(time_s) {
    return `${(100 * Math.min(Math.max(time_s / this.data.duration_s, 0), 1)).toFixed(3)}%`;
  }

  put(lane, element, part) {
    element.style.left = this.percent(part.from_s);
    element.style.width = `${(100 * (part.to_s - part.from_s) / this.data.duration_s).toFixed(3)}%`;
    lane.append(element);
  }

  drawLanes() {
    const { phases, holds, faults } = this.data;
    const names = [];
    this.makeTrack();
    if (phases.length) names.push(["Phase", this.phaseLane(phases)]);
    if (holds.length) names.push(["Hold", this.holdLane(holds)]);
    const rows = new Map();
    faults.forEach((fault, index) => {
      if (!rows.has(fault.row)) rows.set(fault.row, [fault.name, make("div", "lane")]);
      rows.get(fault.row)[1].append(this.mark(fault, index));
    });
    names.push(...rows.values(), ["", this.tickLane()]);
    this.lanes.replaceChildren();
    names.forEach(([name, lane], index) => {
      const label = make("span", "label", name);
      label.title = name;
      label.style.gridRow = String(index + 1);
      if (!NARROW.matches) this.lanes.append(label);
      else if (name) this.track.append(make("span", "label", name));
      this.track.append(lane);
    });
    this.track.style.gridRow = `1 / span ${names.length}`;
    this.track.append(this.cursor);
    this.lanes.append(this.track);
  }

  makeTrack() {
    const track = make("div", "track");
    track.tabIndex = 0;
    track.setAttribute("role", "slider");
    track.setAttribute("aria-label", "Position in the recording");
    track.setAttribute("aria-valuemin", "0");
    track.setAttribute("aria-valuemax", this.data.duration_s.toFixed(1));
    track.addEventListener("keydown", event => this.key(event));
    track.addEventListener("pointerdown", event => this.drag(event));
    track.addEventListener("pointermove", event => event.buttons & 1 && this.dragging && this.drag(event));
    track.addEventListener("pointerup", () => { this.dragging = false; });
    this.track = track;
    this.cursor = make("div", "cursor");
  }

  drag(event) {
    if (event.type === "pointerdown" && event.target.closest(".mark")) return;
    this.dragging = true;
    const box = this.track.getBoundingClientRect();
    this.jump((event.clientX - box.left) / box.width * this.data.duration_s, false);
  }

  key(event) {
    const step = event.shiftKey ? FINE_STEP_S : STEP_S;
    const to = {
      ArrowLeft: this.video.currentTime - step, ArrowDown: this.video.currentTime - step,
      ArrowRight: this.video.currentTime + step, ArrowUp: this.video.currentTime + step,
      Home: 0, End: this.data.duration_s,
    }[event.key];
    if (to !== undefined) this.jump(to, false);
    else if (event.key === " ") this.video.paused ? this.jump(this.video.currentTime, true) : this.video.pause();
    else return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit has shortcuts of its own
  }

  phaseLane(phases) {
    const lane = make("div", "lane");
    for (const part of phases) {
      const kind = part.name === "absent" ? " absent" : MAIN_PHASES.has(part.name) ? " main" : "";
      const element = make("div", `phase${kind}`, part.name === "absent" ? "not seen" : part.label);
      element.title = `${element.textContent} ${clock(part.from_s)}–${clock(part.to_s)}`;
      this.put(lane, element, part);
    }
    return lane;
  }

  holdLane(holds) {
    const lane = make("div", "lane");
    for (const part of holds) {
      const length = `${(part.to_s - part.from_s).toFixed(1)} s`;
      const element = make("div", `holdpart ${part.paused ? "paused" : "valid"}`, part.paused ? "" : length);
      if (part.paused) element.append(make("span", "plate", part.paused));
      element.title = part.paused ? `paused ${length}: ${part.paused}` : `counts, ${length}`;
      this.put(lane, element, part);
    }
    return lane;
  }

  mark(fault, index) {
    const button = make("button", `mark ${fault.state}`);
    button.type = "button";
    button.tabIndex = -1; // the list next to the picture holds the same buttons for the keyboard
    button.title = `${fault.name}, ${clock(fault.from_s)}–${clock(fault.to_s)}`;
    button.setAttribute("aria-hidden", "true");
    button.dataset.fault = String(index);
    button.append(make("span", "glyph", fault.icon));
    button.addEventListener("click", () => this.jump(fault.from_s, true));
    button.style.left = this.percent(fault.from_s);
    button.style.width = `${(100 * (fault.to_s - fault.from_s) / this.data.duration_s).toFixed(3)}%`;
    return button;
  }

  tickLane() {
    const lane = make("div", "lane thin");
    const total = this.data.duration_s;
    const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find(s => total / s <= (NARROW.matches ? 6 : 13)) ?? 1200;
    for (let time_s = 0; time_s <= total; time_s += step) {
      const tick = make("span", time_s > total * 0.97 ? "tick last" : "tick", clock(time_s));
      tick.style.left = this.percent(time_s);
      lane.append(tick);
    }
    return lane;
  }

  drawMarks() {
    this.marks.replaceChildren();
    this.buttons = this.data.faults.map((fault, index) => {
      const item = make("li"), button = make("button");
      button.type = "button";
      button.dataset.fault = String(index);
      button.append(make("span", `chip ${fault.state}`, fault.icon), make("span", "name", fault.name),
        make("span", "when", `${clock(fault.from_s)}–${clock(fault.to_s)}`), make("span", "cue", fault.cue));
      if (fault.detail) button.append(make("span", "detail", fault.detail));
      button.setAttribute("aria-label",
        `${fault.word}: ${fault.name}, from ${clock(fault.from_s)} to ${clock(fault.to_s)}. ${fault.cue}. Show it.`);
      button.addEventListener("click", () => this.jump(fault.from_s, true));
      item.append(button);
      this.marks.append(item);
      return button;
    });
    if (this.buttons.length) return;
    const none = make("li", "none");
    const { state, icon, words } = this.data.nothing;
    none.append(make("span", `chip ${state}`, icon), make("span", "", words));
    this.marks.append(none);
  }

  makeSpeeds(group) {
    group.append(make("span", "", "Speed")); // half and quarter speed show details that are too fast to see
    const buttons = SPEEDS.map(([rate, label]) => {
      const button = make("button", "", label);
      button.type = "button";
      button.setAttribute("aria-pressed", String(rate === 1));
      button.addEventListener("click", () => {
        this.video.playbackRate = rate;
        buttons.forEach(other => other.setAttribute("aria-pressed", String(other === button)));
      });
      group.append(button);
      return button;
    });
  }
}
