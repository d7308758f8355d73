// One moving picture with the overlay on it: the person's camera, mirrored, or a sample clip as it is.

import { Framing } from "./framing.js";
import { Overlay } from "./overlay.js";
import { painted } from "../log.js";

const BACKDROP_MS = 500;
const EDGE = 0.02; // of the picture's width and height: what goes on beyond its edges

export class Screen {
  constructor(root) {
    this.root = root;
    this.video = root.querySelector("video");
    this.overlay = new Overlay(root.querySelector("canvas:not(.backdrop)"));
    this.backdrop = root.querySelector(".backdrop");
    this.video.addEventListener("ended", () => this.onEnd?.());
    this.video.addEventListener("error", () => this.video.getAttribute("src") && this.onFail?.());
    this.frame = root.querySelector(".frame");
    this.framing = this.frame ? new Framing(root, this.frame) : null;
    this.fitted = new ResizeObserver(() => this.fit());
    this.fitted.observe(root);
    this.video.addEventListener("resize", () => this.fit());
    this.video.addEventListener("loadeddata", () => this.paintBackdrop());
  }

  /** Fits picture and drawing into the window; the whole person stays in sight. */
  fit() {
    const box = this.frame ?? this.root;
    this.framing?.fit(this.video.videoWidth || 640, this.video.videoHeight || 480, this.isCamera);
    this.overlay.fit(box.clientWidth, box.clientHeight);
    this.paintBackdrop();
    this.onFit?.();
  }

  /** Paints what the picture leaves of the window: its edges go on as wall and floor do, so small that all is blur. */
  paintBackdrop() {
    const { backdrop, video, framing } = this;
    if (!backdrop || !video.videoWidth || !framing.at || document.hidden) return;
    const pen = backdrop.getContext("2d"), { x, y, w, h, across, down } = framing.at;
    const rows = stripsOf(video.videoHeight, [y, h, down], backdrop.height);
    for (const [fromX, wide, toX, broad] of stripsOf(video.videoWidth, [this.isCamera ? across - x - w : x, w, across], backdrop.width))
      for (const [fromY, tall, toY, high] of rows) pen.drawImage(video, fromX, fromY, wide, tall, toX, toY, broad, high);
  }

  /** Takes in where the person is: left, top, right, bottom as shares of the picture. */
  followPerson(place, { settled = false } = {}) {
    if (this.framing?.take(place, settled, this.isCamera)) this.fit();
  }

  showCamera(stream) {
    this.empty();
    this.isCamera = true;
    this.video.srcObject = stream;
    this.begin();
  }

  showClip(url) {
    this.empty();
    this.isCamera = false;
    this.video.src = url;
    this.begin();
  }

  begin() {
    this.root.classList.toggle("mirrored", this.isCamera);
    this.overlay.mirrored = this.isCamera;
    this.running = true;
    clearInterval(this.backdropClock);
    if (this.framing) this.backdropClock = setInterval(() => this.paintBackdrop(), BACKDROP_MS);
    this.follow();
    this.play();
  }

  /** A picture that is not of now is shown dimmed. */
  dim(isOld) {
    this.root.classList.toggle("is-old", isOld);
  }

  play() {
    clearInterval(this.stillClock);
    this.video.play().catch(() => {}); // if the browser refuses, the page offers a button or shows the first picture
  }

  rewind() {
    this.video.currentTime = 0;
    this.play();
  }

  /** Stays on the clip's first picture and gives it again and again, like a camera in front of a person who does not move. */
  holdFirst() {
    this.video.pause();
    this.video.currentTime = 0;
    clearInterval(this.stillClock);
    this.stillClock = setInterval(() => this.onFrame?.(performance.now() / 1000), 100);
  }

  pause() {
    clearInterval(this.stillClock);
    this.video.pause();
  }

  follow() {
    const video = this.video;
    if (!("requestVideoFrameCallback" in video)) return this.followByClock();
    const step = (nowMs, { captureTime }) => {
      if (!this.running) return;
      this.newFrame(captureTime ?? nowMs);
      this.callback = video.requestVideoFrameCallback(step);
    };
    this.callback = video.requestVideoFrameCallback(step);
  }

  followByClock() {
    let shown = -1;
    const step = (nowMs) => {
      if (!this.running) return;
      if (this.video.currentTime !== shown) this.newFrame(nowMs);
      shown = this.video.currentTime;
      this.clock = requestAnimationFrame(step);
    };
    this.clock = requestAnimationFrame(step);
  }

  newFrame(timeMs) {
    painted(performance.now());
    this.onFrame?.(timeMs / 1000);
  }

  empty() {
    this.running = false;
    this.dim(false);
    clearInterval(this.stillClock);
    clearInterval(this.backdropClock);
    if (this.callback) this.video.cancelVideoFrameCallback?.(this.callback);
    cancelAnimationFrame(this.clock);
    this.video.pause();
    this.video.srcObject = null;
    this.video.removeAttribute("src");
    this.video.load();
    this.overlay.clear();
  }
}

/** Returns for one direction what of the picture goes where in the backdrop: its first edge, the whole, its last edge. */
function stripsOf(size, [begin, length, window], cells) {
  const edge = Math.ceil(EDGE * size), scale = cells / window, end = begin + length;
  return [[0, edge, 0, begin], [0, size, begin, length], [size - edge, edge, end, window - end]]
    .filter(([, , , shown]) => shown > 0).map(([from, taken, to, shown]) => [from, taken, to * scale, shown * scale]);
}
