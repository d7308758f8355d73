// How the picture fills the window: to its edges, but never so that a part of the person is cut off.

const FULL = [0, 0, 1, 1];
const GROWN = 0.03, MOVED = 0.12; // shares of the picture that make a new fit worthwhile
const LEAST_FREE_PX = 260, LEAST_FREE = 0.26;
const TALL = 1.25; // times as high as wide: a person beside whom there is room for words
const SIDES_KEEP = 1.25; // the words change their side only for clearly more room

export class Framing {
  /** @param root the window's part for the picture; `frame` holds picture and drawing. */
  constructor(root, frame) {
    this.root = root;
    this.frame = frame;
    this.begin();
  }

  /** @param aim where a person should be, until one is seen: left, top, right, bottom as shares of the picture. */
  begin(aim = null) {
    this.box = null;
    this.aim = aim;
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
    const { clientWidth: across, clientHeight: down } = this.root, aimed = this.box ?? this.aim;
    const [left, top, right, bottom] = aimed ?? FULL;
    if (!across || !down) return;
    this.isUpright = Boolean(aimed) && (bottom - top) * height > TALL * (right - left) * width;
    const [inTop, inRight, inBottom, inLeft] = this.insets(), roomX = across - inLeft - inRight, roomY = down - inTop - inBottom;
    const contain = Math.min(roomX / width, roomY / height), cover = Math.max(across / width, down / height);
    const whole = aimed ? Math.min(roomX / ((right - left) * width), roomY / ((bottom - top) * height)) : cover;
    const scale = Math.max(contain, Math.min(cover, whole)), [w, h] = [scale * width, scale * height];
    const x = shift(w, across, [left * w, right * w], [inLeft, across - inRight]);
    const y = shift(h, down, [top * h, bottom * h], [inTop, down - inBottom]);
    Object.assign(this.frame.style, { width: `${w}px`, height: `${h}px`, left: `${x}px`, top: `${y}px` });
    this.at = { x, y, w, h, across, down };
    this.person = aimed && [x + left * w, y + top * h, x + right * w, y + bottom * h];
    this.chooseFree(across, down);
  }

  /** Returns the edges of a small window that belong to words and buttons, px: top, right, bottom, left. */
  insets() {
    const style = getComputedStyle(this.root.parentElement), rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const read = (edge) => parseFloat(style.getPropertyValue(`--in-${edge}`));
    const tall = this.isUpright ? read("top-tall") : NaN;
    return [Number.isNaN(tall) ? read("top") : tall, read("right"), read("bottom"), read("left")].map((edge) => rem * (edge || 0));
  }

  /** Names the side of the window where the person is not: there the words go. */
  chooseFree(across, down) {
    const stage = this.root.parentElement, [left, top, right] = this.person ?? [across / 2, down / 2, across / 2];
    const rooms = { left, right: across - right };
    const wider = rooms.left > rooms.right ? "left" : "right", kept = stage.dataset.free;
    let free = kept in rooms && rooms[kept] * SIDES_KEEP > rooms[wider] ? kept : wider;
    if (this.insets()[0] || rooms[free] < Math.max(LEAST_FREE_PX, LEAST_FREE * across)) free = "top";
    stage.dataset.free = free;
    stage.style.setProperty("--free", `${Math.floor(free === "top" ? across : rooms[free])}px`);
    stage.style.setProperty("--above", `${Math.floor(top)}px`);
  }
}

/** Returns where the picture begins: the person in the middle of the free room, and the window covered if it can be. */
function shift(size, window, [from, to], [roomFrom, roomTo]) {
  const wanted = (roomFrom + roomTo) / 2 - (from + to) / 2;
  const covered = size <= window ? Math.min(window - size, Math.max(0, wanted)) : Math.min(0, Math.max(window - size, wanted));
  return Math.min(Math.max(covered, roomFrom - from), roomTo - to); // whole in the room, even if an edge stays free
}
