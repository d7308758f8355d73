// The questions before first use and the short form before and after a session. Only the answers decide; they are sent
// only to the app's own server.

import { choice, find, list, make, say, taken } from "./dom.js";
import { freshToken } from "./socket.js";
import { words } from "./words.js";

const PAINS = Array.from({ length: 11 }, (_, number) => [String(number), String(number)]);

/** Returns the questions and the earlier answers; no questions if the server does not answer. */
export async function askScreening() {
  try {
    const answer = await fetch("/live/screening", { cache: "no-store" });
    if (answer.ok) return await answer.json();
  } catch {
    // the page works without them, as for a person without answers
  }
  return { questions: [], answers_needed: false, why: "", decision: null, session_questions: [] };
}

/** Sends answers and returns the decision. */
export async function send(path, content) {
  const headers = { "Content-Type": "application/json", "X-Formcheck-Token": await freshToken() };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(content) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return (await answer.json()).decision;
}

export class Screening {
  /** @param on called with: decided(decision), back(). */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.form = find("form", root);
    this.form.addEventListener("submit", (event) => this.submit(event));
  }

  show({ questions, why }) {
    this.questions = questions;
    say(find(".lead", this.root), words(why === "old" ? "screening_old" : "screening_lead"));
    const answers = [["yes", words("screening_yes")], ["no", words("screening_no")]];
    const asked = make("ol", "questions");
    asked.append(...questions.map(({ id, text }) => {
      const item = make("li");
      item.append(choice(text, id, answers));
      return item;
    }));
    this.missing = make("p", "missing");
    this.missing.setAttribute("role", "alert");
    this.form.replaceChildren(asked, this.buttons(), this.missing);
  }

  buttons() {
    const row = make("div", "buttons");
    row.append(button(words("screening_go"), "first", "submit"), button(words("screening_all_no"), "", () => this.allNo()),
      button(words("screening_back"), "quiet", () => this.on.back()));
    return row;
  }

  allNo() {
    for (const input of this.form.querySelectorAll('input[value="no"]')) input.checked = true;
    find("[type=submit]", this.form).focus();
  }

  async submit(event) {
    event.preventDefault();
    const said = this.questions.map(({ id }) => [id, taken(this.form, id)]);
    const open = said.filter(([, answer]) => !answer);
    for (const group of this.form.querySelectorAll(".choice")) group.classList.toggle("open", !find("input:checked", group));
    if (open.length) {
      say(this.missing, words("screening_missing", { count: open.length }));
      return find(`input[name="${CSS.escape(open[0][0])}"]`, this.form).focus();
    }
    try {
      this.on.decided(await send("/live/screening", { answers: Object.fromEntries(said.map(([id, answer]) => [id, answer === "yes"])) }));
    } catch {
      say(this.missing, words("screening_failed"));
    }
  }
}

/** The short form: how much pain, and other signs. */
export class ShortForm {
  /**
   * @param when "before" or "after".
   * @param on called with: decided(decision), skip() if it may be skipped, more() returns further answers to send.
   */
  constructor(form, when, questions, on) {
    this.form = form;
    this.when = when;
    this.questions = questions.filter((question) => question.when.includes(when));
    this.on = on;
    this.missing = make("p", "missing");
    this.missing.setAttribute("role", "status");
    const row = make("div", "buttons");
    row.append(button(words(when === "before" ? "before_go" : "summary_send"), "first", "submit"));
    if (on.skip) row.append(button(words("before_skip"), "", () => on.skip()));
    form.replaceChildren(...this.questions.map((question) => this.ask(question)), row, this.missing);
    form.onsubmit = (event) => this.submit(event);
  }

  ask({ id, text, kind }) {
    const name = `${this.when}-${id}`;
    if (kind === "0-10") {
      const group = choice(text, name, PAINS);
      group.classList.add("scale");
      const ends = make("p", "ends soft");
      ends.append(make("span", "", words("before_none")), make("span", "", words("before_most")));
      group.append(ends);
      return group;
    }
    if (kind === "felt") return choice(text, name, ["better", "same", "worse"].map((felt) => [felt, words(`summary_${felt}`)]));
    return choice(text, name, [["yes", words("screening_yes")], ["no", words("screening_no")]]);
  }

  answer({ id, kind }) {
    const said = taken(this.form, `${this.when}-${id}`);
    if (said === null) return null;
    return kind === "0-10" ? Number(said) : kind === "felt" ? said : said === "yes";
  }

  async submit(event) {
    event.preventDefault();
    const said = Object.fromEntries(this.questions.map((question) => [question.id, this.answer(question)]));
    if (this.on.skip && Object.values(said).every((one) => one === null)) return this.on.skip();
    try {
      this.on.decided(await send("/live/session", { ...said, ...this.on.more?.(), when: this.when }));
    } catch {
      say(this.missing, words(this.when === "before" ? "screening_failed" : "summary_failed"));
    }
  }
}

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
