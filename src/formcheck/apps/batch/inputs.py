"""What is to be scored: folders, patterns, addresses and manifests → a list of recordings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from formcheck.core.errors import SourceError
from formcheck.sources.places import is_uri, listed, shown
from formcheck.sources.readers import PICTURE_SUFFIXES

from .manifest import Manifest, Said

VIDEO_SUFFIXES = frozenset({
    ".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif", ".h264", ".h265", ".hevc", ".ivf",
    ".m2ts", ".m2v", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".nut",
    ".ogg", ".ogv", ".rm", ".rmvb", ".ts", ".vob", ".webm", ".wmv", ".y4m",
})  # fmt: skip
SUFFIXES = VIDEO_SUFFIXES | PICTURE_SUFFIXES | {".parquet", ".trc", ".json"}
"""What is taken from a folder. Tables of landmarks (.csv) are named one by one or by a pattern: a folder often holds
other tables as well."""
_OPENPOSE = "_keypoints.json"
_OWN_FILES = frozenset({"frames.parquet", "results.parquet", "annotated.mp4"})
"""What formcheck itself writes beside recordings."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One recording, and as what it is scored.

    Parameters
    ----------
    recording : as it was given, without what is secret in an address.
    place : path or address at which it is read.
    movement : id, "auto" or TOML file.
    side : left, right or auto.
    carried : columns of the manifest that go into its row.
    """

    recording: str
    place: str
    movement: str
    side: str
    carried: dict[str, str] = field(default_factory=dict)


def gather(inputs: Sequence[str], *, manifest: Manifest | None, movement: str, side: str, out: Path) -> list[Entry]:
    """Return the recordings in order: those of the inputs, then those that only the manifest names.

    Parameters
    ----------
    inputs : files, folders, patterns, addresses.
    manifest : says more of some of them, and may name others.
    movement, side : of those of which the manifest does not say it.
    out : the folder of results, whose own files are passed over.

    Raises
    ------
    SourceError
        An input names nothing; there is none at all.
    """
    places = dict.fromkeys(place for text in inputs for place in _recordings(text, out))
    entries: list[Entry] = []
    said_of = manifest.matched(places) if manifest is not None else {}
    for place in places:
        plain = Said(shown(place), place)
        said = [replace(one, place=place, recording=shown(place)) for one in said_of.get(place, [plain])]
        entries += [_entry(one, movement, side) for one in said]
    if manifest is not None:
        entries += [_entry(said, movement, side) for said in manifest.others(places)]
    if not entries:
        raise SourceError("formcheck batch: expected recordings, got none; name files, folders, or a --manifest")
    return list({(e.place, e.movement, e.side): e for e in entries}.values())


def _entry(said: Said, movement: str, side: str) -> Entry:
    return Entry(said.recording, said.place, said.movement or movement, said.side or side, said.carried)


def _recordings(text: str, out: Path) -> Iterable[str]:
    """The recordings that one input names; frames of OpenPose count as their folder."""
    for place in listed(text, SUFFIXES):
        name = PurePosixPath(shown(place).replace("\\", "/")).name
        if name.endswith(_OPENPOSE) and place != text:
            yield place[: -len(name)].rstrip("/\\") or "."
        elif place == text or not (name[:1] == "." or name.endswith(".json") or _is_own(place, name, out)):
            yield place


def _is_own(place: str, name: str, out: Path) -> bool:
    """Whether formcheck wrote this file beside a result, or it lies in the folder of results."""
    if is_uri(place):
        return name in _OWN_FILES
    path = Path(place).absolute()
    return (name in _OWN_FILES and (path.parent / "summary.json").exists()) or out.absolute() in path.parents
