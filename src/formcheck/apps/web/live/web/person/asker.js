// One question a screen: large, with progress dots, big buttons, and the keyboard. It knows no meaning of an answer.

import { find, make, say } from "../dom.js";
import { words } from "../words.js";

const PAINS = Array.from({ length: 11 }, (_, number) => [String(number), String(number)]);
const WRITES = "input, select, textarea";

export class Asker {
  /** @param root a view with a heading, `.kicker`, `.progress`, `.hint`, `.answers`, `.missing` and `.buttons`. */
  constructor(root) {
    this.root = root;
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("formcheck:act", ({ detail }) => this.act(detail));
  }

  get isShown() {
    return !this.root.hidden && Boolean(this.asked) && !document.querySelector("dialog[open]");
  }

  /**
   * @param asked [{id, text, kind, answers}]; kind is yes_no, 0-10 or choice; `draw(said, take)` returns its own elements.
   * @param said the answers so far, by id; they can be changed.
   * @param on called with: answered(id, value, said) returns false to stay, done(said), leave().
   * @param how kicker and hint in words, other buttons, and whether the first question has a way back.
   */
  ask(asked, said, on, { at = 0, kicker = "", hint = "", more = [], hasWayBack = true } = {}) {
    Object.assign(this, { asked, said: { ...said }, on, at, kicker, hint, more, hasWayBack });
    this.draw();
  }

  get question() {
    return this.asked[this.at];
  }

  draw() {
    const { text, kind } = this.question, count = this.asked.length;
    this.isAnswered = false;
    say(find(".kicker", this.root), this.kicker);
    say(find("h1", this.root), text);
    say(find(".hint", this.root), this.hint);
    say(find(".missing", this.root), "");
    this.drawProgress(count);
    const row = find(".answers", this.root);
    row.dataset.kind = kind;
    const drawn = this.question.draw?.(this.said[this.question.id], (value) => this.take(value));
    row.replaceChildren(...(drawn ?? this.choices().map(([value, label, key]) => this.choice(value, label, key))));
    if (kind === "0-10") row.append(ends());
    find(".buttons", this.root).replaceChildren(...(this.at || this.hasWayBack ? [this.backButton()] : []), ...this.more);
    const heading = find("h1", this.root);
    if (!this.root.hidden) {
      scrollTo(0, 0);
      heading.focus({ preventScroll: true });
    }
  }

  drawProgress(count) {
    const dots = find(".progress", this.root);
    dots.hidden = count < 2;
    dots.setAttribute("aria-label", words("ask_progress", { at: this.at + 1, of: count }));
    dots.replaceChildren(...this.asked.map(({ id }, number) => {
      const dot = make("span", id in this.said ? "dot said" : "dot");
      if (number === this.at) dot.classList.add("now");
      return dot;
    }));
  }

  choices() {
    const { kind, answers } = this.question;
    if (kind === "0-10") return PAINS;
    if (kind === "choice") return answers.map(([value, label]) => [value, label]);
    return [[true, words("screening_yes"), words("key_yes")], [false, words("screening_no"), words("key_no")]];
  }

  choice(value, label, key) {
    const button = make("button", "answer");
    button.type = "button";
    button.dataset.value = String(value);
    button.setAttribute("aria-pressed", String(this.said[this.question.id] === value));
    button.append(make("span", "", label));
    if (key) {
      const cap = make("kbd", "", key);
      cap.setAttribute("aria-hidden", "true");
      button.append(cap);
      button.setAttribute("aria-keyshortcuts", key);
    }
    button.addEventListener("click", () => this.take(value));
    return button;
  }

  backButton() {
    const button = make("button", "button quiet", words("screening_back"));
    button.type = "button";
    button.setAttribute("aria-keyshortcuts", "ArrowLeft");
    button.addEventListener("click", () => this.back());
    return button;
  }

  /** Takes one answer to each question: a second press while the first is on its way to the server does nothing. */
  take(value) {
    if (this.isAnswered) return;
    const { id } = this.question;
    this.isAnswered = true;
    this.said[id] = value;
    if (this.on.answered?.(id, value, { ...this.said }) !== false) this.forward();
  }

  forward() {
    this.isAnswered = true;
    if (this.at + 1 >= this.asked.length) return this.on.done({ ...this.said });
    this.at += 1;
    this.draw();
  }

  back() {
    if (this.at === 0) return this.on.leave();
    this.at -= 1;
    this.draw();
  }

  /** Says that something did not work; the answer stays, and can be given again. */
  fail(text) {
    this.isAnswered = false;
    say(find(".missing", this.root), text);
  }

  act(what) {
    if (!this.isShown) return;
    const yesNo = this.question.kind === "yes_no";
    if (yesNo && (what === "yes" || what === "no")) this.take(what === "yes");
    else if (what === "stop") this.back();
  }

  key(event) {
    if (!this.isShown || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target instanceof Element && event.target.matches(WRITES)) return;
    const does = this.does(event.key);
    if (!does) return;
    event.preventDefault();
    does();
  }

  does(key) {
    const { kind, id } = this.question, letter = key.toLowerCase();
    if (key === "ArrowLeft" || key === "Backspace") return () => this.back();
    if (key === "ArrowRight" && id in this.said && !this.isAnswered) return () => this.forward();
    if (kind === "yes_no" && letter === words("key_yes").toLowerCase()) return () => this.take(true);
    if (kind === "yes_no" && letter === words("key_no").toLowerCase()) return () => this.take(false);
    if (kind === "0-10" && /^\d$/.test(key)) return () => this.take(key);
    return null;
  }
}

function ends() {
  const line = make("p", "ends soft");
  line.append(make("span", "", words("before_none")), make("span", "", words("before_most")));
  return line;
}
