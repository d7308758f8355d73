"""Write the pages of all movements: ``python -m formcheck.apps.guide [FOLDER] [--pictures]``.

Pictures are cut where they are missing; ``--pictures`` cuts all of them anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from formcheck.apps.demonstrations import demonstrations
from formcheck.core.movement import catalogue, load_movement

from .bands import bands_svg
from .camera import camera_svg
from .page import PICTURES, index_page, movement_page
from .strip import strip_jpeg

_PAGES = Path(__file__).resolve().parents[4] / "docs" / "movements"


def page_texts() -> dict[str, str]:
    """Return path -> content of everything that is text: the pages, the list, the drawings."""
    movements = [load_movement(one) for one in catalogue()]
    clips = demonstrations()
    texts = {"README.md": index_page(movements)}
    for movement in movements:
        texts[f"{movement.id}.md"] = movement_page(movement, clips.get(movement.id))
        texts[f"{PICTURES}/{movement.id}_camera.svg"] = camera_svg(movement)
        texts[f"{PICTURES}/{movement.id}_bands.svg"] = bands_svg(movement)
    return texts


def write_pages(folder: Path, *, anew: bool = False) -> list[Path]:
    """Write all pages and what they show; remove pages of movements that are gone; return what was written.

    Parameters
    ----------
    folder : where to.
    anew : cut also the strips that are there already.
    """
    pictures = folder / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    texts, written = page_texts(), []
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        written.append(folder / name)
    clips = demonstrations()
    for movement_id, clip in clips.items():
        path = pictures / f"{movement_id}.jpg"
        if anew or not path.is_file():
            path.write_bytes(strip_jpeg(clip.path, [moment.time_s for moment in clip.moments]))
            written.append(path)
    known = {folder / name for name in texts} | {pictures / f"{one}.jpg" for one in clips}
    for stale in {*folder.glob("*.md"), *pictures.iterdir()} - known:
        stale.unlink()
    return written


def main() -> None:
    """Write the pages."""
    reader = argparse.ArgumentParser(prog="python -m formcheck.apps.guide", description="Write the movement pages.")
    reader.add_argument("folder", nargs="?", type=Path, default=_PAGES, help="where to; default: docs/movements")
    reader.add_argument("--pictures", action="store_true", help="cut all strips of pictures anew")
    asked = reader.parse_args()
    print(f"{asked.folder}: {len(write_pages(asked.folder, anew=asked.pictures))} files")


if __name__ == "__main__":
    main()
