"""Keep a recording's poses for two passes: recognise the movement, then judge it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from formcheck.core.measure.person import SeenPerson
from formcheck.core.records import PoseFrame
from formcheck.drivers.atomic_files import explain_write_errors
from formcheck.sources.owned_files import name_temp_folder

if TYPE_CHECKING:
    from formcheck.sources.pose_track import TrackWriter

MOST_IN_MEMORY = 3000
"""About 10 MB; a longer recording goes to a private file. Arrow, which writes that file, takes 36 MB."""


class KeptPoses:
    """Keeps poses in order; iterate as often as needed, after the last was added.

    Parameters
    ----------
    header : what is known of the recording, as `PoseStream.header` has it.
    most_in_memory : with more poses than this, all go to a private file.
    """

    def __init__(self, header: dict[str, Any], *, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self.header = header
        self.frames = 0
        self._most = most_in_memory
        self._poses: list[PoseFrame] = []
        self._people: list[SeenPerson] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._writer: TrackWriter | None = None

    def add(self, pose: PoseFrame) -> None:
        """Keep one pose."""
        self.frames += 1
        if self._writer is None:
            self._poses.append(pose)
            if len(self._poses) > self._most:
                self._move_to_file()
        else:
            self._write(pose)

    def add_person(self, person: SeenPerson) -> None:
        """Keep what was found in the last pose.

        Of a long recording nothing is kept, to save memory.
        """
        if self._writer is None:
            self._people.append(person)

    @property
    def people(self) -> list[SeenPerson] | None:
        """Return what was found in all poses, in order; None if it was not kept."""
        return self._people if self.frames and len(self._people) == self.frames else None

    def finish(self, header: dict[str, Any]) -> None:
        """End the list of poses; replace the header by the complete one."""
        self.header.update(header)
        if self._writer is not None:
            with explain_write_errors(self._path.parent.parent):
                self._writer.close()

    def _move_to_file(self) -> None:
        from formcheck.sources.pose_track import TrackWriter

        self._folder = tempfile.TemporaryDirectory(prefix=name_temp_folder())
        with explain_write_errors(self._path.parent.parent):
            self._writer = TrackWriter(self._path, self.header)
        for pose in self._poses:
            self._write(pose)
        self._poses, self._people = [], []

    def _write(self, pose: PoseFrame) -> None:
        assert self._writer is not None  # noqa: S101 - moved to the file
        with explain_write_errors(self._path.parent.parent):
            self._writer.write(pose)

    @property
    def _path(self) -> Path:
        assert self._folder is not None  # noqa: S101 - moved to the file
        return Path(self._folder.name) / "poses.parquet"

    def __iter__(self) -> Iterator[PoseFrame]:
        if self._writer is None:
            return iter(self._poses)
        from formcheck.sources.pose_track import open_track

        return iter(open_track(self._path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._folder is not None:
            self._folder.cleanup()
