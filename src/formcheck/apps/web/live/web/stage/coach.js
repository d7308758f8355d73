// The set-up: advice about the view in large words, a figure of the posture, the seen joints, and the progress.

import { chip, find, hug, make, say } from "../dom.js";
import { outlineOf, silhouette } from "./silhouettes.js";
import { words } from "../words.js";

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
    this.turn = find(".turn", root);
    this.hand = find("#hand", root);
  }

  /** Prepares the figure of a movement. */
  begin(movement) {
    this.hide();
    this.place.replaceChildren(silhouette(movement));
    this.outline = outlineOf(movement);
    this.place.style.transform = "";
    this.advise(words("setup_looking"));
  }

  setup({ text, ready, hand, turn, faces, joints }, place, mirrored) {
    this.advise(text);
    this.showTurn(turn, mirrored);
    this.place.hidden = false;
    this.place.classList.toggle("good", ready > 0);
    if (place) this.move(place, mirrored, faces && (faces === "right") !== mirrored);
    this.joints.hidden = false;
    this.showJoints(joints);
    this.measure(ready >= 1 ? words("setup_ready") : words("setup_ready_share", { share: Math.round(100 * ready) }), ready);
    this.showHand(hand);
  }

  /** Moves the outline to the person, in their size, and facing the same way. */
  move([left, top, right, bottom], mirrored, facesRight) {
    const { x, y, width, height, looksRight } = this.outline;
    const at = mirrored ? 1 - (left + right) / 2 : (left + right) / 2, scale = (bottom - top) / height;
    const flip = facesRight !== null && facesRight !== looksRight ? -1 : 1;
    const shift = [at - flip * scale * (x + width / 2), (top + bottom) / 2 - scale * (y + height / 2)];
    this.place.style.transform = `translate(${(100 * shift[0]).toFixed(1)}%, ${(100 * shift[1]).toFixed(1)}%)`
      + ` scale(${(flip * scale).toFixed(3)}, ${scale.toFixed(3)})`;
  }

  /** Shows one arrow: which way to turn, as the person sees it. */
  showTurn(side, mirrored) {
    this.turn.hidden = !side;
    if (side) say(this.turn, (side === "left") === mirrored ? "↷" : "↶");
  }

  showHand(share) {
    this.hand.hidden = false;
    say(this.hand, words(share > 0 ? "hand_hold" : "hand_start"));
    this.hand.style.setProperty("--share", share);
  }

  calibration({ text, index, of, share }) {
    this.joints.hidden = this.place.hidden = this.turn.hidden = this.hand.hidden = true;
    this.advise(text);
    this.measure(words("calibration_share", { index, of }), share);
  }

  countdown(count) {
    this.joints.hidden = this.bar.hidden = this.place.hidden = this.turn.hidden = this.hand.hidden = true;
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
    this.list.replaceChildren(...joints.map(({ name, seen, learns = false }) => {
      const item = make("li");
      const state = words(seen ? "setup_seen" : learns ? "setup_learns" : "setup_unseen");
      item.append(chip(seen ? "ok" : learns ? "info" : "cannot_tell"), make("span", "part-name", name), make("span", "part-state", state));
      return item;
    }));
  }

  hide() {
    for (const part of [this.advice, this.joints, this.bar, this.count, this.place, this.turn, this.hand]) part.hidden = true;
    this.text = undefined;
    this.advise("");
  }
}
