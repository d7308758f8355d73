// Which recordings were chosen or dropped: files, and folders with everything inside.

import { config } from "/review/desk/web/dom.js";

const MOST_SEEN = 20000, DEEPEST = 8; // a whole disk that was dropped by mistake is not read to its end
const dropped = new WeakMap(); // file -> its path
const byName = new Intl.Collator(undefined, { numeric: true });

/** Returns the recordings in the order of their names: of a folder its videos, and how many other files it has. */
export function pickRecordings(files, isFolder) {
  const videos = new Set(config.suffixes.filter(suffix => !config.pictures.includes(suffix)));
  const shown = files.filter(file => !file.name.startsWith("."));
  const found = shown.filter(file => !isFolder || videos.has(file.name.split(".").pop().toLowerCase()));
  found.sort((one, two) => byName.compare(placeOf(one), placeOf(two)));
  return { found, leftOut: shown.length - found.length };
}

/** Returns the path of a file within the folder that was chosen or dropped; its name if it came alone. */
export function placeOf(file) {
  return dropped.get(file) || file.webkitRelativePath || file.name;
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
    if (!file) return;
    dropped.set(file, entry.fullPath.replace(/^\//, ""));
    files.push(file);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise(resolve => reader.readEntries(resolve, () => resolve([]))); // a part at a time
    if (!some.length) return;
    for (const one of some) await collect(one, files, depth + 1);
  }
}
