// One set, or the sample on the welcome page: pictures go out one at a time, what comes back is handed on.

import { Grabber } from "./grabber.js";
import { Link } from "./socket.js";

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
    this.send();
  }

  /** Sends the newest picture, if there is one not sent yet and nothing is under way. */
  async send() {
    if (!this.sending || this.grabbing || !this.link.ready || !this.newestS || document.hidden) return;
    this.lastS = Math.max(this.newestS, this.lastS + 0.001);
    this.newestS = null;
    this.grabbing = true;
    this.number += 1;
    const number = this.number, message = await grabber.grab(this.screen.video, this.lastS, number);
    this.grabbing = false;
    if (message && this.sending) this.link.picture(message, number);
    else this.send();
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
