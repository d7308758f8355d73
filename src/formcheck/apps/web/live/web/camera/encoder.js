// A worker that encodes pictures as JPEG: on the page itself the browser encodes only when it is idle, which is too late.

import { QUALITY, packed } from "./picture.js";

let canvas, pen;

self.onmessage = async ({ data: { bitmap, width, height, timeS, number } }) => {
  if (!canvas || canvas.width !== width || canvas.height !== height) {
    canvas = new OffscreenCanvas(width, height);
    pen = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  }
  pen.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  try {
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
    const message = packed(timeS, number, await blob.arrayBuffer());
    self.postMessage(message, [message]);
  } catch {
    self.postMessage(null); // a picture that cannot be encoded is left out; the next one follows
  }
};
