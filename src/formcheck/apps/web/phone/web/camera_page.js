// The page on the phone: its back camera, sent picture by picture to the computer that showed the code.

import { closeCamera, openCamera, problemWords } from "./camera/camera.js";
import { Grabber } from "./camera/grabber.js";
import { fill, words } from "./words.js";

const LEAST_MS = 45; // between two pictures: 22 a second are more than a coach looks at
const RESTING_MS = 1000; // while no page of the computer shows them
const FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 4000, LATE_MS = 8000;

const find = (name) => document.querySelector(name);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

class CameraPage {
  constructor() {
    this.video = find("video");
    this.grabber = new Grabber();
    this.number = 0;
    find("#start").addEventListener("click", () => this.start());
    find("#stop").addEventListener("click", () => this.stop());
    document.addEventListener("visibilitychange", () => this.seenAgain());
  }

  async start() {
    this.say("starting", words("camera_allow"));
    try {
      this.stream = await openCamera("", "environment");
    } catch ({ problem = "busy" }) {
      const { title, texts } = problemWords(problem);
      return this.rest(title, texts);
    }
    this.stream.getVideoTracks()[0].onended = () => this.rest(words("camera_ended_title"), [words("camera_ended")]);
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {});
    this.running = true;
    this.stayAwake();
    find("#start").hidden = true;
    find("#stop").hidden = false;
    this.explain([words("phone_page_place")]);
    this.send();
  }

  /** Sends one picture after the other until the page is stopped or not known any more. */
  async send() {
    const run = (this.run = {});
    let waitMs = FIRST_WAIT_MS;
    while (this.running && run === this.run) {
      const beganMs = performance.now();
      const answer = await this.sendOne().catch(() => null);
      if (!this.running || run !== this.run) return;
      if (answer === "unknown") return this.rest(words("phone_page_over_title"), [words("phone_page_over")]);
      if (!answer) {
        this.say("waiting", words("phone_page_lost"));
        await pause(waitMs);
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
        continue;
      }
      waitMs = FIRST_WAIT_MS;
      if (answer.watched) this.say("sending", words("phone_page_sending"));
      else this.say("waiting", words("phone_page_unwatched"));
      await pause((answer.watched ? LEAST_MS : RESTING_MS) - (performance.now() - beganMs));
    }
  }

  async sendOne() {
    const body = await this.grabber.grab(this.video, performance.now() / 1000, (this.number += 1));
    if (!body) return pause(100).then(() => ({ watched: document.body.dataset.state === "sending" }));
    const answer = await fetch("/camera/picture", { method: "POST", body, signal: AbortSignal.timeout(LATE_MS) });
    if (answer.status === 403) return "unknown";
    return answer.ok ? answer.json() : null;
  }

  stop() {
    this.rest(words("phone_page_stopped"), []);
  }

  rest(title, texts) {
    this.running = false;
    this.lock?.release().catch(() => {});
    closeCamera(this.stream);
    this.video.srcObject = null;
    this.say("stopped", title);
    this.explain(texts);
    find("#start").hidden = false;
    find("#stop").hidden = true;
  }

  seenAgain() {
    if (document.hidden || !this.running) return;
    this.video.play().catch(() => {});
    this.stayAwake();
  }

  async stayAwake() {
    this.lock = await navigator.wakeLock?.request("screen").catch(() => null);
  }

  say(state, text) {
    document.body.dataset.state = state;
    const line = find("#state");
    if (line.textContent !== text) line.textContent = text;
  }

  explain(texts) {
    find("#said").replaceChildren(...texts.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  }
}

fill(document);
window.formcheckCamera = new CameraPage();
window.formcheckCamera.start();
