// The questions before first use, and the short form before a session. Only the answers decide; they are sent
// only to the app's own server.

import { BodyMap } from "./body_map.js";
import { find, list, make } from "../dom.js";
import { freshToken } from "../practice/socket.js";
import { words } from "../words.js";

/** Returns the questions and the earlier answers; no questions if the server does not answer. */
export async function askScreening() {
  try {
    const answer = await fetch("/live/screening", { cache: "no-store" });
    if (answer.ok) return await answer.json();
  } catch {
    // the page works without them, as for a person without answers
  }
  return { questions: [], answers: {}, draft: {}, answers_needed: false, why: "", decision: null, offers: {}, cards: [], pain: null,
    session_questions: [] };
}

/** Sends answers and returns the decision. */
export const send = async (path, content) => (await sendFor(path, content)).decision;

/** Sends something to the app's own server and returns its reply. */
export async function sendFor(path, content) {
  const headers = { "Content-Type": "application/json", "X-Formcheck-Token": await freshToken() };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(content), keepalive: true });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/** The long questions, one a screen. A "yes" to a question that may mean an emergency leads to help at once. */
export class Screening {
  /** @param on called with: decided(decision), emergency(answers), unfinished() when other questions are still open, leave(). */
  constructor(asker, on) {
    this.asker = asker;
    this.on = on;
    this.all = [];
    this.saving = Promise.resolve();
  }

  /** Asks what is not answered yet, or everything again; `again` keeps the earlier answers to look at and change. */
  show({ questions, answers, draft, why }, { again = false } = {}) {
    this.all = questions;
    const said = again ? { ...answers, ...draft } : draft;
    const open = questions.findIndex(({ id }) => !(id in said));
    this.ask(questions, said, {
      at: again || open < 0 ? 0 : open, kicker: words("screening_title"),
      hint: words(why === "old" ? "screening_old" : "screening_lead"),
    });
  }

  /** Asks one question again; the other answers stay. */
  change(question, { questions, answers }) {
    this.all = questions;
    const others = Object.fromEntries(questions.filter(({ id }) => id in answers).map(({ id }) => [id, answers[id]]));
    this.ask([question], others, { kicker: words("answers_title") });
  }

  ask(questions, said, how) {
    const asked = questions.map((one) => ({ ...one, kind: "yes_no" }));
    this.asker.ask(asked, said, {
      answered: (id, value, all) => this.answered(asked.find((one) => one.id === id), value, all),
      done: (all) => this.done(all),
      leave: () => this.on.leave(),
    }, how);
  }

  answered({ is_first: isFirst }, value, said) {
    if (isFirst && value) {
      this.keep("/live/screening/draft", said);
      this.on.emergency(said);
      return false;
    }
    if (this.asker.asked.length > 1) this.keep("/live/screening/draft", said);
    return true;
  }

  /** Sends in order, so that an older answer never replaces a newer one. */
  keep(path, said) {
    this.saving = this.saving.catch(() => {}).then(() => send(path, { answers: said }));
    this.saving.catch(() => {}); // the last answer sends all of them again
    return this.saving;
  }

  async done(said) {
    const isWhole = this.all.every(({ id }) => id in said);
    try {
      const decision = await this.keep(isWhole ? "/live/screening" : "/live/screening/draft", said);
      if (isWhole) this.on.decided(decision);
      else this.on.unfinished();
    } catch {
      this.asker.fail(words("screening_failed"));
    }
  }
}

/** The short form before a set, one question a screen; it can be skipped. */
export class BeforeForm {
  /** @param on called with: decided(decision), skip(), leave(). */
  constructor(asker, on) {
    this.asker = asker;
    this.on = on;
  }

  show(questions, body = []) {
    const asked = questions.filter(({ when }) => when.includes("before")).map((one) => (one.kind === "map" ? { ...one, draw: mapOf(body) } : one));
    this.asker.ask(asked, {}, {
      answered: (id, value) => {
        if (id === "pain") this.asker.asked = asked.filter(({ kind }) => kind !== "map" || value !== "0"); // where, only if it hurts
        return true;
      },
      done: (said) => this.done(asked, said),
      leave: () => this.on.leave(),
    }, { kicker: words("before_title"), hint: words("before_lead"), more: [button(words("before_skip"), "", () => this.on.skip())] });
  }

  async done(asked, said) {
    const answers = Object.fromEntries(asked.map(({ id, kind }) => [id, kind === "0-10" ? Number(said[id]) : said[id]]));
    try {
      this.on.decided(await send("/live/session", { ...answers, when: "before" }));
    } catch {
      this.asker.fail(words("screening_failed"));
    }
  }
}

/** Returns a function that draws the map of the body as a question; several places can be chosen. */
const mapOf = (body) => (taken, take) => {
  let codes = taken ?? [];
  const go = button(words("body_none"), "first big", () => take(codes));
  const map = new BodyMap(body, codes, (all) => {
    codes = all;
    go.textContent = words(all.length ? "body_go_on" : "body_none");
  });
  return [map.element, go];
};

/** Returns a button; `does` is what it does, or "submit". */
export function button(text, look, does) {
  const element = make("button", `button ${look}`.trim(), text);
  element.type = does === "submit" ? "submit" : "button";
  if (does !== "submit") element.addEventListener("click", does);
  return element;
}

/** Returns a decision in words: the main text large, then further notes. */
export function decisionParts({ text, notes = [] }) {
  const parts = [];
  if (text) parts.push(make("p", "large", text));
  if (notes.length) parts.push(make("h2", "", words("decision_notes")), list(notes));
  return parts;
}
