// Which recordings were chosen or dropped: files, and folders with everything inside.

import { config } from "/review/desk/web/dom.js";

const MOST_SEEN = 20000, DEEPEST = 8; // a whole disk that was dropped by mistake is not read to its end
const byName = new Intl.Collator(undefined, { numeric: true });

/** Returns the recordings in the order of their names: of a folder its videos, and how many other files it has. */
export function pickRecordings(files, isFolder) {
  const videos = new Set(config.suffixes.filter(suffix => !config.pictures.includes(suffix)));
  const shown = files.filter(file => !file.name.startsWith("."));
  const found = shown.filter(file => !isFolder || videos.has(file.name.split(".").pop().toLowerCase()));
  const place = file => file.webkitRelativePath || file.name;
  found.sort((one, two) => byName.compare(place(one), place(two)));
  return { found, leftOut: shown.length - found.length };
}

/** Returns the files that were dropped, and whether a folder was among them. */
export async function readDropped(transfer) {
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return { files: [...transfer.files], isFolder: false };
  const files = [];
  for (const entry of entries) await collect(entry, files, 0);
  return { files, isFolder: entries.some(entry => entry.isDirectory) };
}

async function collect(entry, files, depth) {
  if (files.length >= MOST_SEEN || depth > DEEPEST) return;
  if (entry.isFile) {
    const file = await new Promise(resolve => entry.file(resolve, () => resolve(null)));
    if (file) files.push(file);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise(resolve => reader.readEntries(resolve, () => resolve([]))); // a part at a time
    if (!some.length) return;
    for (const one of some) await collect(one, files, depth + 1);
  }
}
