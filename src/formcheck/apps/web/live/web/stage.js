// The screen during practice: each reply names the stage and what to show of it.

import { Coach } from "./coach.js";
import { find, say } from "./dom.js";
import { Hud } from "./hud.js";
import { Screen } from "./screen.js";
import { words } from "./words.js";

const BACK_MS = 2500;
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
  }

  begin(movement, isClip) {
    this.movement = movement;
    this.name = "";
    say(this.title, movement.name);
    say(this.where, words("setup_title"));
    this.screen.video.setAttribute("aria-label", words(isClip ? "stage_clip" : "stage_video"));
    this.hud.hide();
    this.coach.begin(movement);
    this.enter("setup");
  }

  show(reply) {
    if (reply.stage !== this.name && ["setup", "calibration", "countdown", "practise"].includes(reply.stage)) this.enter(reply.stage);
    if (reply.stage === "setup" && reply.setup) this.coach.setup(reply.setup);
    if (reply.stage === "calibration" && reply.calibration) this.coach.calibration(reply.calibration);
    if (reply.stage === "countdown") this.coach.countdown(reply.count);
    if (reply.practise && ["practise", "over"].includes(reply.stage)) this.practise(reply.practise);
  }

  enter(name) {
    this.name = name;
    this.root.dataset.stage = name;
    if (name === "practise") this.coach.hide();
    else this.hud.hide();
    if (TITLES[name]) say(this.where, words(TITLES[name]));
    find("#go").hidden = name !== "setup";
    find("#skip").hidden = !["setup", "calibration"].includes(name);
    find("#calibrate").hidden = !["setup", "countdown"].includes(name);
    this.on.stage(name);
  }

  practise(shown) {
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
    this.hud.hide();
    this.coach.hide();
  }
}
