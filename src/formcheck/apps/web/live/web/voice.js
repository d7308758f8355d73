// The coach's voice and its soft beeps. One thing at a time, the most useful first, and nothing when the sound is off.

import { beep } from "./beeps.js";
import { said } from "./log.js";

const FIRST = ["cue", "coach", "event", "praise"];
const MOST_WAITING = 3;
const STALE_MS = { cue: 3000, coach: 4000, event: 4000, praise: 2500 };
const LEAST_MS = 1500, PER_LETTER_MS = 110; // a voice that never reports its end must not block the next sentence

export class Voice {
  constructor(settings) {
    this.settings = settings;
    this.queue = [];
    this.talk = window.speechSynthesis;
    this.talk?.addEventListener?.("voiceschanged", () => this.onVoices?.());
  }

  /** The voices of this machine; a browser may offer others, which send the words to their vendor. */
  get voices() {
    const own = language(navigator.language);
    const local = (this.talk?.getVoices() ?? []).filter((voice) => voice.localService);
    return local.sort((a, b) => (language(b.lang) === own) - (language(a.lang) === own));
  }

  /** Says one thing: {id, text, kind}. */
  say({ id, text, kind }) {
    const { sound, voice, beeps, volume } = this.settings;
    if (!sound) return;
    if (beeps) beep(id.startsWith("count_") ? "count" : kind, volume);
    if (!voice || !text) return;
    this.queue = this.queue.filter((other) => other.kind !== kind);
    this.queue.push({ id, text, kind, atMs: performance.now() });
    this.queue.sort((a, b) => FIRST.indexOf(a.kind) - FIRST.indexOf(b.kind));
    this.queue.length = Math.min(this.queue.length, MOST_WAITING);
    const interrupts = this.speaking && FIRST.indexOf(kind) < FIRST.indexOf(this.speaking.kind);
    if (interrupts) this.talk.cancel();
    if (interrupts) this.ended(this.speaking);
    else this.next();
  }

  next() {
    if (this.speaking) return;
    const now = performance.now();
    const one = this.queue.shift();
    if (!one) return;
    if (now - one.atMs > STALE_MS[one.kind]) return this.next(); // skip sayings that are seconds old
    const aloud = this.voices.length > 0;
    said({ id: one.id, text: one.text, kind: one.kind, atMs: now, aloud });
    if (aloud) this.speak(one);
    else this.next(); // a browser without a voice: the beep has sounded and the words are on the screen
  }

  speak(one) {
    const utterance = new SpeechSynthesisUtterance(one.text);
    utterance.voice = this.chosen;
    utterance.lang = utterance.voice?.lang ?? "en-GB";
    utterance.volume = this.settings.volume;
    utterance.onend = utterance.onerror = () => this.ended(one);
    this.speaking = one;
    this.late = setTimeout(() => this.ended(one), LEAST_MS + PER_LETTER_MS * one.text.length);
    this.talk.speak(utterance);
  }

  ended(one) {
    if (this.speaking !== one) return;
    clearTimeout(this.late);
    this.speaking = null;
    this.next();
  }

  /** Returns the chosen voice, else one for the words' language, in the person's own variety if there is one. */
  get chosen() {
    const all = this.voices;
    const english = all.filter((voice) => language(voice.lang) === "en");
    return all.find((voice) => voice.name === this.settings.voiceName)
      ?? english.find((voice) => voice.lang.replace("_", "-") === navigator.language) ?? english[0] ?? all[0] ?? null;
  }

  hush() {
    this.queue = [];
    this.talk?.cancel();
    if (this.speaking) this.ended(this.speaking);
  }
}

const language = (code) => code.slice(0, 2).toLowerCase();
