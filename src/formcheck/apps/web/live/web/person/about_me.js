// What the person says about themselves, and how it was on the day after. Each answer changes what Today offers.

import { BodyMap, choices } from "./body_map.js";
import { find, make, say } from "../dom.js";
import { button, sendFor } from "./screening.js";
import { words } from "../words.js";

export class AboutMe {
  /** @param on called with: leave(), changed() when the answers were kept. */
  constructor(root, on) {
    this.root = root;
    this.on = on;
  }

  /** Asks from the first question on. */
  show({ about, body }) {
    this.questions = about.questions;
    this.body = body;
    this.said = structuredClone(about.said);
    this.at = 0;
    this.draw();
  }

  draw() {
    const question = this.questions[this.at], { id, kind } = question, taken = this.said[id] ?? [];
    const changed = (codes) => {
      this.said[id] = codes;
      say(this.forward, words(codes.length ? "about_next" : "about_skip"));
    };
    say(find(".kicker", this.root), words("about_place", { at: this.at + 1, of: this.questions.length }));
    say(find("h1", this.root), question.text);
    say(find(".hint", this.root), question.why);
    say(find(".missing", this.root), "");
    find(".answers", this.root).replaceChildren(kind === "map" ? new BodyMap(this.body, taken, changed).element
      : choices(question.answers, taken, changed, { isOne: kind === "one" }));
    this.forward = button(words(taken.length ? "about_next" : "about_skip"), "first big", () => this.next());
    find(".buttons", this.root).replaceChildren(this.forward, button(words("screening_back"), "quiet", () => this.back()));
    if (!this.root.hidden) find("h1", this.root).focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  back() {
    if (!this.at) return this.on.leave();
    this.at -= 1;
    this.draw();
  }

  async next() {
    if (this.at + 1 < this.questions.length) {
      this.at += 1;
      return this.draw();
    }
    try {
      await sendFor("/live/about", { said: this.said });
      this.on.changed();
    } catch {
      say(find(".missing", this.root), words("screening_failed"));
    }
  }
}

/** The calm lines of Today: what stayed since the first day of tests, how it was after last time, what suits the person, and one reminder at most. */
export class Lines {
  /** @param on called with: about(), changed(). */
  constructor(root, on) {
    this.root = root;
    this.on = on;
  }

  show({ carried, last_time: lastTime, next_day: nextDay, about, for_you: forYou, reminders, easier, plan, answers_needed: isNew }, trouble) {
    const lines = [];
    if (nextDay && !isNew) lines.push(this.asked(nextDay, lastTime?.text));
    if (plan?.review_due && !isNew) lines.push(this.line(plan.review_due));
    if (easier && !isNew) lines.push(this.line(easier.text));
    // one question at a time: the large button has to stay in sight
    if (about && !about.asked && !isNew && !nextDay) lines.push(this.line(words("about_offer"), button(words("about_begin"), "quiet", () => this.on.about())));
    else if (forYou?.text) lines.push(this.line(forYou.text, button(words("about_change"), "quiet", () => this.on.about())));
    if (reminders?.line && !isNew && !nextDay) lines.push(this.line(reminders.line.text));
    if (lastTime && !isNew && !nextDay) lines.unshift(this.line(lastTime.text));
    if (carried && !isNew) lines.unshift(this.headline(carried));
    if (trouble) lines.unshift(this.line(trouble.text));
    this.root.replaceChildren(...lines);
    this.root.hidden = !lines.length;
  }

  /** What stayed since the first day of tests. */
  headline({ code, test, text }) {
    const line = this.line(text);
    line.classList.add("headline");
    Object.assign(line.dataset, { code, test });
    return line;
  }

  line(text, ...more) {
    const line = make("div", "line");
    line.append(make("p", "", text), ...more);
    return line;
  }

  /** @param before what was done last time, if it is known. */
  asked({ text, answers }, before = "") {
    const line = make("div", "line asked"), row = make("div", "buttons");
    line.setAttribute("role", "group");
    line.setAttribute("aria-label", text);
    row.append(...answers.map(([code, name]) => button(name, "quiet", () => this.take(line, code))));
    if (before) line.append(make("p", "before", before));
    line.append(make("p", "", text), row);
    return line;
  }

  async take(line, lasted) {
    const reply = make("p");
    reply.setAttribute("role", "status");
    try {
      const { code, text } = await sendFor("/live/next-day", { lasted });
      line.dataset.code = code;
      line.replaceChildren(reply);
      say(reply, text);
      this.on.changed();
    } catch {
      line.append(reply);
      say(reply, words("screening_failed"));
    }
  }
}
