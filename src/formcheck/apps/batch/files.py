"""Files of a recording's result besides its row: parts of the dataset of frames, saved tracks of poses."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from formcheck.apps.check import FRAMES, POSES
from formcheck.apps.whole_files import one_file

from .job import Job


def part_name(place: str, movement: str, side: str) -> str:
    """Return the name, without its ending, of what belongs to one row of the table."""
    return hashlib.sha256(f"{place}\0{movement}\0{side}".encode("utf-8", "surrogateescape")).hexdigest()[:20]


def file_names(job: Job, row: dict[str, Any]) -> dict[str, str]:
    """Return file of a result -> where it goes below the folder of results."""
    part = part_name(*job.key)
    places = {FRAMES: f"frames/movement={row.get('movement_id')}/{part}.parquet", POSES: f"poses/{part}.parquet"}
    return {name: places[name] for name in job.settings.files}


def file_contents(job: Job, row: dict[str, Any], folder: Path) -> dict[str, bytes]:
    """Return where it goes -> content, of the files in a worker's folder."""
    contents = {}
    for name, place in file_names(job, row).items():
        contents[place] = _with_keys(folder / name, job, row) if name == FRAMES else (folder / name).read_bytes()
    return contents


def _with_keys(file: Path, job: Job, row: dict[str, Any]) -> bytes:
    """The table of frames with what ties it to the table of recordings."""
    table = pq.read_table(file)
    for column, value in (("input_sha256", row["input_sha256"]), ("recording", job.place)):
        repeated = pa.DictionaryArray.from_arrays(pa.array([0] * len(table), pa.int32()), pa.array([value]))
        table = table.add_column(0, column, repeated)
    out = BytesIO()
    pq.write_table(table, out, compression="zstd", use_dictionary=["recording", "input_sha256", "phase", "side"])
    return out.getvalue()


def put_away(root: str, name: str, content: bytes) -> None:
    """Write a file below a folder or address, whole or not at all; an older one of that name is replaced."""
    if "://" not in root:
        with one_file(Path(root) / name) as part:
            part.write_bytes(content)
        return
    import fsspec

    store, base = fsspec.core.url_to_fs(root)
    path = f"{base.rstrip('/')}/{name}"
    if store.protocol in ("file", "local") or "file" in store.protocol:
        put_away(base, name, content)
        return
    store.pipe_file(path, content)  # a store of objects shows an object when it is whole


def is_there(root: str, name: str) -> bool:
    """Return whether a file stands below a folder or address."""
    if "://" not in root:
        return (Path(root) / name).is_file()
    import fsspec

    store, base = fsspec.core.url_to_fs(root)
    return bool(store.exists(f"{base.rstrip('/')}/{name}"))
