// The clip on the first page, judged by the real coach: a back rounds, is caught, becomes long, and the ring goes on.

import { find, make, say } from "./dom.js";
import { Cue } from "./stage/hud.js";
import { Ring } from "./stage/ring.js";
import { Screen } from "./stage/screen.js";
import { Session } from "./practice/session.js";
import { words } from "./words.js";

const STILL = matchMedia("(prefers-reduced-motion: reduce)");

export class Demo {
  /** @param demo movement and address of the clip, null if there is none. */
  constructor(root, demo) {
    this.root = root;
    this.demo = demo;
    root.hidden = !demo;
    this.screen = new Screen(find(".screen", root));
    const { overlay } = this.screen, show = overlay.show.bind(overlay);
    overlay.show = (reply) => show({ ...reply, arc: null }); // no degrees on the first page
    this.screen.onEnd = () => this.again();
    this.screen.onFail = () => this.leave();
    this.cue = new Cue(find(".cue", root));
    this.caption = find(".caption", root);
    this.play = find(".play", root);
    this.play.addEventListener("click", () => this.begin());
  }

  show() {
    this.leave();
    if (!this.demo) return;
    this.play.hidden = !STILL.matches;
    if (STILL.matches) this.tell("demo_paused");
    else this.begin();
  }

  begin() {
    this.play.hidden = true;
    this.tell("demo_begin");
    this.ringRoot = make("div", "ring");
    this.ringRoot.hidden = true;
    this.ringRoot.setAttribute("aria-hidden", "true");
    this.ring = new Ring(this.ringRoot);
    this.screen.root.append(this.ringRoot);
    this.screen.showClip(this.demo.url);
    const hello = { movement: this.demo.movement, side: null, camera: "sample", from: "practise", record: "none" };
    this.session = new Session(this.screen, hello, {
      seen: (reply) => this.seen(reply),
      full: (text) => this.unwatched(text),
      bye: ({ text }) => this.unwatched(text),
    });
  }

  /** Plays the clip on without the coach: a visitor who only looks around still sees something. */
  unwatched(text) {
    this.cue.show(null);
    this.ringRoot.hidden = true;
    this.screen.overlay.clear();
    say(this.caption, text || words("demo_unwatched"));
  }

  seen({ practise }) {
    if (!practise) return;
    const { hold, phase, cue } = practise, isWrong = cue?.s === "fix";
    this.cue.show(isWrong ? cue : null);
    this.ringRoot.hidden = !hold;
    if (hold) this.ring.hold(hold);
    if (isWrong || hold?.why) this.wasCaught = true;
    if (isWrong) this.tell("demo_caught");
    else if (hold?.why) this.tell("demo_waits");
    else if (phase === "hold") this.tell(this.wasCaught ? "demo_goes_on" : "demo_runs");
    else if (phase === "move") this.tell("demo_bows");
    else if (phase === "return") this.tell("demo_returns");
    else this.tell("demo_begin");
  }

  tell(key) {
    say(this.caption, words(key));
  }

  again() {
    this.wasCaught = false;
    this.session?.command("restart");
    this.screen.rewind();
  }

  leave() {
    this.session?.end();
    this.session = null;
    this.wasCaught = false;
    this.screen.empty();
    this.cue.show(null);
    this.ringRoot?.remove();
  }
}
