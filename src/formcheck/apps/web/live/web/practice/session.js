// One set, or the sample on the welcome page: sends pictures, at most two at a time, and passes the answers on.

import { Grabber } from "../camera/grabber.js";
import { taken } from "../log.js";
import { LONG_SIDE_PX } from "../camera/picture.js";
import { Link } from "./socket.js";

const ON_THE_WAY_MS = 12; // to the server, and until it is decoded there
const CAMERA_MS = 33; // between two pictures of the camera: one comes within this time
const MOST_AHEAD_MS = 80; // a picture taken earlier would be too old when its turn comes

const grabber = new Grabber();

export class Session {
  /**
   * @param screen where the pictures come from and the overlay goes to.
   * @param hello movement, side, camera, first stage and kind of recording.
   * @param on called with what arrives: welcome, seen, summary, full, bye, lost, away, back.
   * @param kept session and carried of the earlier connection, if a set continues.
   */
  constructor(screen, hello, on, kept) {
    this.screen = screen;
    this.on = on;
    this.number = 0;
    this.lastS = 0;
    this.sending = true;
    screen.onFrame = (timeS) => this.newFrame(timeS);
    this.link = new Link(hello, { ...on, seen: (reply) => this.seen(reply), free: () => this.send(),
      rate: (rate) => this.asked(rate) }, kept);
  }

  get kept() {
    return { session: this.link.session, carried: this.link.carried };
  }

  newFrame(timeS) {
    this.newestS = timeS;
    this.take();
  }

  /** Takes the latest picture of the camera that can reach the server before the previous answer is due. */
  async take() {
    if (this.everyMs && performance.now() - (this.takenAtMs ?? -Infinity) < this.everyMs) return;
    if (!(this.sending || this.everyMs) || this.grabbing || this.next || !this.newestS || document.hidden) return;
    const aheadMs = Math.min(grabber.usualMs + ON_THE_WAY_MS + CAMERA_MS, MOST_AHEAD_MS);
    if (!this.link.ready || performance.now() < this.link.dueAtMs - aheadMs) return;
    this.lastS = Math.max(this.newestS, this.lastS + 0.001);
    this.newestS = null;
    this.grabbing = true;
    this.number += 1;
    const frame = this.number;
    taken(frame);
    this.takenAtMs = performance.now();
    const message = await grabber.grab(this.source ?? this.screen.video, this.lastS, frame);
    this.grabbing = false;
    if (message && (this.sending || this.everyMs)) this.next = { message, frame };
    this.send();
  }

  /** Sends the ready picture, timed so that the server has decoded it when its turn comes. */
  send() {
    clearTimeout(this.soon);
    if (!this.link.ready) return;
    if (document.hidden) return void (this.next = null);
    if (!this.next) return void this.take();
    const earlyMs = this.link.dueAtMs - ON_THE_WAY_MS - performance.now();
    if (earlyMs > 1) return void (this.soon = setTimeout(() => this.send(), earlyMs));
    const { message, frame } = this.next;
    this.next = null;
    this.link.picture(message, frame);
  }

  seen(reply) {
    if (!this.sending && !this.everyMs) return; // the answer to the last picture before a stop
    if (this.sending) this.screen.overlay.show(reply);
    this.on.seen(reply);
  }

  /** Sends pictures of the size that this computer can follow. */
  asked(rate) {
    grabber.longSidePx = rate?.side_px ?? LONG_SIDE_PX;
  }

  command(name) {
    this.link.command(name);
  }

  /** Remembers the progress: a restarted server continues from there. */
  reached(stage) {
    this.link.hello.from = stage === "practise" ? "practise" : "setup";
  }

  /** Sends no more pictures until `goOn`, or only a few to watch the hands; the connection stays open. */
  rest({ everyMs = 0, from = null } = {}) {
    this.sending = false;
    this.everyMs = everyMs;
    this.source = from;
    this.next = null;
    clearTimeout(this.soon);
  }

  goOn() {
    this.sending = true;
    this.source = null;
    this.everyMs = 0;
    this.send();
  }

  end() {
    this.sending = false;
    this.everyMs = 0;
    clearTimeout(this.soon);
    this.screen.onFrame = null;
    this.link.close();
  }
}
