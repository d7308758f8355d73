// A routine that runs, as one object: today's plan, the step it is at, and what is done. The server makes the plan.

const PLACE = "formcheck:routine";
const KEPT_MS = 4 * 3600_000; // as long as one session; later it is another day

/** Returns today's plans of all routines, or of the one with this id. */
export async function askRoutines({ id = "", minutes = 0, calm = false, less = false, round = 1, hasCamera = true, without = [], harder = [] } = {}) {
  const query = new URLSearchParams(Object.entries({ id, minutes: minutes || "", calm: calm ? "1" : "", less: less ? "1" : "", warm: round > 1 ? "1" : "", camera: hasCamera ? "" : "0", without: without.join(","),
    harder: harder.join(",") }).filter(([, value]) => value));
  const answer = await fetch(`/live/routines?${query}`, { cache: "no-store", credentials: "same-origin" });
  if (!answer.ok) throw new Error(`no routines: ${answer.status}`);
  return answer.json();
}

export class Routine {
  /**
   * @param plan of today. @param state what was chosen and done: minutes, calm, hasCamera, isClip, without, harder, done, at;
   * a kept one goes on at its step.
   */
  constructor(plan, { minutes = 0, calm = false, less = false, round = 1, hasCamera = true, isClip = false, without = [], harder = [], done = [], at = "" } = {}) {
    this.plan = plan;
    Object.assign(this, { minutes, calm, less, round, hasCamera, isClip, without, harder, done });
    this.number = Math.max(plan.steps.findIndex(({ id }) => id === at), 0);
    if (at && this.step.id !== at) this.goOn(); // today's plan has changed since
  }

  get step() {
    return this.plan.steps[this.number];
  }

  /** The step after this one; the last one stays. */
  get following() {
    return this.plan.steps[Math.min(this.number + 1, this.plan.steps.length - 1)];
  }

  /** The part of a step, of the present one by default. */
  part({ part: index } = this.step) {
    return this.plan.parts.find((one) => one.index === index);
  }

  /** Where the person is: the number of the part, and how many there are. */
  get place() {
    return { number: this.plan.parts.indexOf(this.part()) + 1, of: this.plan.parts.length };
  }

  /** What comes after the rest: the part that begins next, null at the end. */
  get nextPart() {
    const next = this.plan.steps.slice(this.number + 1).find(({ kind }) => kind !== "rest" && kind !== "switch");
    return !next || next.kind === "done" ? null : this.part(next);
  }

  /** What another round begins with, null after the last one. */
  get nextRound() {
    return this.round < this.plan.rounds ? { ...this.choices, round: this.round + 1, isClip: this.isClip } : null;
  }

  /** How it is done: as usual, a little less, or the calm way. */
  get way() {
    return this.plan.calm ? "calm" : this.less ? "less" : "usual";
  }

  get isOver() {
    return this.step.kind === "done";
  }

  /** Goes to the next step; a part whose last step is over is done, unless it was passed by. */
  advance({ isDone = true } = {}) {
    const before = this.step;
    this.number = Math.min(this.number + 1, this.plan.steps.length - 1);
    if (isDone && (this.step.part !== before.part || this.isOver)) this.note(before.part);
    this.keep();
    return this.step;
  }

  note(part) {
    if (!this.done.includes(part) && !this.without.includes(part)) this.done.push(part);
  }

  /** Leaves the present part out, or does it the harder way, with the new plan that the server makes of it. */
  async change(how) {
    const { part } = this.step, list = how === "harder" ? this.harder : this.without;
    if (!list.includes(part)) list.push(part);
    const { routines: [plan] } = await askRoutines({ ...this.choices, id: this.plan.id });
    this.replan(plan, part, { after: how !== "harder" });
  }

  /** After pain: a little less of all that follows. What hurt rests; its milder movement takes its place, if there is one. */
  async ease() {
    const { part, movement } = { ...this.step, ...this.part() };
    this.less = true;
    const { routines: [plan] } = await askRoutines({ ...this.choices, id: this.plan.id });
    const isMilder = plan?.parts.some((one) => one.index === part && one.movement !== movement);
    this.replan(plan, part, { after: !isMilder });
  }

  /** Goes on in a new plan: at the same part, or after it. No plan at all is the end. */
  replan(plan, part, { after = false } = {}) {
    const order = this.plan.parts.map(({ index }) => index), from = order.indexOf(part);
    const left = new Set(order.slice(after ? from + 1 : from));
    this.plan = plan ?? { ...this.plan, parts: [], steps: this.plan.steps.slice(-1) };
    const at = this.plan.steps.findIndex((step) => step.kind !== "done" && left.has(step.part) && !this.done.includes(step.part));
    this.number = at < 0 ? this.plan.steps.length - 1 : at;
    this.keep();
  }

  /** Goes to the first part that is not done yet; the plan may have changed since. */
  goOn() {
    const at = this.plan.steps.findIndex(({ part, kind }) => kind !== "done" && !this.done.includes(part));
    this.number = at < 0 ? this.plan.steps.length - 1 : at;
  }

  get choices() {
    const { minutes, calm, less, round, hasCamera, without, harder } = this;
    return { minutes, calm, less, round, hasCamera, without, harder };
  }

  /** Keeps it in this browser: a reload or a closed tab loses nothing. One that was left is not asked about again. */
  keep({ isLeft = false } = {}) {
    const { choices, done, plan: { id, name, parts } } = this;
    try {
      localStorage.setItem(PLACE, JSON.stringify({ ...choices, id, name, of: parts.length, done, isLeft, at: this.step.id, atMs: Date.now() }));
    } catch {} // private windows may refuse: then only the running page knows
  }
}

export function forgetRoutine() {
  try {
    localStorage.removeItem(PLACE);
  } catch {}
}

/** Returns the routine that was not ended, null if there is none or it is too old. */
export function keptRoutine() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE));
    const isWhole = ["without", "harder", "done"].every((key) => Array.isArray(kept?.[key]));
    return isWhole && typeof kept.id === "string" && Date.now() - kept.atMs < KEPT_MS ? kept : null;
  } catch {
    return null;
  }
}
