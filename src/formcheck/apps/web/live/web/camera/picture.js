// The message of one picture: capture time (float64) and number (uint32), little endian, then the JPEG.

export const LONG_SIDE_PX = 640; // unless the server asks for less
export const QUALITY = 0.8;
const HEADER_BYTES = 12;

export function packed(timeS, number, jpeg) {
  const message = new Uint8Array(HEADER_BYTES + jpeg.byteLength);
  const header = new DataView(message.buffer);
  header.setFloat64(0, timeS, true);
  header.setUint32(8, number, true);
  message.set(new Uint8Array(jpeg), HEADER_BYTES);
  return message.buffer;
}

/** Returns the size at which a picture is sent; small ones are never enlarged. */
export function sentSize(width, height, longSidePx = LONG_SIDE_PX) {
  const scale = Math.min(1, longSidePx / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}
