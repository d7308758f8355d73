// The body of another recording over this one. formcheck sends it in the pictures of this recording, phase by phase, so
// that it is only drawn here.

import { find, say } from "./dom.js";
import { loadGhost, Refusal } from "./server.js";

const SIDES = "sides"; // the other side of this recording; keys of results are hexadecimal

export class Ghost {
  constructor(stage, data, does) {
    this.stage = stage;
    this.data = data;
    this.does = does;
    this.select = find("#ghost");
    this.words = find("#ghost-words");
    this.select.addEventListener("change", () => this.choose());
  }

  /** Shows what can be chosen; what is chosen stays, with joints where they are now. */
  show() {
    const chosen = this.select.value;
    const day = dated_s => new Date(1000 * dated_s).toLocaleDateString(document.documentElement.lang, { dateStyle: "medium" });
    const sides = this.data.has_both_sides ? [new Option(say("ghost_sides"), SIDES)] : [];
    this.select.replaceChildren(new Option(say("ghost_none"), ""), ...sides,
      ...this.data.others.map(one => new Option(`${one.name}, ${day(one.dated_s)}`, one.key)));
    this.select.value = [...this.select.options].some(one => one.value === chosen) ? chosen : "";
    find(".ghost-form").hidden = this.select.options.length < 2;
  }

  async choose() {
    const chosen = this.select.value;
    this.select.dataset.shown = "";
    let poses = null;
    try {
      if (chosen) poses = await loadGhost(chosen === SIDES ? "" : chosen);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.does.tell(error.message, true);
      if (chosen === this.select.value) this.select.value = "";
    }
    if (chosen !== this.select.value && poses) return; // another one was chosen meanwhile
    this.stage.setGhost(poses);
    this.select.dataset.shown = poses ? chosen : "";
    this.follow();
  }

  /** Says why no other body is seen, where there is none. */
  follow() {
    const name = this.select.selectedOptions[0]?.textContent ?? "";
    const words = this.stage.hasGhostNow() ? "ghost_lead" : "ghost_outside";
    const text = this.stage.ghost ? say(words, { name }) : "";
    if (this.words.textContent !== text) this.words.textContent = text; // else it would be read aloud again
  }
}
