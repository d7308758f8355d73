// The place for the number of an arc: next to the arc, where it hides least of the back and the limbs.

const DIRECTIONS = [0, Math.PI, Math.PI / 2, -Math.PI / 2];
const BACK_COUNTS = 4, STEPS = 6;
const STAYS_BY = 3; // so that the number does not jump back and forth

export class Plate {
  /**
   * @param at middle of the arc, `radius` and the direction `towards` of its middle, all in the canvas's pixels.
   * @param size width and height of the plate; `within` of the canvas.
   * @param strokes what is drawn: {k, p} with points already placed.
   * @returns left and top.
   */
  place({ at, radius, towards }, [width, height], within, strokes) {
    const spots = DIRECTIONS.map((turn) => {
      const angle = towards + turn, gap = 0.3 * height;
      const far = radius + gap + Math.abs(0.5 * width * Math.cos(angle)) + Math.abs(0.5 * height * Math.sin(angle));
      return [clamp(at[0] + far * Math.cos(angle) - width / 2, within[0] - width),
        clamp(at[1] + far * Math.sin(angle) - height / 2, within[1] - height)];
    });
    const hidden = spots.map((spot) => covered(spot, width, height, strokes));
    const best = hidden.indexOf(Math.min(...hidden));
    if (this.chosen === undefined || hidden[this.chosen] > hidden[best] + STAYS_BY) this.chosen = best;
    return spots[this.chosen];
  }
}

/** Counts how much of the drawing lies under a plate; the back counts more than a limb. */
function covered([left, top], width, height, strokes) {
  let count = 0;
  for (const { k: kind, p: points } of strokes)
    for (let corner = 1; corner < points.length; corner += 1)
      for (let step = 0; step <= STEPS; step += 1) {
        const share = step / STEPS, [x0, y0] = points[corner - 1], [x1, y1] = points[corner];
        const x = x0 + share * (x1 - x0) - left, y = y0 + share * (y1 - y0) - top;
        if (x >= 0 && x <= width && y >= 0 && y <= height) count += kind === "back" ? BACK_COUNTS / points.length : 1;
      }
  return count;
}

const clamp = (value, most) => Math.min(Math.max(value, 0), most);
