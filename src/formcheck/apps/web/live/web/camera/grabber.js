// Takes the picture a video shows right now and makes it ready to send.

import { LONG_SIDE_PX, QUALITY, packed, sentSize } from "./picture.js";

const USUAL_MS = 10, SLOWLY = 0.1;

export class Grabber {
  constructor() {
    this.longSidePx = LONG_SIDE_PX;
    this.usualMs = USUAL_MS; // time until a picture is ready
    this.worker = this.makeWorker();
    this.before = Promise.resolve();
  }

  makeWorker() {
    if (!("OffscreenCanvas" in window) || !("createImageBitmap" in window)) return null;
    try {
      const worker = new Worker(new URL("./encoder.js", import.meta.url), { type: "module" });
      worker.onerror = () => this.giveUpWorker();
      worker.onmessage = ({ data }) => this.done?.(data);
      return worker;
    } catch {
      return null;
    }
  }

  /** Returns the message of one picture, null if the video has none; one call after the other. */
  grab(video, timeS, number) {
    const message = this.before.then(() => this.take(video, timeS, number));
    this.before = message;
    return message;
  }

  async take(video, timeS, number) {
    if (!video.videoWidth || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    const [width, height] = sentSize(video.videoWidth, video.videoHeight, this.longSidePx);
    const beganMs = performance.now();
    try {
      const message = await (this.worker ? this.byWorker(video, width, height, timeS, number)
        : this.byCanvas(video, width, height, timeS, number));
      this.usualMs += SLOWLY * (performance.now() - beganMs - this.usualMs);
      return message;
    } catch {
      return null; // the video changed its source in between
    }
  }

  async byWorker(video, width, height, timeS, number) {
    const bitmap = await createImageBitmap(video);
    if (!this.worker) return bitmap.close(), null;
    return new Promise((done) => {
      this.done = done;
      this.worker.postMessage({ bitmap, width, height, timeS, number }, [bitmap]);
    });
  }

  async byCanvas(video, width, height, timeS, number) {
    this.canvas ??= document.createElement("canvas");
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.canvas.getContext("2d", { alpha: false }).drawImage(video, 0, 0, width, height);
    const blob = await new Promise((done) => this.canvas.toBlob(done, "image/jpeg", QUALITY));
    return blob && packed(timeS, number, await blob.arrayBuffer());
  }

  giveUpWorker() {
    this.worker?.terminate();
    this.worker = null;
    this.done?.(null);
  }
}
