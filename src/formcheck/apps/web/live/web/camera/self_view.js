// The small mirror at the edge while a person rests: it shows that a raised hand is seen, and gives the pictures for it.
// The large picture is hidden then, and a browser hands out hardly any pictures of a hidden video.

import { find } from "../dom.js";

export class SelfView {
  constructor() {
    this.video = find("#self");
  }

  /** Shows a camera's stream; calls `newFrame` with the time of each picture. */
  show(stream, newFrame) {
    this.hide();
    this.video.srcObject = stream;
    this.video.hidden = false;
    this.video.play().catch(() => {});
    if (!("requestVideoFrameCallback" in this.video)) return void (this.clock = setInterval(() => newFrame(performance.now() / 1000), 100));
    const step = (nowMs, { captureTime }) => {
      newFrame((captureTime ?? nowMs) / 1000);
      this.callback = this.video.requestVideoFrameCallback(step);
    };
    this.callback = this.video.requestVideoFrameCallback(step);
  }

  hide() {
    clearInterval(this.clock);
    if (this.callback) this.video.cancelVideoFrameCallback(this.callback);
    this.callback = null;
    this.video.hidden = true;
    this.video.srcObject = null;
  }
}
