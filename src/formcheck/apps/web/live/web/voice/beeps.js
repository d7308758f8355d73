// Soft tones by WebAudio: no files, and no sudden sound in the middle of a hold.

// Each tone: pitch in hertz, start and length in seconds.
const TONES = {
  cue: [[330, 0, 0.16], [262, 0.17, 0.2]],
  coach: [],
  count: [[440, 0, 0.1]],
  event: [[523, 0, 0.12], [659, 0.13, 0.18]],
  praise: [[659, 0, 0.18]],
};
const LOUDEST = 0.22, SOFT_EDGE_S = 0.025;

let audio;

export function beep(kind, volume) {
  const tones = TONES[kind] ?? [];
  if (!tones.length || !volume || !("AudioContext" in window)) return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {}); // browsers play no sound before the first click
  if (audio.state !== "running") return;
  for (const [pitch, from, length] of tones) tone(pitch, audio.currentTime + from, length, LOUDEST * volume);
}

/** Turns the sound on, which takes a moment; browsers allow it only while a click or key is being handled. */
export async function wakeSound() {
  if (!("AudioContext" in window)) return;
  audio ??= new AudioContext();
  await audio.resume().catch(() => {});
}

function tone(pitch, from, length, loudness) {
  const source = audio.createOscillator(), level = audio.createGain();
  source.frequency.value = pitch;
  level.gain.setValueAtTime(0, from);
  level.gain.linearRampToValueAtTime(loudness, from + SOFT_EDGE_S);
  level.gain.setValueAtTime(loudness, from + length - SOFT_EDGE_S);
  level.gain.linearRampToValueAtTime(0, from + length);
  source.connect(level).connect(audio.destination);
  source.start(from);
  source.stop(from + length);
}
