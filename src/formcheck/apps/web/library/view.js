// A movement's page comes complete from Python, which has escaped every word. This script plays the clip: it plays by
// itself unless the system asks for less motion.

const STILL = matchMedia("(prefers-reduced-motion: reduce)");

export default function ({ parentElement, data }) {
  const page = parentElement.querySelector(".view");
  if (page.shownHtml === data.html) return;
  page.shownHtml = data.html;
  page.innerHTML = data.html;
  const video = page.querySelector("video");
  if (!video) return;
  video.muted = true;
  if (!STILL.matches) video.play().catch(() => {}); // a browser may wait for a touch; the controls are there
}
