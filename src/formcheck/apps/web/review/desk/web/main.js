// The desk: loads a result, shows it, and sends back what a person corrects. After each change everything is shown again
// from what formcheck answers, so that verdict, faults and tables always agree.

import { Clock } from "./clock.js";
import { button, clock as clockWords, config, fillWords, find, say } from "./dom.js";
import { DraftForm } from "./draft.js";
import { Ghost } from "./ghost.js";
import { followFaults, makeTabs, showFaults, showLog, showTable, showVerdict } from "./panels.js";
import { PrescribeForm } from "./prescribe.js";
import { ReportForm } from "./report.js";
import { load, loadPoses, Refusal, send } from "./server.js";
import { makeBars, Stage } from "./stage.js";
import { quantity, readLine, Timeline } from "./timeline.js";

const SPEEDS = [[0.1, "0.1×"], [0.25, "¼×"], [0.5, "½×"], [1, "1×"], [2, "2×"]];
const FAST = 2, LEAST = 0.25; // J and L: again is twice as fast
const BY_KEY = "formcheck-desk-by";
const by = find("#by"), status = find("#status");

let data, clock, stage, ghost, timeline, prescribe, report, chooseTool, speed = 1;

function tell(words, isProblem = false) {
  status.textContent = words;
  status.classList.toggle("problem", isProblem);
}

// Changing ---------------------------------------------------------------------------------------------------------------

/** Sends a change and shows what follows; returns whether it was taken. */
async function change(name, body, then = () => {}) {
  document.body.classList.add("busy");
  tell(say("working"));
  try {
    const found = await send(name, body);
    then();
    Object.assign(data, found);
    if (body.kind === "move_joint" || body.kind === "take_back" || name === "undo") stage.setPoses(await loadPoses());
    showAll();
    if (find("#ghost").value) await ghost.choose(); // its phases may be others now
    tell(say("saved"));
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell(error.message, true);
    return false;
  } finally {
    document.body.classList.remove("busy");
  }
}

function readWho() {
  const name = by.value.trim();
  if (!name) {
    by.focus();
    tell(say("by_missing"), true);
  } else localStorage.setItem(BY_KEY, name);
  return name;
}

async function correct(kind, about) {
  const name = readWho();
  return name ? change("correct", { kind, by: name, about }) : false;
}

const round = number => Math.round(number * 1000) / 1000;

const does = {
  by: () => by.value.trim(),
  tell,
  change,
  pause: () => clock.pause(),
  goTo: time_s => { clock.pause(); clock.goTo(time_s); },
  showFault: fault => { clock.pause(); clock.goTo(fault.from_s); },
  judgeFault: (fault, kind) => correct(`${kind}_fault`, { fault: fault.id, from_s: fault.from_s }),
  takeBack: id => correct("take_back", { of: id }),
  moveHold: (repetition, edge, to_s) => correct("move_hold", { repetition, edge, to_s: round(to_s) }),
  moveJoint: (landmark, [x, y]) => correct("move_joint",
    { landmark, at_s: clock.time_s, x_px: Math.round(10 * x) / 10, y_px: Math.round(10 * y) / 10 }),
  draw: points => correct("note", { at_s: clock.time_s, points_px: points, text: "" }),
  angles: () => data.series.flatMap(one => one.lines.flatMap(line => {
    if (!line.arc) return [];
    const { value, unc, judged } = readLine(one, line, clock.time_s);
    return value === null || !judged ? [] : [{ arc: line.arc, words: quantity(value, one.unit, unc), state: stateOf(one, value) }];
  })),
  backState: () => {
    const one = data.series.find(series => series.isBack);
    if (!one) return "info";
    const { value, judged } = readLine(one, one.lines[0], clock.time_s);
    return value === null || !judged ? "info" : stateOf(one, value);
  },
};

/** Returns the colour of a value by its bands; what formcheck says of a fault also asks how sure it is. */
function stateOf(one, value) {
  const inside = band => !band || (band[0] === null || value >= band[0]) && (band[1] === null || value <= band[1]);
  return inside(one.target) ? "ok" : inside(one.warn) ? "warn" : "fix";
}

// Showing ----------------------------------------------------------------------------------------------------------------

function showAll() {
  showVerdict(data);
  showFaults(data, does);
  showTable(data);
  showLog(data, does);
  prescribe.show(data);
  report.show(data);
  ghost.show();
  timeline.redraw(true);
  find("#undo").disabled = !data.corrections.length;
  follow();
  stage.draw();
}

function follow() {
  const count = clock.times_s.length;
  find("#clock").textContent = `${clockWords(clock.time_s)} · ${say("picture_of", { number: clock.index + 1, count })}`;
  find("#play").textContent = say(clock.playing ? "pause" : "play");
  followFaults(clock.time_s);
  ghost.follow();
  showPart();
}

function showPart() {
  const { from_s, to_s } = timeline.part;
  find("#part-from").textContent = from_s === null ? say("part_here") : clockWords(from_s);
  find("#part-to").textContent = to_s === null ? say("part_here") : clockWords(to_s);
}

function nextFault(way) {
  const faults = data.faults.filter(fault => fault.status !== "rejected");
  const now_s = clock.time_s;
  const found = way > 0 ? faults.find(fault => fault.from_s > now_s + 0.06)
    : [...faults].reverse().find(fault => fault.from_s < now_s - 0.06);
  if (found) does.showFault(found);
}

function currentFault() {
  const now_s = clock.time_s;
  return data.faults.find(fault => fault.status === "reported" && now_s >= fault.from_s - 0.06 && now_s < fault.to_s);
}

function firstMoment() {
  const faults = data.faults.filter(one => one.status !== "rejected");
  const fault = faults.find(one => one.state !== "info") ?? faults[0];
  return fault?.from_s ?? data.holds[0]?.from_s ?? 0;
}

function showSpeed() {
  for (const one of find("#speeds").children) one.setAttribute("aria-pressed", String(Number(one.dataset.rate) === speed));
}

function setSpeed(rate) {
  speed = rate;
  showSpeed();
  if (clock.playing) clock.play(rate);
}

// Controls ---------------------------------------------------------------------------------------------------------------

function part() {
  const { from_s, to_s } = timeline.part;
  if (from_s === null || to_s === null || to_s <= from_s) {
    tell(say("part_needed"), true);
    return null;
  }
  return { from_s: round(from_s), to_s: round(to_s) };
}

async function actOnPart(kind, about = {}) {
  const chosen = part();
  if (chosen && await correct(kind, { ...about, ...chosen })) {
    timeline.setPart({ from_s: null, to_s: null });
    showPart();
  }
}

const setPart = (end, time_s) => { timeline.setPart({ [end]: time_s }); showPart(); };

async function undo() {
  const name = readWho();
  if (!name) return;
  if (!data.corrections.length) tell(say("undo_none"), true);
  else await change("undo", { by: name });
}

/** Has the recording checked again, following the person who was clicked, and shows how far that is. */
async function followPatient() {
  const [x, y] = stage.pointed;
  tell(say("working"));
  try {
    const { result, problem } = await send("patient", { x: x / data.width, y: y / data.height, at_s: clock.time_s });
    if (problem) return tell(problem, true);
    location.assign(`/review?result=${encodeURIComponent(result)}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell(error.message, true);
  }
}

function wire() {
  const on = (id, act) => find(`#${id}`).addEventListener("click", act);
  on("undo", undo);
  on("play", () => clock.playing ? clock.pause() : clock.play(speed));
  on("step-back", () => clock.step(-1));
  on("step-on", () => clock.step(1));
  on("fault-back", () => nextFault(-1));
  on("fault-on", () => nextFault(1));
  on("zoom-in", () => stage.zoomBy(1.5));
  on("zoom-out", () => stage.zoomBy(1 / 1.5));
  on("zoom-fit", () => stage.zoomFit());
  on("patient-follow", followPatient);
  on("part-from", () => setPart("from_s", clock.time_s));
  on("part-to", () => setPart("to_s", clock.time_s));
  on("part-cut", () => actOnPart("cut_span"));
  on("part-add", () => actOnPart("add_fault", { fault: find("#part-fault").value }));
  on("part-neutral", () => correct("set_neutral", { at_s: clock.time_s }));
  for (const one of data.fault_choices) find("#part-fault").append(new Option(one.name, one.id));
  for (const [rate, words] of SPEEDS) {
    const one = button(words, "small", () => setSpeed(rate));
    one.dataset.rate = rate;
    find("#speeds").append(one);
  }
  showSpeed();
  find("#note-form").addEventListener("submit", async event => {
    event.preventDefault();
    const text = find("#note-text");
    if (text.value.trim() && await correct("note", { at_s: clock.time_s, points_px: [], text: text.value.trim() })) {
      text.value = "";
      chooseTool("look");
    }
  });
  document.addEventListener("keydown", key);
}

const KEYS = {
  ArrowLeft: event => clock.step(event.shiftKey ? -10 : -1),
  ArrowRight: event => clock.step(event.shiftKey ? 10 : 1),
  Home: () => { clock.pause(); clock.show(0); },
  End: () => { clock.pause(); clock.show(clock.times_s.length - 1); },
  " ": () => clock.playing ? clock.pause() : clock.play(speed),
  j: () => clock.play(clock.rate < 0 ? Math.max(-FAST, 2 * clock.rate) : -Math.max(LEAST, speed)),
  k: () => clock.pause(),
  l: () => clock.play(clock.rate > 0 ? Math.min(FAST, 2 * clock.rate) : speed),
  n: () => nextFault(1),
  p: () => nextFault(-1),
  a: () => { const fault = currentFault(); if (fault) does.judgeFault(fault, "accept"); },
  r: () => { const fault = currentFault(); if (fault) does.judgeFault(fault, "reject"); },
  i: () => setPart("from_s", clock.time_s),
  o: () => setPart("to_s", clock.time_s),
  "+": () => stage.zoomBy(1.5),
  "=": () => stage.zoomBy(1.5),
  "-": () => stage.zoomBy(1 / 1.5),
  0: () => stage.zoomFit(),
};

function key(event) {
  const isWriting = event.target.closest("input, select, textarea, summary");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isWriting) {
    event.preventDefault();
    return undo();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isWriting) return;
  if (event.key === " " && event.target.closest("button")) return; // the button is pressed
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act(event);
}

// Beginning --------------------------------------------------------------------------------------------------------------

function openFilm(video) {
  if (!config.film) {
    video.hidden = true;
    find("#hint").textContent = say("no_film");
    return null;
  }
  video.addEventListener("error", () => {
    video.hidden = true;
    clock.video = null;
    tell(say("film_broken"), true);
  });
  video.src = config.film.url;
  return video;
}

async function begin() {
  fillWords();
  find("#back").href = `/review?result=${encodeURIComponent(config.result)}`;
  find("#recording").textContent = config.recording;
  document.title = `${config.recording} · formcheck`;
  by.value = localStorage.getItem(BY_KEY) ?? "";
  by.addEventListener("change", () => by.value.trim() && localStorage.setItem(BY_KEY, by.value.trim()));
  by.addEventListener("input", () => data && showFaults(data, does)); // another person judges for themselves
  tell(say("loading"));
  const [found, poses] = await Promise.all([load(), loadPoses()]);
  data = found;
  document.body.classList.toggle("still", data.still);
  const video = find("#stage video");
  clock = new Clock(null, data.times);
  stage = new Stage(find("#stage"), clock, data, does);
  if (config.film?.drawn) Object.assign(stage.layers, { limbs: false, back: false, angles: false });
  chooseTool = makeBars(stage, does);
  clock.video = openFilm(video);
  if (config.film?.drawn) find("#hint").textContent = say("film_drawn");
  if (clock.video) clock.watch();
  timeline = new Timeline(find("#lanes"), clock, data, does);
  makeTabs();
  prescribe = new PrescribeForm(does);
  report = new ReportForm();
  new DraftForm(data);
  ghost = new Ghost(stage, data, does);
  wire();
  clock.onChange(() => { follow(); stage.draw(); timeline.follow(); });
  stage.setPoses(poses);
  showAll();
  clock.goTo(firstMoment());
  tell("");
  document.body.dataset.ready = "1";
}

begin().catch(error => {
  if (!(error instanceof Refusal)) throw error;
  tell(error.message, true);
});
