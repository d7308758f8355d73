// The connection to the coach. After a drop it opens again and names its session, so that nothing of a session is lost.

import { leftOut, replied, sent } from "../log.js";
import { words } from "../words.js";

const FIRST_WAIT_MS = 250, LONGEST_WAIT_MS = 4000;
const PING_MS = 10_000, SILENT_MS = 4000, LATE_MS = 12_000, HELLO_MS = 15_000;
const VERSION = 1;
const MOST_WAITING = 8;
const SLOWLY = 0.1;
const MOST_UNDER_WAY = 2;
const STALE_MS = 250; // a picture that waits this long after its turn was due is replaced by a newer one
const OPENS_AGAIN = new Set(["token", "idle"]);
const COMES_BACK = ["pointerdown", "keydown", "visibilitychange"];

/** Returns a fresh token; every connection and every form needs its own. */
export async function freshToken() {
  const answer = await fetch("/live/token", { cache: "no-store", credentials: "same-origin" });
  if (!answer.ok) throw Object.assign(new Error(`no token: ${answer.status}`), { isRefused: answer.status === 403 });
  return (await answer.json()).token;
}

export class Link {
  /**
   * @param hello the first message to the server, without type, version, token, session and carried.
   * @param on called with what arrives: welcome, rate, seen, free, summary, error, full, bye, lost, silent, heard, away, back.
   */
  constructor(hello, on, { session = null, carried = null } = {}) {
    this.hello = hello;
    this.on = on;
    this.session = session;
    this.carried = carried;
    this.underWay = []; // the pictures that are not answered yet
    this.commands = []; // commands given while there was no connection
    this.tries = 0;
    this.usualMs = 50; // how long an answer takes when it is the picture's turn
    this.dueAtMs = 0; // when the server can start the next picture
    this.wanted = true;
    this.open();
  }

  get ready() {
    return this.greeted && this.hasRoom && this.socket?.readyState === WebSocket.OPEN;
  }

  /** One picture is analysed and one waits. A third is sent only if the waiting one is old; it replaces the old one. */
  get hasRoom() {
    const { length } = this.underWay, oldAtMs = Math.max(this.dueAtMs, this.pictureAtMs ?? 0) + STALE_MS;
    return length < MOST_UNDER_WAY || (length === MOST_UNDER_WAY && performance.now() > oldAtMs);
  }

  async open() {
    try {
      const token = await freshToken();
      if (!this.wanted) return;
      const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/pose/ws`;
      const socket = (this.socket = new WebSocket(address));
      socket.onopen = () => this.greet(token);
      socket.onmessage = ({ data }) => socket === this.socket && this.take(data);
      socket.onclose = ({ code }) => socket === this.socket && this.closed(code);
      this.late = setTimeout(() => this.drop(), HELLO_MS);
    } catch ({ isRefused }) {
      if (isRefused) this.refusedPage();
      else this.tryAgain();
    }
  }

  /** Gives up where the app does not know this page any more: waiting does not help. */
  refusedPage() {
    this.close();
    this.on.bye?.({ code: "owner", text: words("closed_text") });
  }

  greet(token) {
    const { session, carried } = this;
    this.write({ type: "hello", version: VERSION, token, session, carried, ...this.hello });
  }

  write(message) {
    this.socket.send(JSON.stringify(message));
  }

  take(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return; // not for this version of the page
    }
    if (message.carried !== undefined) this.carried = message.carried;
    this[`take_${message.type}`]?.(message);
  }

  take_welcome(message) {
    clearTimeout(this.late);
    this.session = message.session;
    this.greeted = true;
    const back = this.tries > 0;
    this.tries = 0;
    this.pings = setInterval(() => this.ping(), PING_MS);
    this.on.rate?.(message.rate);
    this.on.welcome?.(message);
    for (const name of this.commands.splice(0)) this.write({ type: "command", name });
    if (back) this.on.back?.({ wasAway: this.isAway });
    this.isAway = false;
    this.on.free?.();
  }

  take_seen(message) {
    const picture = this.answered(message.frame);
    if (picture) replied(message.frame, picture.sentAtMs, message);
    if (message.rate) this.on.rate?.(message.rate);
    this.on.free?.(); // send the next picture before this answer is drawn
    this.on.seen?.(message);
  }

  take_summary(message) {
    this.on.summary?.(message);
  }

  take_error(message) {
    if (message.code === "overtaken") this.overtaken(message.frame);
    else if (typeof message.frame === "number") this.refused(message.frame);
    else if (["bad_picture", "too_big"].includes(message.code)) this.refused(this.underWay[0]?.frame);
    this.on.error?.(message);
    this.on.free?.();
  }

  take_full(message) {
    this.close();
    this.on.full?.(message.text);
  }

  take_bye(message) {
    this.parting = message;
  }

  overtaken(number) {
    const before = this.underWay.length;
    this.underWay = this.underWay.filter(({ frame }) => frame !== number);
    leftOut(before - this.underWay.length);
  }

  refused(number) {
    if (this.answered(number)) leftOut(1);
  }

  /** Notes an answer, and when the next one is due. */
  answered(number) {
    const picture = this.underWay.find(({ frame }) => frame === number), now = performance.now();
    if (!picture) return null;
    this.underWay = this.underWay.filter((other) => other !== picture);
    this.usualMs += SLOWLY * (now - Math.max(picture.sentAtMs, this.answeredAtMs ?? 0) - this.usualMs);
    this.answeredAtMs = now;
    this.dueAtMs = this.underWay.length ? now + this.usualMs : 0;
    if (this.isSilent) this.on.heard?.();
    this.watch();
    return picture;
  }

  /** Sends one picture; another may follow shortly before its answer is due. */
  picture(message, frame) {
    if (!this.ready) return;
    const sentAtMs = performance.now();
    this.socket.send(message);
    if (!this.underWay.length) this.dueAtMs = sentAtMs + this.usualMs;
    this.underWay.push({ frame, sentAtMs });
    this.pictureAtMs = sentAtMs;
    if (this.underWay.length === 1) this.watch();
    sent(frame, sentAtMs);
  }

  /** Reports that no answer comes, and gives up the connection after a long time. */
  watch() {
    clearTimeout(this.late);
    clearTimeout(this.silence);
    this.isSilent = false;
    if (!this.underWay.length) return;
    this.late = setTimeout(() => this.drop(), LATE_MS);
    this.silence = setTimeout(() => {
      this.isSilent = true;
      this.on.silent?.();
    }, SILENT_MS);
  }

  /** Sends a command of the person; without a connection it is kept and sent after the next welcome. */
  command(name) {
    if (this.greeted && this.socket.readyState === WebSocket.OPEN) this.write({ type: "command", name });
    else if (this.commands.length < MOST_WAITING) this.commands.push(name);
  }

  ping() {
    const quiet = performance.now() - (this.pictureAtMs ?? -Infinity) > PING_MS / 2;
    if (quiet && this.socket.readyState === WebSocket.OPEN) this.write({ type: "ping" });
  }

  // Ends -------------------------------------------------------------------------------------------------------------

  /** Gives up a connection on which nothing arrives any more. */
  drop() {
    const socket = this.socket;
    this.closed(0);
    socket.close();
  }

  closed(code) {
    this.quiet();
    const parting = this.parting;
    this.parting = null;
    if (!this.wanted) return;
    if (parting?.code === "away") return this.waitForPerson(parting.text);
    if (code === 4003) return this.close(), this.on.full?.("");
    if (parting && !OPENS_AGAIN.has(parting.code)) return this.close(), this.on.bye?.(parting);
    this.on.lost?.();
    this.tryAgain();
  }

  /** The server has freed the session of a person who is away. It opens again when the person comes back. */
  waitForPerson(text) {
    this.on.away?.(text);
    this.isAway = true;
    this.tries = 1;
    this.session = null;
    this.returns = () => {
      if (document.hidden) return;
      this.stopWaiting();
      this.open();
    };
    for (const name of COMES_BACK) document.addEventListener(name, this.returns);
  }

  stopWaiting() {
    for (const name of COMES_BACK) document.removeEventListener(name, this.returns);
  }

  tryAgain() {
    if (!this.wanted) return;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.tries, LONGEST_WAIT_MS);
    this.tries += 1;
    this.again = setTimeout(() => this.open(), wait);
  }

  quiet() {
    clearTimeout(this.late);
    clearTimeout(this.silence);
    this.isSilent = false;
    clearInterval(this.pings);
    this.socket = null;
    this.greeted = false;
    leftOut(this.underWay.length);
    this.underWay = [];
    this.dueAtMs = 0;
  }

  close() {
    const socket = this.socket;
    this.wanted = false;
    this.stopWaiting();
    clearTimeout(this.again);
    this.quiet();
    socket?.close(1000);
  }
}
