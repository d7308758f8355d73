// The set-up: advice about the view in large words, a figure of the posture, the seen joints, and the progress.

import { chip, find, hug, make, say } from "./dom.js";
import { silhouette } from "./silhouettes.js";
import { words } from "./words.js";

export class Coach {
  constructor(root) {
    this.advice = find("#advice", root);
    this.place = find(".place", root);
    this.joints = find(".joints", root);
    this.list = find("ul", this.joints);
    this.bar = find(".bar", root);
    this.barWords = find(".bar-words", this.bar);
    this.progress = find("progress", this.bar);
    this.count = find(".count", root);
  }

  /** Prepares the figure of a movement. */
  begin(movement) {
    this.hide();
    this.place.replaceChildren(silhouette(movement));
    this.advise(words("setup_looking"));
  }

  setup({ advice, posture, ready, joints }) {
    const good = ready > 0;
    this.advise(advice || posture || words("setup_go_on"));
    this.place.hidden = false;
    this.place.classList.toggle("good", good);
    this.joints.hidden = false;
    this.showJoints(joints);
    this.measure(ready >= 1 ? words("setup_ready") : words("setup_ready_share", { share: Math.round(100 * ready) }), ready);
  }

  calibration({ text, index, of, share }) {
    this.joints.hidden = this.place.hidden = true;
    this.advise(text);
    this.measure(words("calibration_share", { index, of }), share);
  }

  countdown(count) {
    this.joints.hidden = this.bar.hidden = this.place.hidden = true;
    this.advise(words("countdown_words"));
    this.count.hidden = !count;
    say(this.count, String(count || ""));
  }

  advise(text) {
    if (text === this.advised) return;
    this.advised = text;
    this.advice.hidden = !text;
    const line = make("span", "", text);
    this.advice.replaceChildren(line);
    hug(line);
  }

  measure(text, share) {
    this.bar.hidden = false;
    say(this.barWords, text);
    this.progress.value = share;
    this.progress.setAttribute("aria-label", text);
  }

  showJoints(joints) {
    const text = JSON.stringify(joints);
    if (text === this.text) return;
    this.text = text;
    this.list.replaceChildren(...joints.map(({ name, seen }) => {
      const item = make("li");
      item.append(chip(seen ? "ok" : "cannot_tell"), make("span", "", `${name}: ${words(seen ? "setup_seen" : "setup_unseen")}`));
      return item;
    }));
  }

  hide() {
    for (const part of [this.advice, this.joints, this.bar, this.count, this.place]) part.hidden = true;
    this.text = undefined;
    this.advise("");
  }
}
