// The first page: the sample clip of the chosen movement, judged by the real coach, and the choice of a movement.

import { chip, find, list, make, say } from "./dom.js";
import { Cue, Dots } from "./hud.js";
import { Screen } from "./screen.js";
import { Session } from "./session.js";
import { words } from "./words.js";

const PLACES = ["standing", "chair", "floor"];
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

export class Welcome {
  /** @param asked the movement that the page was opened with. @param on called with: choose(movement), full(text). */
  constructor(root, { movements, movement: asked }, on) {
    this.root = root;
    this.movements = movements.filter((one) => !one.advanced || one.id === asked);
    this.on = on;
    this.screen = new Screen(find(".screen", root));
    this.screen.onEnd = () => this.again();
    this.screen.onFail = () => this.showSteps();
    this.cue = new Cue(find(".cue", root));
    this.dots = new Dots(find(".dots", root));
    this.caption = find(".caption", root);
    this.select = find("select", root);
    this.select.addEventListener("change", () => this.on.choose(this.select.value));
    this.play = find(".play", root);
    this.play.addEventListener("click", () => this.begin());
  }

  /** Offers the movements that the answers allow, sorted by place. */
  offer({ hidden = [] } = {}) {
    const offered = this.movements.filter((one) => !hidden.includes(one.id));
    this.offered = new Set(offered.map((one) => one.id));
    this.select.replaceChildren(...PLACES.map((place) => {
      const group = make("optgroup");
      group.label = words(`place_${place}`);
      group.append(...offered.filter((one) => one.place === place).map((one) => new Option(one.name, one.id)));
      return group;
    }).filter((group) => group.children.length));
  }

  show(movement) {
    this.leave();
    this.movement = movement;
    this.select.value = movement.id;
    say(find(".dose", this.root), [movement.dose_words, movement.advanced ? words("welcome_advanced") : ""].filter(Boolean).join(" · "));
    find(".steps", this.root).replaceChildren(...steps(movement));
    find(".facts", this.root).replaceChildren(...facts(movement));
    this.showPicture(movement);
    const clip = Boolean(movement.sample_url);
    find("#sample").hidden = !clip;
    this.screen.root.hidden = !clip;
    this.play.hidden = !STILL.matches;
    if (!clip) return say(this.caption, words("welcome_no_clip"));
    if (STILL.matches) {
      this.screen.video.poster = movement.picture_url;
      return say(this.caption, words("welcome_paused"));
    }
    this.begin();
  }

  showPicture(movement) {
    const picture = find(".still", this.root);
    picture.hidden = Boolean(movement.sample_url) || !movement.picture_url;
    if (!picture.hidden) picture.src = movement.picture_url;
    picture.alt = words("welcome_picture", { name: movement.name });
  }

  begin() {
    const movement = this.movement;
    this.play.hidden = true;
    say(this.caption, words("welcome_connecting"));
    this.screen.showClip(movement.sample_url);
    const hello = { movement: movement.id, side: null, camera: "sample", from: "practise", record: "none" };
    this.session = new Session(this.screen, hello, {
      seen: (reply) => this.seen(reply),
      full: (text) => this.unwatched(text),
      bye: ({ text }) => this.unwatched(text),
    });
  }

  /** Plays the clip on without the coach: a visitor who only looks around should still see something. */
  unwatched(text) {
    this.cue.show(null);
    this.dots.show([]);
    this.screen.overlay.clear();
    say(this.caption, text || words("full_text"));
  }

  seen({ practise }) {
    say(this.caption, words("welcome_live"));
    if (!practise) return;
    this.cue.show(practise.cue);
    this.dots.show(practise.dots ?? []);
  }

  again() {
    this.session?.command("restart");
    this.screen.rewind();
  }

  showSteps() {
    this.leave();
    this.screen.root.hidden = true;
    say(this.caption, words("camera_clip"));
  }

  leave() {
    this.session?.end();
    this.session = null;
    this.screen.empty();
    this.cue.show(null);
    this.dots.show([]);
  }
}

function steps(movement) {
  const all = make("ol");
  all.append(...movement.steps.map((step) => make("li", "", step)));
  return [make("h2", "", words("welcome_steps")), all];
}

function facts(movement) {
  const parts = [];
  for (const [key, text] of [["welcome_camera", movement.view_text], ["welcome_breath", movement.breath]])
    if (text) parts.push(make("dt", "", words(key)), make("dd", "", text));
  if (!movement.stop_if?.length) return parts;
  const stop = make("dd");
  stop.append(list(movement.stop_if));
  return [...parts, make("dt", "", words("welcome_stop_if")), stop];
}

/** Returns the words below the buttons, if the answers lead to any. */
export function decisionNote({ route, text, notes = [] }) {
  const parts = [];
  if (text) {
    const said = make("p");
    said.append(chip(route === "go" ? "info" : "warn"), make("span", "", text));
    parts.push(said);
  }
  if (notes.length) parts.push(list(notes));
  return parts;
}
