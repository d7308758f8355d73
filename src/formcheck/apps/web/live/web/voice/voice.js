// The coach's voice and its soft beeps. One thing at a time, the most useful first, and nothing when the sound is off.

import { beep } from "./beeps.js";
import { said } from "../log.js";
import { language } from "../words.js";

const FIRST = ["cue", "coach", "event", "praise"];
const MOST_WAITING = 3;
const LEFT_OUT_CALM = new Set(["halfway", "repetition", "clock_runs", "hold_begins"]); // fewer words
const STALE_MS = { cue: 3000, coach: 4000, event: 4000, praise: 2500 };
const VOICES_COME_MS = 1500; // browsers list their voices a moment after the start
const LEAST_MS = 1500, PER_LETTER_MS = 110; // a voice that never reports its end must not block the next sentence

export class Voice {
  constructor(settings) {
    this.settings = settings;
    this.queue = [];
    this.talk = window.speechSynthesis;
    this.talk?.addEventListener?.("voiceschanged", () => this.onVoices?.());
  }

  /** The voices of this machine for the page's language; a browser may offer others, which send the words to their vendor. */
  get voices() {
    return (this.talk?.getVoices() ?? []).filter((voice) => voice.localService && codeOf(voice.lang) === language);
  }

  /** Whether a voice is sure to be missing: none came within a moment, or it was asked and did not begin. */
  async isMissing() {
    if (!this.voices.length) await new Promise((done) => setTimeout(done, VOICES_COME_MS));
    return !this.voices.length || this.isSilent;
  }

  /** Says one thing: {id, text, kind}; it is shown as well, also when the sound is off. */
  say({ id, text, kind }) {
    if (this.isCalm && LEFT_OUT_CALM.has(id)) return;
    this.onSay?.({ id, text, kind });
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
    const utterance = new SpeechSynthesisUtterance(unhyphenated(one.text));
    utterance.voice = this.chosen;
    utterance.lang = utterance.voice?.lang ?? document.documentElement.lang;
    utterance.volume = this.settings.volume;
    let began = false;
    utterance.onstart = () => {
      began = true;
      this.heardOnce = true;
      this.silent(false);
    };
    utterance.onend = utterance.onerror = () => this.ended(one);
    this.speaking = one;
    this.late = setTimeout(() => {
      if (!began && !this.heardOnce) this.silent(true);
      this.ended(one);
    }, LEAST_MS + PER_LETTER_MS * one.text.length);
    this.talk.speak(utterance);
  }

  /** Notes whether the voice can be heard: one that never begins to speak is none. */
  silent(isSilent) {
    if (this.isSilent === isSilent) return;
    this.isSilent = isSilent;
    this.onVoices?.();
  }

  ended(one) {
    if (this.speaking !== one) return;
    clearTimeout(this.late);
    this.speaking = null;
    this.next();
  }

  /** Returns the chosen voice, else one in the person's own variety of the language if there is one. */
  get chosen() {
    const all = this.voices;
    return all.find((voice) => voice.name === this.settings.voiceName)
      ?? all.find((voice) => voice.lang.replace("_", "-") === navigator.language) ?? all[0] ?? null;
  }

  hush() {
    this.queue = [];
    this.talk?.cancel();
    if (this.speaking) this.ended(this.speaking);
  }
}

/** Leaves out the marks where a long word may be broken. */
const unhyphenated = (text) => text.replaceAll("\u00ad", "");
const codeOf = (code) => code.slice(0, 2).toLowerCase();
