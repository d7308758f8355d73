// Leads through a routine, hands free: each step says what comes, takes its time, and goes on by itself. The sets in front of
// a camera belong to live.js; everything between them, and a whole routine without a camera, is here.

import { hear } from "./acts.js";
import { Breath } from "../stage/breath.js";
import { chip, find, make, say } from "../dom.js";
import { act } from "../gestures.js";
import * as page from "../page.js";
import { reportPain } from "./pain.js";
import { Ring } from "../stage/ring.js";
import { forgetRoutine } from "./routine.js";
import { words } from "../words.js";

const TICK_MS = 100, LATE_MS = 6000, FEEL_AFTER_S = 5, MINUTE_S = 60;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const AFTER_SET = ["switch", "rest"]; // with a camera, the result of the set is shown meanwhile

export class Player {
  /**
   * @param page the voice, what is known (memory) and the lesson (teach).
   * @param on called with: set(set), done(routine), leave(), hurts(reported), watch(for how long, in seconds), movement(id) which returns a card.
   */
  constructor(root, { voice, memory, teach }, on) {
    Object.assign(this, { root, voice, memory, teach, on });
    this.routine = null;
    this.video = find("video", root);
    this.ring = new Ring(find(".ring", root));
    this.breath = new Breath(find(".breath", root), (turn) => this.sayBreath(turn));
    const does = { "#step-go": "go", "#step-wait": "no", "#step-out": "not_today", "#step-harder": "too_easy", "#step-end": "end", "#step-pain": "pain" };
    for (const [name, what] of Object.entries(does)) find(name).addEventListener("click", () => act(what));
    hear("step", () => ({ go: () => this.next(), next: () => this.next(), yes: () => this.next(), no: () => this.toggle(),
      stop: () => this.toggle(), not_today: () => this.change("without"), too_easy: () => this.change("harder"),
      end: () => this.end(), pain: () => this.hurts() }));
  }

  get isRunning() {
    return this.routine !== null;
  }

  /** @param kept the set of its present step, if a reload interrupted one. @param isAfterSet its result is on the screen. */
  begin(routine, kept = null, { isAfterSet = false } = {}) {
    this.routine = routine;
    this.kept = routine.step.kind === "set" && kept?.movement === routine.part().movement ? kept : null;
    this.side = this.kept?.side ?? null;
    this.voice.isCalm = routine.plan.calm;
    this.isPaused = this.hasSaidLoss = false;
    this.worked = new Set();
    routine.keep();
    if (!isAfterSet) this.enter();
  }

  /** Leaves the routine; what is done of it stays known until it is forgotten. */
  stop({ forget = false } = {}) {
    this.rest();
    if (forget) forgetRoutine();
    else this.routine?.keep({ isLeft: true });
    this.routine = null;
    this.voice.isCalm = false;
  }

  rest() {
    clearInterval(this.clock);
    this.clock = null;
    this.breath.rest();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    page.stayAwake(false);
  }

  // Steps ------------------------------------------------------------------------------------------------------------

  /** Shows the present step, or hands it to the lesson or the camera. */
  enter() {
    this.rest();
    const { routine } = this, { step } = routine, part = routine.part();
    if (step.kind === "done") return this.finished();
    const movement = part.movement ? this.on.movement(part.movement) : null;
    if (step.kind === "position" && routine.hasCamera && this.mustTeach(movement)) return this.explain(movement, part, step);
    if (step.kind === "set" && routine.hasCamera) return this.begins(movement, part);
    this.show(step, part, movement);
  }

  mustTeach(movement) {
    return movement?.teach && (!this.memory.knows(movement.id) || this.memory.easier[movement.id]);
  }

  explain(movement, part, step) {
    const more = { why: part.why, place: this.routine.place, camera: step.moves_camera, isCalm: this.routine.plan.calm, way: part.way_words };
    this.teach.show(movement, more, { go: () => this.next(), stop: () => this.end() });
  }

  begins(movement, part) {
    const { plan, isClip } = this.routine, { dose } = part;
    if (isClip && !movement.sample_url) return this.next();
    const card = { ...movement, repetitions: dose.repetitions, breath_s: movement.breath_s && plan.breath_s };
    this.on.set({ movement: card, side: this.side ?? part.first_side, isClip, dose, isCalm: plan.calm, isInRoutine: true,
      hasHarder: part.has_harder, kept: this.kept });
    this.side = this.kept = null;
  }

  show(step, part, movement) {
    const { routine } = this, { plan } = routine;
    page.show("step", `step_${step.kind}`);
    this.root.dataset.kind = step.kind;
    say(find(".place-in", this.root), `${words("teach_place", routine.place)} · ${plan.name}`);
    say(find("h1", this.root), step.kind === "rest" || step.kind === "switch" ? words(`step_${step.kind}`) : part.name);
    this.text(".reason", plan.calm ? "" : this.whyOf(step, part));
    this.text(".how", { rest: "", switch: step.say, breath: part.say, walk: part.say, information: part.say }[step.kind] ?? part.say);
    this.text(".today-way", step.kind === "position" || step.kind === "set" ? part.way_words : "");
    this.text(".camera-hint", routine.hasCamera ? step.camera : "");
    this.text(".loses", routine.hasCamera ? "" : words("follow_loses"));
    find(".hands", this.root).hidden = !this.on.watch(step.length_s);
    find("#step-harder").hidden = !part.has_harder || step.kind === "rest";
    find("#step-out").hidden = step.kind === "rest"; // the part before it is done, the next one has not begun
    say(find("#step-out span"), words(movement ? "step_not_today" : "step_skip"));
    this.pictures(step.kind === "rest" ? this.on.movement(routine.nextPart?.movement) : movement);
    const isBreath = step.kind === "breath" || (step.kind === "set" && movement?.breath_s);
    this.breath.pace(isBreath ? plan.breath_s : null);
    this.parts = step.clock.length ? step.clock : [{ kind: step.kind, words: "", detail: "", length_s: step.length_s }];
    this.at = 0;
    this.spentS = 0;
    this.isPaused = false;
    this.spoken = new Set();
    this.once("step", `${this.lossOnce()}${step.say}`.trim());
    page.stayAwake(true);
    this.run();
  }

  whyOf(step, part) {
    const next = this.routine.nextPart;
    return step.kind === "rest" ? (next ? words("step_next", { name: next.name }) : "") : part.why;
  }

  text(name, text) {
    const element = find(name, this.root);
    element.hidden = !text;
    say(element, text);
  }

  pictures(movement) {
    const { video } = this, clip = movement?.sample_url ?? "", image = find("img", this.root);
    find(".looks", this.root).hidden = !movement;
    video.hidden = !clip;
    image.hidden = Boolean(clip) || !movement?.picture_url;
    if (!image.hidden) image.src = movement.picture_url;
    if (!clip) return;
    video.poster = movement.picture_url;
    video.src = clip;
    if (!STILL.matches) video.play().catch(() => {}); // a browser may wait for a touch
  }

  // The clock --------------------------------------------------------------------------------------------------------

  run() {
    this.sinceMs = performance.now();
    clearInterval(this.clock);
    this.clock = setInterval(() => this.tick(), TICK_MS);
    this.draw();
  }

  tick() {
    const nowMs = performance.now(), isHeld = this.isPaused || document.hidden || document.querySelector("dialog[open]");
    if (!isHeld) this.spentS += (nowMs - this.sinceMs) / 1000;
    this.sinceMs = nowMs;
    if (document.body.dataset.view !== "step") return;
    const { length_s: lengthS } = this.parts[this.at];
    if (this.spentS < lengthS || isHeld) return this.draw();
    if (this.at === this.parts.length - 1 && this.voice.speaking && this.spentS - lengthS < LATE_MS / 1000) return; // to the end of the sentence
    this.spentS -= lengthS;
    this.at += 1;
    if (this.at >= this.parts.length) this.next();
    else this.draw();
  }

  draw() {
    const { kind, words: text, detail, length_s: lengthS } = this.parts[this.at], left = Math.max(1, Math.ceil(lengthS - this.spentS));
    const isLong = left >= MINUTE_S;
    this.ring.show(isLong ? clock(left) : left, words(isLong ? "step_minutes" : "hud_seconds"), lengthS ? this.spentS / lengthS : 0);
    find(".ring", this.root).classList.toggle("running", !this.isPaused);
    find(".ring", this.root).classList.toggle("paused", this.isPaused);
    const paused = this.isPaused ? words("step_paused") : "";
    this.text(".now-words", paused || text);
    this.text(".detail", detail);
    say(find("#step-wait span"), words(this.isPaused ? "summary_go_on" : "step_pause"));
    if (this.isPaused || this.routine.step.kind !== "set") return;
    this.once(`part-${this.at}`, [text, detail].filter(Boolean).join(", "), "event");
    const card = this.on.movement(this.routine.part().movement);
    if (kind === "work" && lengthS > 2 * FEEL_AFTER_S && this.spentS > FEEL_AFTER_S && !this.routine.plan.calm) this.once("feel", card?.teach?.feel);
  }

  once(key, text, kind = "coach") {
    if (!text || this.spoken.has(key)) return;
    this.spoken.add(key);
    this.voice.say({ id: `step_${key}`, text, kind });
  }

  /** What a routine without a camera loses, said once. */
  lossOnce() {
    if (this.routine.hasCamera || this.hasSaidLoss) return "";
    this.hasSaidLoss = true;
    return `${words("follow_loses")} `;
  }

  /** Leads the breath by voice where nothing else is said: in a part that is only breath, and in the calm way. */
  sayBreath(turn) {
    const isLed = this.routine?.step.kind === "breath" || this.routine?.plan.calm;
    if (!isLed || this.isPaused || this.voice.speaking || document.body.dataset.view !== "step") return;
    this.voice.say({ id: `breath_${turn}`, text: words(`breath_${turn}`), kind: "event" });
  }

  toggle() {
    this.isPaused = !this.isPaused;
    if (this.isPaused) this.voice.hush();
    if (this.isPaused) this.video.pause();
    else if (!STILL.matches && this.video.src) this.video.play().catch(() => {});
    this.draw();
  }

  // On and out -------------------------------------------------------------------------------------------------------

  next() {
    const isPassedBy = this.routine.step.kind === "set" && this.parts && this.at < this.parts.length / 2;
    this.voice.hush();
    this.routine.advance({ isDone: !isPassedBy });
    this.enter();
  }

  /** After a set in front of the camera: what the result leads on to, as the plan has it. */
  afterSet({ ring }) {
    const { routine } = this, { following } = routine, next = routine.nextPart;
    if (ring?.done > 0) this.worked.add(routine.step.part); // on one of its sides, or in one of its sets
    const seconds = AFTER_SET.includes(following.kind) ? following.length_s : 0;
    return { isSwitch: following.kind === "switch", next: next && { id: next.movement ?? "", name: next.name }, seconds, place: routine.place };
  }

  /** The person has seen the result: past the rest that it filled. */
  passed(side = null) {
    this.side = side;
    const isDone = this.worked.has(this.routine.step.part);
    this.routine.advance({ isDone });
    if (AFTER_SET.includes(this.routine.step.kind)) this.routine.advance({ isDone });
    this.enter();
  }

  /** Leaves a part out, or does it the harder way. */
  async change(how) {
    if (find(how === "harder" ? "#step-harder" : "#step-out").hidden && document.body.dataset.view === "step") return;
    this.voice.hush();
    clearInterval(this.clock);
    const { routine } = this;
    await routine.change(how).catch(() => (how === "harder" ? null : routine.replan(routine.plan, routine.step.part, { after: true })));
    if (this.routine === routine) this.enter();
  }

  /** Pain stops the step at once: it is remembered, and the way on leads through the question how it is. */
  hurts() {
    const part = this.routine.part(), reported = reportPain(part.movement ?? undefined);
    this.voice.hush();
    this.rest();
    this.on.hurts(reported);
  }

  /** Goes on after pain: where it was, or with a gentler plan. @return the part that comes next, null at the end. */
  async ease() {
    const { routine } = this;
    this.kept = this.side = null;
    await routine.ease();
    return routine.isOver ? null : routine.part();
  }

  end() {
    this.voice.hush();
    this.on.leave();
  }

  finished() {
    const { routine } = this, { plan } = routine;
    this.voice.say({ id: "routine_done", text: plan.steps.at(-1).say, kind: "coach" });
    this.stop({ forget: true });
    this.on.done(routine);
  }
}

const clock = (seconds) => `${Math.floor(seconds / MINUTE_S)}:${String(seconds % MINUTE_S).padStart(2, "0")}`;

/** Returns the four lines of the session: warm-up, form, bouncing, duration; none without a camera. */
export async function sessionLines({ plan, done, hasCamera, isClip }) {
  if (!hasCamera || isClip) return [];
  const walked = plan.parts.some(({ index, kind }) => kind === "walk" && done.includes(index));
  try {
    const answer = await fetch(`/live/session/lines?warm=${walked ? 1 : 0}`, { cache: "no-store" });
    const { lines } = await answer.json();
    return lines.map(({ state, text }) => {
      const line = make("p", "session-line");
      line.append(chip(state === "yes" ? "ok" : state === "unknown" ? "cannot_tell" : "info"), make("span", "", text));
      return line;
    });
  } catch {
    return []; // the numbers are in Progress
  }
}

/** Returns what a routine ends with: what was done of it, and what was left out. */
export function endParts({ plan, done, hasCamera }) {
  const parts = [make("p", "large", plan.steps.at(-1).say), make("p", "", words("routine_done", { done: done.length, of: plan.parts.length }))];
  if (!hasCamera) parts.push(make("p", "soft", words("follow_loses")));
  return [...parts, ...plan.changes.map((text) => make("p", "soft", text))];
}
