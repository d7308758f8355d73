// How the picture fills the window: to its edges, but never so that a part of the person is cut off.

const FULL = [0, 0, 1, 1];
const GROWN = 0.03, MOVED = 0.12; // shares of the picture that make a new fit worthwhile
const LEAST_FREE_PX = 260, LEAST_FREE = 0.26;
const SIDES_KEEP = 1.25; // the words change their side only for clearly more room

export class Framing {
  /** @param root the window's part for the picture; `frame` holds picture and drawing. */
  constructor(root, frame) {
    this.root = root;
    this.frame = frame;
    this.begin();
  }

  begin() {
    this.box = null;
  }

  /** Takes in the person's place, mirrored or not; returns whether the picture should be fitted again. */
  take(place, settled, mirrored) {
    if (!place) return false;
    const now = mirrored ? [1 - place[2], place[1], 1 - place[0], place[3]] : place;
    this.now = now;
    const before = this.box;
    if (!before) return (this.box = [...now]), true;
    const joined = [Math.min(before[0], now[0]), Math.min(before[1], now[1]), Math.max(before[2], now[2]), Math.max(before[3], now[3])];
    if (joined.some((edge, i) => Math.abs(edge - before[i]) > GROWN)) return (this.box = joined), true;
    // before the set, people walk about: the picture follows them
    if (!settled && now.some((edge, i) => Math.abs(edge - before[i]) > MOVED)) return (this.box = [...now]), true;
    return false;
  }

  fit(width, height) {
    const { clientWidth: across, clientHeight: down } = this.root, [left, top, right, bottom] = this.box ?? FULL;
    if (!across || !down) return;
    const contain = Math.min(across / width, down / height), cover = Math.max(across / width, down / height);
    const whole = this.box ? Math.min(across / ((right - left) * width), down / ((bottom - top) * height)) : cover;
    const scale = Math.max(contain, Math.min(cover, whole));
    const x = shift(scale * width, across, (left + right) / 2), y = shift(scale * height, down, (top + bottom) / 2);
    const [w, h] = [scale * width, scale * height];
    Object.assign(this.frame.style, { width: `${w}px`, height: `${h}px`, left: `${x}px`, top: `${y}px` });
    this.person = this.box && [x + left * w, y + top * h, x + right * w, y + bottom * h];
    this.chooseFree(across, down);
  }

  /** Names the side of the window where the person is not: there the words go. */
  chooseFree(across, down) {
    const stage = this.root.parentElement, [left, top, right] = this.person ?? [across / 2, down / 2, across / 2];
    const rooms = { left, right: across - right };
    const wider = rooms.left > rooms.right ? "left" : "right", kept = stage.dataset.free;
    let free = kept in rooms && rooms[kept] * SIDES_KEEP > rooms[wider] ? kept : wider;
    if (rooms[free] < Math.max(LEAST_FREE_PX, LEAST_FREE * across)) free = "top";
    stage.dataset.free = free;
    stage.style.setProperty("--free", `${Math.floor(free === "top" ? across : rooms[free])}px`);
    stage.style.setProperty("--above", `${Math.floor(top)}px`);
  }
}

/** Returns where the picture begins: in the middle if it is smaller than the window, else around the person. */
function shift(size, window, middle) {
  if (size <= window) return (window - size) / 2;
  return Math.min(0, Math.max(window - size, window / 2 - middle * size));
}
