// A figure over the picture that shows the place and posture to take. Each limb is a line of its own thickness, 640 × 480.

import { draw } from "../dom.js";

const WIDTH = 640, HEIGHT = 480;
const RIM = 4, HALO = 3;

// Lines: thickness, then x, y of each corner. Circles: x, y, radius. Objects such as a chair are lines as well.
const FIGURES = {
  standing: { circles: [[326, 76, 26]], lines: [[34, 322, 100, 320, 130], [62, 320, 140, 316, 180, 320, 236], [42, 320, 242, 324, 340, 316,
    428],
    [20, 314, 438, 352, 440], [24, 318, 134, 310, 196, 326, 256]] },
  standing_front: { circles: [[320, 74, 26]], lines: [[30, 320, 100, 320, 124], [36, 284, 134, 356, 134], [84, 320, 158, 320, 222],
    [24, 272, 138, 256, 200, 252, 258], [24, 368, 138, 384, 200, 388, 258], [40, 300, 244, 296, 340, 294, 424],
    [40, 340, 244, 344, 340, 346, 424], [20, 292, 438, 278, 442], [20, 348, 438, 362, 442]] },
  all_fours: { circles: [[458, 212, 26]], lines: [[36, 408, 224, 440, 216], [62, 232, 236, 400, 232], [26, 400, 240, 402, 320, 402, 396],
    [16, 404, 402, 430, 404], [46, 234, 246, 238, 386], [28, 238, 396, 136, 400], [18, 132, 398, 106, 396]] },
  sitting: { circles: [[224, 146, 26]], lines: [[34, 218, 174, 216, 204], [62, 216, 214, 210, 290, 212, 364], [42, 216, 378, 350, 378, 474,
    388],
    [20, 488, 388, 494, 350], [24, 216, 224, 240, 300, 300, 344]] },
  sitting_front: { circles: [[320, 140, 26]], lines: [[30, 320, 168, 320, 190], [36, 284, 202, 356, 202], [84, 320, 226, 320, 330],
    [24, 272, 206, 246, 272, 238, 340], [24, 368, 206, 394, 272, 402, 340], [40, 300, 362, 214, 390, 330, 420],
    [40, 340, 362, 426, 390, 310, 420]] },
  kneeling_front: { circles: [[320, 128, 26]], lines: [[30, 320, 156, 320, 178], [36, 284, 190, 356, 190], [84, 320, 214, 320, 318],
    [24, 272, 194, 248, 262, 252, 330], [24, 368, 194, 392, 262, 388, 330], [48, 300, 346, 282, 412], [48, 340, 346, 358, 412]] },
  chair: { circles: [[284, 84, 26]], lines: [[34, 280, 110, 276, 140], [62, 276, 150, 272, 220, 274, 286], [44, 280, 296, 392, 298],
    [32, 394, 302, 390, 416], [18, 392, 430, 430, 432], [24, 276, 160, 284, 226, 346, 264]],
    things: [[9, 214, 150, 222, 330, 372, 330], [9, 226, 330, 218, 444], [9, 366, 330, 362, 444]] },
  kneeling: { circles: [[310, 62, 26]], lines: [[34, 306, 88, 302, 116], [60, 302, 126, 300, 190, 302, 256], [42, 308, 266, 412, 284],
    [30, 412, 290, 406, 412], [18, 408, 424, 446, 426], [42, 298, 272, 272, 400], [28, 270, 410, 168, 418], [18, 162, 416, 140, 414],
    [24, 302, 136, 308, 200, 340, 250]] },
  supine: { circles: [[128, 376, 26]], lines: [[34, 156, 380, 184, 384], [60, 196, 386, 330, 390], [42, 338, 384, 424, 296], [30, 426, 302,
    472, 402],
    [18, 476, 414, 514, 416], [22, 198, 396, 260, 420, 322, 424]] },
  prone: { circles: [[122, 372, 26]], lines: [[34, 150, 380, 180, 388], [60, 194, 390, 330, 396], [38, 338, 400, 440, 406, 550, 412],
    [18, 556, 414, 588, 418], [22, 196, 404, 160, 426, 108, 428]] },
};

function figureOf({ posture, place, camera }) {
  const seated = posture === "sitting" && place === "chair" ? "chair" : posture;
  return (camera === "front" && FIGURES[`${seated}_front`]) || FIGURES[seated] || FIGURES.standing;
}

/** Returns where a movement's figure lies, as shares of the picture, and whether its head is to the right of its hips. */
export function outlineOf(movement) {
  const { circles, lines } = figureOf(movement), x = [], y = [];
  for (const [cx, cy, r] of circles) x.push(cx - r, cx + r), y.push(cy - r, cy + r);
  for (const [thickness, ...corners] of lines)
    corners.forEach((value, i) => (i % 2 ? y : x).push(value - thickness / 2, value + thickness / 2));
  const [left, top] = [Math.min(...x) / WIDTH, Math.min(...y) / HEIGHT];
  const looksRight = !["supine", "prone"].includes(movement.posture);
  return { x: left, y: top, width: Math.max(...x) / WIDTH - left, height: Math.max(...y) / HEIGHT - top, looksRight };
}

/** Returns the figure for a movement: its posture, as the camera sees it. */
export function silhouette(movement) {
  const figure = figureOf(movement);
  const picture = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "silhouette" });
  picture.append(mask("figure-rim", figure, RIM), mask("figure-halo", figure, RIM + HALO));
  for (const layer of ["halo", "rim"])
    picture.append(draw("rect", { class: layer, width: WIDTH, height: HEIGHT, mask: `url(#figure-${layer})` }));
  return picture;
}

/** Keeps only the outline of the figure: the widened figure without its inside. */
function mask(id, { circles, lines, things = [] }, rim) {
  const element = draw("mask", { id, maskUnits: "userSpaceOnUse", x: 0, y: 0, width: WIDTH, height: HEIGHT });
  for (const [colour, wider] of [["#fff", rim], ["#000", rim > RIM ? -HALO : 0]]) {
    element.append(...circles.map(([cx, cy, r]) => draw("circle", { cx, cy, r: r + wider, fill: colour })),
      ...lines.map((line) => limb(line, colour, wider)));
  }
  element.append(...things.map((line) => limb(line, "#fff", rim > RIM ? HALO / 2 : 0)));
  return element;
}

function limb([thickness, ...corners], colour, wider) {
  return draw("polyline", { points: corners.join(" "), fill: "none", stroke: colour, "stroke-width": thickness + 2 * wider,
    "stroke-linecap": "round", "stroke-linejoin": "round" });
}
