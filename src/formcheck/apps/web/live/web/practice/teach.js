// Before a stretch: a quarter of a minute, spoken and in pictures. Where the camera goes, how it goes, what to feel, when
// to stop. Then the set begins by itself, so that nobody has to touch anything.

import { hear } from "./acts.js";
import { find, make, say } from "../dom.js";
import { act } from "../gestures.js";
import * as page from "../page.js";
import { words } from "../words.js";

const PARTS = ["camera", "how", "feel", "stop"];
const PER_WORD_MS = 330, PAUSE_MS = 500, LATE_MS = 5000, LOOK_MS = 100;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

export class Teach {
  constructor(root, { voice, memory }) {
    this.root = root;
    this.voice = voice;
    this.memory = memory;
    this.video = find("video", root);
    find("#teach-go").addEventListener("click", () => act("go"));
    find("#teach-again").addEventListener("click", () => act("again"));
    find("#teach-back").addEventListener("click", () => act("stop"));
    hear("teach", () => ({ go: () => this.done(), next: () => this.done(), yes: () => this.done(),
      again: () => this.begin(), stop: () => this.leave(this.on.stop), no: () => this.hold() }));
  }

  /**
   * Explains a stretch, unless it is known and nothing is new about it.
   *
   * @param more `why` it comes now and `place` in the routine, if there is one; whether the `camera` must move, the `way` it goes
   * today, and `isCalm` for fewer words.
   * @param on called with: go(), stop().
   */
  show(movement, { why = "", place = null, camera = true, isCalm = false, way = "" } = {}, on) {
    const felt = this.memory.easier[movement.id];
    if (!movement.teach || (this.memory.knows(movement.id) && !felt)) return on.go();
    this.on = on;
    const left = PARTS.filter((key) => (key !== "camera" || camera) && (key !== "feel" || !isCalm));
    this.parts = left.map((key) => ({ key, title: words(`teach_${key}`), text: movement.teach[key] }));
    if (way) this.parts.splice(1, 0, { key: "way", title: words("teach_way"), text: way });
    else if (felt) this.parts.splice(1, 0, { key: "easier", title: words("teach_easier"), text: words("teach_easier_words",
      { felt, easier: movement.easier }) });
    say(find("h1", this.root), movement.name);
    say(find(".place-in", this.root), place ? words("teach_place", place) : words("teach_first"));
    say(find(".why", this.root), isCalm ? "" : why);
    this.pictures(movement);
    find(".lessons", this.root).replaceChildren(...this.parts.map(({ key, title, text }) => {
      const item = make("li", "lesson");
      item.dataset.part = key;
      item.append(make("strong", "", title), make("p", "", text));
      return item;
    }));
    page.show("teach");
    this.begin();
  }

  pictures({ sample_url: clip, picture_url: picture, drawing_url: drawing }) {
    this.video.hidden = !clip;
    this.video.poster = picture;
    this.video.src = clip;
    if (clip && !STILL.matches) this.video.play().catch(() => {}); // a browser may wait for a touch
    find(".camera-drawing", this.root).src = drawing;
  }

  begin() {
    clearInterval(this.clock);
    this.at = -1;
    this.untilMs = 0;
    this.clock = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  /** Goes on to the next part when the present one had its time and the voice has finished. */
  look() {
    const now = performance.now();
    if (document.hidden || document.querySelector("dialog[open]")) return void (this.untilMs += LOOK_MS);
    const lateMs = now - this.untilMs;
    if (lateMs < 0 || (this.voice.speaking && lateMs < LATE_MS)) return;
    this.at += 1;
    const part = this.parts[this.at];
    if (!part) return this.done();
    const items = [...find(".lessons", this.root).children];
    for (const item of items) item.removeAttribute("aria-current");
    items[this.at].setAttribute("aria-current", "step");
    items[this.at].scrollIntoView({ block: "nearest" });
    this.root.dataset.part = part.key;
    this.untilMs = now + part.text.split(" ").length * PER_WORD_MS + PAUSE_MS;
    this.voice.say({ id: `teach_${part.key}`, text: part.text, kind: "coach" });
  }

  /** Stays on this page until it is asked to go on. */
  hold() {
    clearInterval(this.clock);
    this.voice.hush();
  }

  done() {
    this.leave(this.on.go);
  }

  leave(then) {
    clearInterval(this.clock);
    this.voice.hush();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    then();
  }
}
