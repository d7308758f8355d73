"""Write the pages of all movements: ``python -m formcheck.apps.guide [FOLDER] [--pictures]``.

Missing pictures are cut; ``--pictures`` cuts all of them again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from formcheck.core.movement.load import catalogue, load_movement
from formcheck.drivers.samples import find_demonstrations

from .bands import draw_bands
from .drawings import draw_camera
from .page import PICTURES, strip_jpeg, write_index_page, write_movement_page

_PAGES = Path(__file__).resolve().parents[4] / "docs" / "movements"


def write_page_texts(folder: Path) -> dict[str, str]:
    """Return path -> content of all text files: pages, list, drawings.

    Parameters
    ----------
    folder : where the pages are; a page shows its strip of pictures if that exists.
    """
    movements = [load_movement(one) for one in catalogue()]
    texts = {"README.md": write_index_page(movements)}
    for movement in movements:
        texts[f"{movement.id}.md"] = write_movement_page(movement, has_strip=_strip_path(folder, movement.id).is_file())
        texts[f"{PICTURES}/{movement.id}_camera.svg"] = draw_camera(movement)
        texts[f"{PICTURES}/{movement.id}_bands.svg"] = draw_bands(movement)
    return texts


def write_pages(folder: Path, *, again: bool = False) -> list[Path]:
    """Write all pages and their pictures; return the paths.

    Pages of movements that no longer exist are removed.

    Parameters
    ----------
    folder : target folder.
    again : cut also the strips that exist already.
    """
    pictures = folder / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    written = []
    for movement_id, clip in find_demonstrations().items():
        path = _strip_path(folder, movement_id)
        if again or not path.is_file():
            path.write_bytes(strip_jpeg(clip.path, list(clip.moments_s)))
            written.append(path)
    texts = write_page_texts(folder)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        written.append(folder / name)
    known = {folder / name for name in texts} | {_strip_path(folder, one) for one in catalogue()}
    for stale in {*folder.glob("*.md"), *pictures.iterdir()} - known:
        stale.unlink()
    return written


def _strip_path(folder: Path, movement_id: str) -> Path:
    return folder / PICTURES / f"{movement_id}.jpg"


def main() -> None:
    """Write the pages."""
    reader = argparse.ArgumentParser(prog="python -m formcheck.apps.guide", description="Write the movement pages.")
    reader.add_argument("folder", nargs="?", type=Path, default=_PAGES, help="output folder; default: docs/movements")
    reader.add_argument("--pictures", action="store_true", help="make all picture strips again")
    asked = reader.parse_args()
    print(f"{asked.folder}: {len(write_pages(asked.folder, again=asked.pictures))} files")


if __name__ == "__main__":
    main()
