// One set, or the sample on the welcome page: pictures go out one at a time, what comes back is handed on.

import { Grabber } from "./grabber.js";
import { taken } from "./log.js";
import { Link } from "./socket.js";

const AHEAD_MS = 45; // a JPEG takes about ten, and a new picture comes every thirty-three

const grabber = new Grabber();

export class Session {
  /**
   * @param screen where the pictures come from and the overlay goes to.
   * @param hello which movement, side and camera, from where, recorded how.
   * @param on called with what comes: welcome, seen, summary, full, bye, lost, back.
   * @param kept session and carried of before, where a set goes on.
   */
  constructor(screen, hello, on, kept) {
    this.screen = screen;
    this.on = on;
    this.number = 0;
    this.lastS = 0;
    this.sending = true;
    screen.onFrame = (timeS) => this.newFrame(timeS);
    this.link = new Link(hello, { ...on, seen: (reply) => this.seen(reply), free: () => this.send() }, kept);
  }

  get kept() {
    return { session: this.link.session, carried: this.link.carried };
  }

  newFrame(timeS) {
    this.newestS = timeS;
    this.take();
  }

  /** Makes the newest picture ready shortly before the answer to the last one is due: then it goes without a wait. */
  async take() {
    if (!this.sending || this.grabbing || this.next || !this.newestS || document.hidden) return;
    if (!this.link.greeted || performance.now() < this.link.dueAtMs - AHEAD_MS) return;
    this.lastS = Math.max(this.newestS, this.lastS + 0.001);
    this.newestS = null;
    this.grabbing = true;
    this.number += 1;
    const frame = this.number;
    taken(frame);
    const message = await grabber.grab(this.screen.video, this.lastS, frame);
    this.grabbing = false;
    if (message && this.sending) this.next = { message, frame };
    this.send();
  }

  /** Sends what is ready, unless a picture is still under way. */
  send() {
    if (!this.link.ready) return;
    if (document.hidden) return void (this.next = null);
    if (!this.next) return void this.take();
    const { message, frame } = this.next;
    this.next = null;
    this.link.picture(message, frame);
  }

  seen(reply) {
    if (!this.sending) return; // the answer to the last picture before a stop
    this.screen.overlay.show(reply);
    this.on.seen(reply);
  }

  command(name) {
    this.link.command(name);
  }

  /** Remembers how far it has come: a restarted server is asked to go on there. */
  reached(stage) {
    this.link.hello.from = stage === "practise" ? "practise" : "setup";
  }

  /** No more pictures leave the page until `goOn`; the line stays open. */
  rest() {
    this.sending = false;
    this.next = null;
  }

  goOn() {
    this.sending = true;
    this.send();
  }

  end() {
    this.sending = false;
    this.screen.onFrame = null;
    this.link.close();
  }
}
