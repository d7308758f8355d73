// The texts around the person: one cue, three dots, one ring, count and side. Only what changed is written.

import { Breath } from "./breath.js";
import { chip, find, hug, make, say } from "../dom.js";
import { Ring } from "./ring.js";
import { words } from "../words.js";

const MOST_DOTS = 3;

/** One large line with its mark; a screen reader hears it once, because only a new one is written. */
export class Cue {
  constructor(element) {
    this.element = element;
  }

  show(cue) {
    const text = cue ? `${cue.s} ${cue.text}` : "";
    if (text === this.text) return;
    this.text = text;
    this.element.hidden = !cue;
    this.element.replaceChildren(...(cue ? [chip(cue.s), make("span", "", cue.text)] : []));
    this.element.dataset.state = cue?.s ?? "";
    if (cue) hug(this.element.lastChild);
  }
}

/** Up to three watched values, each with its mark and a word. */
export class Dots {
  constructor(element) {
    this.element = element;
  }

  show(dots) {
    const text = JSON.stringify(dots);
    if (text === this.text) return;
    this.text = text;
    this.element.hidden = !dots.length;
    this.element.replaceChildren(...dots.slice(0, MOST_DOTS).map(({ name, s: state, word }) => {
      const item = make("li");
      item.append(make("span", "of", `${name}:`), chip(state), make("span", "word", word));
      return item;
    }));
  }
}

/** The one status in words, with its mark. */
export class Status {
  constructor(element) {
    this.element = element;
  }

  show(status) {
    const text = status ? `${status.s} ${status.text}` : "";
    if (text === this.text) return;
    this.text = text;
    this.element.hidden = !status;
    this.element.dataset.state = status?.s ?? "";
    this.element.replaceChildren(...(status ? [chip(status.s), make("span", "", status.text)] : []));
  }
}

export class Hud {
  constructor(root) {
    this.status = new Status(find("#status", root));
    this.cue = new Cue(find("#cue", root));
    this.dots = new Dots(find(".dots", root));
    this.hold = find(".hold", root);
    this.ringRoot = find(".ring", root);
    this.ring = new Ring(this.ringRoot);
    this.besideRoot = find(".side-by", root);
    this.breath = new Breath(find(".breath", root));
    this.counts = find(".counts", root);
    this.phase = find(".phase", root);
  }

  show(shown, breathS) {
    this.cue.show(shown.cue);
    this.status.show(shown.status ?? null);
    this.dots.show(shown.dots ?? []);
    this.hold.hidden = false;
    this.ringRoot.hidden = !shown.hold && !shown.repetition;
    if (shown.hold) this.ring.hold(shown.hold);
    else if (shown.repetition) this.ring.times(shown.repetition);
    this.besideRoot.hidden = false;
    this.breath.pace(breathS);
    this.count(shown);
    say(this.phase, shown.phase_word ?? "");
    this.phase.hidden = !shown.phase_word;
  }

  count({ repetition, side, hold }) {
    const rows = [];
    if (side) rows.push([words("hud_side"), words(`stage_${side}`)]);
    if (repetition && hold) rows.push([words("hud_repetition"), words("stage_one_of", repetition), repetition]);
    const text = JSON.stringify(rows);
    if (text === this.countText) return;
    this.countText = text;
    this.counts.replaceChildren(...rows.map(([name, value, share]) => {
      const row = make("div"), cell = make("dd", "", value);
      if (share && share.of <= 6) cell.append(marks(share));
      row.append(make("dt", "", name), cell);
      return row;
    }));
  }

  hide() {
    this.cue.show(null);
    this.status.show(null);
    this.dots.show([]);
    this.hold.hidden = this.besideRoot.hidden = true;
    this.breath.rest();
  }
}

function marks({ done, of }) {
  const element = make("span", "marks", "●".repeat(Math.min(done, of)) + "○".repeat(Math.max(of - done, 0)));
  element.setAttribute("aria-hidden", "true");
  return element;
}
