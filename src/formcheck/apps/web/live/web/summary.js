// The summary of a set: what was held, what went well, what to work on, how it felt.

import { chip, choice, find, list, make, taken } from "./dom.js";
import { ShortForm, button, decisionParts } from "./screening.js";
import { words } from "./words.js";

export class Summary {
  /** @param on called with: again(), otherSide(side), next(id), done(), decided(decision). */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.title = find("h1", root);
    this.body = find(".body", root);
    this.row = find(".buttons", root);
    this.medical = find(".medical", root);
  }

  /**
   * @param summary the server's summary.
   * @param sideBefore the results of the other side just before, if there are any.
   * @param questions the short form's questions, empty for a sample clip.
   */
  show(summary, { name, sideBefore = [], questions = [], next = summary.next, hurts = false, notMedical }) {
    this.title.replaceChildren(chip(summary.state, { spoken: true }), make("span", "", summary.headline));
    const earlier = sideBefore.filter((one) => !summary.sides?.some((other) => other.side === one.side));
    const sides = [...earlier, ...(summary.sides ?? [])];
    const parts = [make("p", "soft name", name), make("p", "lead", summary.why), facts(summary, sides), pictures(summary),
      lists(summary)];
    if (summary.recording) parts.push(recording(summary.recording));
    if (questions.length) parts.push(this.feelings(summary.questions ?? []), this.after(questions, summary));
    this.body.replaceChildren(...parts.filter(Boolean));
    if (hurts) this.offerRest();
    else this.offer(summary, next);
    this.medical.textContent = notMedical;
  }

  offer(summary, next) {
    const buttons = [button(words("summary_again"), "", () => this.on.again())];
    if (next) buttons.push(button(words("summary_next", { name: next.name }), "", () => this.on.next(next.id)));
    if (summary.other_side) {
      const side = words(`stage_${summary.other_side}`);
      buttons.unshift(button(words("summary_other_side", { side }), "", () => this.on.otherSide(summary.other_side)));
    }
    buttons[0].classList.add("first");
    this.row.replaceChildren(...buttons, button(words("summary_done"), "quiet", () => this.on.done()));
  }

  /** Shows the end after pain: nothing more is offered today. */
  offerRest() {
    this.row.replaceChildren(button(words("summary_done"), "first", () => this.on.done()));
  }

  /** Asks what only the person can feel; stored with the short form on this computer. */
  feelings(questions) {
    if (!questions.length) return null;
    const part = make("section", "feel");
    part.append(make("h2", "", words("summary_feel")), ...questions.map(({ ask, answers }, number) =>
      choice(ask, `feel-${number}`, answers.map((answer) => [answer, answer]))));
    return part;
  }

  felt({ questions = [], carried }) {
    const said = questions.map(({ ask }, number) => [ask, taken(this.body, `feel-${number}`)]).filter(([, answer]) => answer);
    return { movement: carried.movement, said: Object.fromEntries(said) };
  }

  after(questions, summary) {
    const part = make("section", "after"), form = make("form");
    form.noValidate = true;
    part.append(make("h2", "", words("summary_after")), form);
    new ShortForm(form, "after", questions, { decided: (decision) => this.kept(part, decision), more: () => this.felt(summary) });
    return part;
  }

  kept(part, decision) {
    const said = make("div", "kept-words");
    said.setAttribute("role", "status");
    said.append(make("p", "", words("summary_kept")), ...decisionParts(decision ?? {}));
    find("form", part).replaceWith(said);
    if (decision?.locked) this.offerRest();
    this.on.decided(decision);
  }
}

function facts(summary, sides) {
  const rows = make("dl", "facts");
  const add = (name, value) => {
    const row = make("div");
    row.append(make("dt", "", name), make("dd", "", value));
    rows.append(row);
  };
  if (summary.held) {
    const { valid_s: valid, total_s: total, target_s: target } = summary.held;
    const held = words("summary_held_of", { valid: Math.round(valid), total: Math.round(total) });
    // nothing that could not be judged is called good
    add(words(summary.state === "cannot_tell" ? "summary_held_unjudged" : "summary_held"), target ? `${held}, ${words("summary_held_target", { target: Math.round(target) })}` : held);
  }
  if (summary.repetitions) add(words("summary_repetitions"), words("stage_one_of", summary.repetitions));
  for (const { side, valid_s: valid, repetitions } of sides) {
    const name = sentence(words("summary_side", { side: words(`stage_${side}`) }));
    add(name, words("summary_side_held", { valid: Math.round(valid), repetitions }));
  }
  return rows;
}

function pictures({ best, worst }) {
  const both = [[best, "best", "ok"], [worst, "worst", "warn"]].filter(([one]) => one);
  if (!both.length) return null;
  const row = make("div", "pictures");
  row.append(...both.map(([{ picture, words: text }, name, state]) => {
    const figure = make("figure"), image = make("img"), caption = make("figcaption"), title = make("strong");
    image.src = picture;
    image.alt = words(`summary_${name}_alt`);
    title.append(chip(state), make("span", "", words(`summary_${name}`)));
    caption.append(title, make("span", "", text));
    figure.append(image, caption);
    return figure;
  }));
  return row;
}

function lists({ faults = [], unseen = [], held, repetitions, state }) {
  const row = make("div", "lists"), work = make("section");
  const began = faults.length || (held?.total_s ?? 0) > 0 || repetitions?.done;
  work.append(make("h2", "", words("summary_faults")));
  if (faults.length) work.append(faultList(faults));
  else work.append(make("p", "", words("summary_no_faults")));
  if (faults.length || (began && state === "ok")) row.append(work);
  if (unseen.length) {
    const part = make("section");
    part.append(make("h2", "", words("summary_unseen")), list(unseen));
    row.append(part);
  }
  return row;
}

function faultList(faults) {
  const all = make("ul", "faults");
  all.append(...faults.map(({ name, cue, s: state, from, to, side }) => {
    const item = make("li"), what = make("p");
    const where = side ? `, ${words("summary_side", { side: words(`stage_${side}`) })}` : "";
    what.append(make("strong", "", sentence(name)), make("span", "soft", ` ${words("summary_when", { from, to })}${where}`));
    const said = make("div");
    said.append(what, make("p", "", cue));
    item.append(chip(state, { spoken: true }), said);
    return item;
  }));
  return all;
}

function recording({ url, words: text }) {
  const line = make("p", "recording");
  line.append(make("strong", "", `${words("summary_recording")}: `));
  if (url) {
    const link = make("a", "", text);
    link.href = url;
    line.append(link);
  } else line.append(text);
  return line;
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
