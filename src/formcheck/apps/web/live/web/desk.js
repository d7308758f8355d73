// At the desk: one picture a second, minutes and few reminders. It says when the camera looks, and turns it off when nobody
// is there.

import { closeCamera, openCamera, problemWords } from "./camera/camera.js";
import { find, make, say } from "./dom.js";
import { Grabber } from "./camera/grabber.js";
import { button } from "./person/screening.js";
import { words } from "./words.js";

const LONG_SIDE_PX = 480;
const SHOWN_MS = 15_000;

export class Desk {
  /** @param voice speaks a reminder. @param settings which camera. @param on called with: leave(). */
  constructor(root, { voice, settings }, on) {
    this.root = root;
    this.voice = voice;
    this.settings = settings;
    this.on = on;
    this.video = find("video", root);
    this.grabber = new Grabber();
    this.grabber.longSidePx = LONG_SIDE_PX;
    addEventListener("pagehide", () => this.stop());
  }

  show() {
    this.draw("off");
    say(find(".state", this.root), words("desk_lead"));
    say(find(".reminder", this.root), "");
  }

  /** Draws the buttons of a state: off, on or away. */
  draw(state) {
    this.state = state;
    this.root.dataset.camera = state === "on" ? "on" : "off";
    this.video.hidden = state !== "on";
    say(find(".camera", this.root), words(`desk_camera_${state}`));
    const start = button(words(state === "away" ? "desk_again" : "desk_start"), "first big", () => this.start());
    const running = [button(words("desk_stop"), "first big", () => this.leave()), button(words("desk_learn"), "", () => this.learn())];
    find(".buttons", this.root).replaceChildren(...(state === "on" ? running : [start, button(words("screening_back"), "quiet", () => this.leave())]));
  }

  async start() {
    try {
      this.stream = await openCamera(this.settings.cameraId);
    } catch ({ problem }) {
      return say(find(".state", this.root), problemWords(problem).texts.join(" "));
    }
    this.video.srcObject = this.stream;
    this.video.play().catch(() => {});
    this.learn();
    this.beganMs = performance.now();
    this.number = 0;
    this.ticker = new Worker(new URL("./tick.js", import.meta.url), { type: "module" });
    this.ticker.onmessage = () => this.look();
    this.draw("on");
  }

  /** Learns the tall sitting, from the next looks on. */
  learn() {
    this.page = crypto.randomUUID?.().slice(0, 36) ?? String(Math.random()).slice(2);
  }

  async look() {
    if (this.isBusy || this.state !== "on") return;
    this.isBusy = true;
    const dot = find(".dot", this.root);
    dot.classList.add("looks");
    try {
      const message = await this.grabber.grab(this.video, (performance.now() - this.beganMs) / 1000, (this.number += 1));
      if (message) await this.ask(message);
    } catch {
      say(find(".state", this.root), words("desk_lost"));
    } finally {
      this.isBusy = false;
      setTimeout(() => dot.classList.remove("looks"), 200);
    }
  }

  async ask(message) {
    const answer = await fetch(`/live/desk?page=${this.page}`, { method: "POST", body: message });
    if (answer.status === 409) {
      const { text } = await answer.json();
      this.turnOff("off");
      return say(find(".state", this.root), text);
    }
    if (!answer.ok) throw new Error(answer.status);
    const seen = await answer.json();
    if (seen && this.state === "on") this.take(seen);
  }

  take({ state_text: text, reminder, away, sat_s: sat, tall_s: tall, forward_s: forward }) {
    say(find(".state", this.root), text);
    const minutes = (seconds) => words("desk_minutes", { minutes: Math.floor(seconds / 60) });
    const rows = [["desk_sat", sat], ["desk_tall", tall], ["desk_forward", forward]].map(([key, seconds]) => {
      const row = make("div");
      row.append(make("dt", "", words(key)), make("dd", "", minutes(seconds)));
      return row;
    });
    find(".facts", this.root).replaceChildren(...rows);
    if (reminder) this.remind(reminder.text);
    if (away) this.turnOff("away");
  }

  remind(text) {
    const line = find(".reminder", this.root);
    say(line, text);
    document.title = text;
    this.voice.say({ id: "desk", text, kind: "coach" });
    clearTimeout(this.fading);
    this.fading = setTimeout(() => {
      say(line, "");
      document.title = words("title_page");
    }, SHOWN_MS);
  }

  /** Turns the camera off; its light goes out. */
  turnOff(state) {
    this.ticker?.terminate();
    closeCamera(this.stream);
    this.video.srcObject = null;
    this.stream = this.ticker = null;
    if (this.page) fetch(`/live/desk/end?page=${this.page}`, { method: "POST", keepalive: true }).catch(() => {});
    this.draw(state);
  }

  stop() {
    if (this.stream) this.turnOff("off");
  }

  leave() {
    this.stop();
    this.on.leave();
  }
}
