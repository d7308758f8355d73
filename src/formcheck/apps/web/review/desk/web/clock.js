// The time of the recording, picture by picture. With a film the browser plays it; without one, and backwards, the
// pictures follow a clock of their own.

const LATE_S = 0.25; // a film that needs longer to seek is not asked for every picture

export class Clock {
  constructor(video, times_s) {
    this.video = video;
    this.times_s = times_s;
    this.index = 0;
    this.rate = 0;
    this.listeners = [];
    this.run = this.run.bind(this);
  }

  /** Begins to follow its film. */
  watch() {
    this.video.addEventListener("seeked", () => { this.seeking = false; this.seek(); });
    this.video.addEventListener("loadedmetadata", () => this.seek());
    this.video.addEventListener("ended", () => this.pause());
  }

  get time_s() { return this.times_s[this.index] ?? 0; }
  get end_s() { return this.times_s[this.times_s.length - 1] ?? 0; }
  get playing() { return this.rate !== 0; }

  onChange(listener) { this.listeners.push(listener); }
  tell() { for (const listener of this.listeners) listener(); }

  /** Returns the picture that is shown at a time. */
  find(time_s) {
    let low = 0, high = this.times_s.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.times_s[middle] <= time_s + 1e-4) low = middle; else high = middle - 1;
    }
    return low;
  }

  goTo(time_s) { this.show(this.find(Math.min(Math.max(time_s, 0), this.end_s))); }

  step(count) {
    this.pause();
    this.show(this.index + count);
  }

  show(index) {
    this.index = Math.min(Math.max(index, 0), this.times_s.length - 1);
    this.played_s = this.time_s;
    if (this.filmPlays) this.video.pause();
    this.seek();
    if (this.filmPlays) this.startFilm();
    this.tell();
  }

  /** Asks the film for the picture of now; a little after its beginning, so that rounding cannot give the one before. */
  seek() {
    if (!this.video || this.filmPlays && !this.video.paused) return;
    const next_s = this.times_s[this.index + 1] ?? this.time_s + 0.04;
    const wanted_s = this.time_s + Math.min(0.4 * (next_s - this.time_s), 0.01);
    if (Math.abs(this.video.currentTime - wanted_s) < 1e-4) return;
    if (this.seeking && performance.now() - this.asked_ms < 1000 * LATE_S) return;
    this.seeking = true;
    this.asked_ms = performance.now();
    this.video.currentTime = wanted_s;
  }

  play(rate) {
    this.pause();
    if (rate > 0 && this.index >= this.times_s.length - 1) this.show(0);
    this.rate = rate;
    this.played_s = this.time_s;
    this.at_ms = performance.now();
    this.filmPlays = Boolean(this.video) && rate > 0;
    if (this.filmPlays) this.startFilm();
    this.frame = requestAnimationFrame(this.run);
    this.tell();
  }

  startFilm() {
    this.video.playbackRate = this.rate;
    this.video.play().catch(() => { this.filmPlays = false; });
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.frame);
    this.rate = 0;
    if (this.filmPlays) {
      this.video.pause();
      this.filmPlays = false;
      this.index = this.find(this.video.currentTime);
      this.seek();
    }
    this.tell();
  }

  run(now_ms) {
    if (!this.playing) return;
    if (this.filmPlays) {
      if (!this.video.seeking) this.move(this.find(this.video.currentTime));
    } else {
      this.played_s += this.rate * Math.max(0, now_ms - this.at_ms) / 1000;
      this.move(this.find(this.played_s));
      this.seek();
      if (this.rate > 0 ? this.played_s >= this.end_s : this.played_s <= 0) return this.pause();
    }
    this.at_ms = now_ms;
    this.frame = requestAnimationFrame(this.run);
  }

  move(index) {
    if (index === this.index) return;
    this.index = index;
    this.tell();
  }
}
