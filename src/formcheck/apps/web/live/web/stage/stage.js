// The screen during practice: each reply names the stage and what to show of it.

import { Coach } from "./coach.js";
import { find, hug, say } from "../dom.js";
import { Hud } from "./hud.js";
import { Screen } from "./screen.js";
import { outlineOf } from "./silhouettes.js";
import { words } from "../words.js";

const BACK_MS = 2500, HEARD_MS = 4000;
const AROUND = 0.03; // room around the outline, shares of the picture
const LEAST_WORD_PX = 20, SMALLER = 0.92;
const TITLES = { setup: "setup_title", calibration: "calibration_title", countdown: "countdown_title" };

export class Stage {
  /** @param on called with: stage, when a new stage begins. */
  constructor(root, on) {
    this.root = root;
    this.on = on;
    this.screen = new Screen(find(".screen", root));
    this.hud = new Hud(root);
    this.coach = new Coach(root);
    this.title = find("h1", root);
    this.where = find(".where", root);
    this.hand = find("#hand", root);
    this.heardLine = find("#heard", root);
    this.showDegrees(false);
    this.now = find(".now", root);
    this.screen.onFit = () => this.fitWords();
    new MutationObserver(() => this.fitWords()).observe(this.now, { subtree: true, childList: true, characterData: true });
  }

  begin(movement, isClip) {
    this.movement = movement;
    this.name = "";
    say(this.title, movement.name);
    say(this.where, words("setup_title"));
    const { x, y, width, height } = outlineOf(movement);
    this.screen.framing.begin([x, y - AROUND, x + width, y + height + AROUND]);
    this.heardLine.hidden = true;
    this.screen.video.setAttribute("aria-label", words(isClip ? "stage_clip" : "stage_video"));
    this.hud.hide();
    this.coach.begin(movement);
    this.enter("setup");
  }

  show(reply) {
    if (reply.stage !== this.name && ["setup", "calibration", "countdown", "practise"].includes(reply.stage)) this.enter(reply.stage);
    this.screen.followPerson(reply.place, { settled: this.name === "practise" });
    if (reply.stage === "setup" && reply.setup) this.coach.setup(reply.setup, reply.place, this.screen.isCamera);
    if (reply.stage === "calibration" && reply.calibration) this.coach.calibration(reply.calibration);
    if (reply.stage === "countdown") this.coach.countdown(reply.count);
    if (reply.practise && ["practise", "over"].includes(reply.stage)) this.practise(reply.practise, reply.gesture);
  }

  /** Shows what is said, for a while, unless it stands there anyway. */
  heard({ id, text }) {
    if (document.body.dataset.view !== "stage") return; // another view has the words
    const stands = [this.hud.cue.element, this.coach.advice, find("#banner")].some((one) => !one.hidden && one.textContent.endsWith(text));
    if (stands || !text || (id.startsWith("count_") && this.name === "countdown")) return;
    say(this.heardLine, text);
    this.heardLine.hidden = false;
    clearTimeout(this.heardClock);
    this.heardClock = setTimeout(() => (this.heardLine.hidden = true), HEARD_MS);
  }

  /** Makes the words as large as their room allows. */
  fitWords() {
    const { now } = this, lines = now.querySelectorAll(".cue > span:last-child, .advice > span");
    now.style.fontSize = "";
    lines.forEach(hug);
    let size = parseFloat(getComputedStyle(now).fontSize);
    while (size > LEAST_WORD_PX && now.scrollHeight > now.clientHeight + 1) {
      now.style.fontSize = `${(size *= SMALLER)}px`;
      lines.forEach(hug);
    }
  }

  /** Shows degrees and the other watched values, or hides them. */
  showDegrees(shown = !this.screen.overlay.degrees) {
    this.screen.overlay.degrees = shown;
    this.root.dataset.degrees = shown ? "shown" : "hidden";
    find("#degrees").setAttribute("aria-pressed", String(shown));
    this.screen.overlay.paintSoon();
  }

  enter(name) {
    this.name = name;
    this.root.dataset.stage = name;
    if (name === "practise") this.coach.hide();
    else this.hud.hide();
    if (TITLES[name]) say(this.where, words(TITLES[name]));
    find("#go").hidden = name !== "setup";
    find("#skip").hidden = name !== "calibration";
    find("#calibrate").hidden = name !== "setup" || !this.movement.learns_back;
    find("#degrees").hidden = name !== "practise";
    this.on.stage(name);
  }

  practise(shown, gesture) {
    this.hand.hidden = !gesture?.share;
    if (gesture?.share) {
      say(this.hand, words("hand_stop"));
      this.hand.style.setProperty("--share", gesture.share);
    }
    const greeting = performance.now() < (this.greetUntilMs ?? 0);
    this.hud.show({ ...shown, cue: shown.cue ?? (greeting ? { text: words("stage_back"), s: "info" } : null) }, this.movement.breath_s);
    say(this.where, shown.side ? words("stage_side", { side: words(`stage_${shown.side}`) }) : "");
  }

  /** Says for a moment that the person is seen again. */
  greet() {
    this.greetUntilMs = performance.now() + BACK_MS;
    if (this.name === "practise") this.hud.cue.show({ text: words("stage_back"), s: "info" });
  }

  rest() {
    clearTimeout(this.heardClock);
    this.heardLine.hidden = this.hand.hidden = true;
    this.hud.hide();
    this.coach.hide();
  }
}
