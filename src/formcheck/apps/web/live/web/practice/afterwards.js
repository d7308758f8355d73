// Questions after a set, one at a time, large. Every answer leads somewhere, or it is not asked.

import { find, make, say } from "../dom.js";
import { button, send } from "../person/screening.js";
import { words } from "../words.js";

const PAINS = Array.from({ length: 11 }, (_, number) => [number, String(number)]);
const SECOND_MS = 1000;
const FELT = ["better", "same", "worse"];

export class Afterwards {
  /**
   * @param on called with: busy() when the person answers, led(lead, answer), decided(decision), idle() at the end,
   * asked({number, said, form}) when one more is answered, or all of it is sent.
   */
  constructor(root, on) {
    Object.assign(this, { root, on, said: {}, form: {}, left: [] });
  }

  /**
   * @param summary of the set; its questions are the movement's own.
   * @param questions of the short form; empty in the middle of a routine.
   * @param way how it was done: usual, less or calm.
   * @param asked how far a page was that was loaded again.
   */
  show(summary, questions, way = "usual", { number = 0, said = {}, form = {} } = {}) {
    this.way = way;
    this.movement = summary.carried?.movement;
    Object.assign(this, { said, form });
    const own = (summary.questions ?? []).map(({ ask, answers, leads, wait_s: waitS }) => ({ ask, waitS,
      answers: answers.map((text, number) => [text, text, leads?.[number] ?? "on"]), keep: (text) => (this.said[ask] = text) }));
    const short = questions.filter((one) => one.when.includes("after") && (!one.way || one.way === way)).map(({ id, text, kind, ends, answers }) => ({
      ask: text,
      answers: kind === "0-10" ? PAINS : kind === "choice" ? answers : kind === "felt" ? FELT.map((felt) => [felt, words(`summary_${felt}`)])
        : [[true, words("screening_yes")], [false, words("screening_no")]],
      isScale: kind === "0-10", ends: ends?.length ? ends : [words("before_none"), words("before_most")], keep: (value) => (this.form[id] = value) }));
    this.left = [...own, ...short];
    this.of = this.left.length;
    this.left.splice(0, number);
    this.round = {};
    this.next();
  }

  next() {
    this.note(this.of - this.left.length);
    const asked = this.left.shift();
    this.root.hidden = !asked;
    if (!asked) return this.finish();
    const head = make("p", "soft", words("asker_place", { index: this.of - this.left.length, of: this.of }));
    const row = make("div", asked.isScale ? "answers scale" : "answers");
    row.append(...asked.answers.map(([value, text, lead]) => button(text, "", () => this.take(asked, value, lead))));
    const parts = [...(this.of > 1 ? [head] : []), make("h2", "", asked.ask), row];
    this.stopWaiting();
    if (asked.waitS) parts.splice(-1, 0, this.wait(asked.waitS));
    if (asked.isScale) parts.push(ends(asked.ends));
    this.root.replaceChildren(...parts, button(words("before_skip"), "quiet", () => this.skip()));
    this.asked = asked;
  }

  note(number) {
    this.on.asked({ number, said: this.said, form: this.form });
  }

  /** A clock for what takes a moment to show; the person may answer sooner. */
  wait(seconds) {
    const line = make("p", "wait"), draw = () => say(line, left > 0 ? words("asker_wait", { seconds: left }) : words("asker_waited"));
    let left = seconds;
    draw();
    this.clock = setInterval(() => {
      left -= 1;
      draw();
      if (left <= 0) this.stopWaiting();
    }, SECOND_MS);
    return line;
  }

  stopWaiting() {
    clearInterval(this.clock);
    this.clock = null;
  }

  skip() {
    this.on.busy();
    this.next();
  }

  take(asked, value, lead = "on") {
    asked.keep(value);
    this.on.busy();
    if (lead !== "on") {
      this.on.led(lead, value);
      if (lead === "stop") this.left = [];
    } else if (asked.answers[0].length > 2) this.on.led("on", value);
    this.next();
    find("button", this.root)?.focus({ preventScroll: true });
  }

  /** Sends what was answered; nothing if nothing was. */
  async finish() {
    this.stopWaiting();
    const { said, form, movement, round } = this;
    if (!Object.keys(said).length && !Object.keys(form).length) return this.on.idle();
    this.said = {};
    this.form = {};
    const note = make("p", "soft");
    note.setAttribute("role", "status");
    this.root.hidden = false;
    this.root.replaceChildren(note);
    try {
      const decision = await send("/live/session", { ...form, when: "after", way: this.way, movement, said: Object.keys(said).length ? said : null });
      if (round === this.round) this.note(this.of);
      say(note, words("summary_kept"));
      this.on.decided(decision);
    } catch {
      say(note, words("summary_failed"));
    }
    this.on.idle();
  }

  /** Ends the questions, for instance because the next stretch begins; what was answered is kept. */
  leave() {
    this.left = [];
    this.root.hidden = true;
    this.finish();
  }
}

function ends([least, most]) {
  const row = make("p", "ends soft");
  row.append(make("span", "", least), make("span", "", most));
  return row;
}
