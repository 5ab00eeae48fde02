"""Publishing: a changed file put in the place of the former one, at once or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ChangedMeanwhile(Exception):
    """Somebody else changed the file after it was read."""


class NotWritable(Exception):
    """The folder of rules cannot be written to; the message says why."""


def see_writable(folder: Path) -> None:
    """
    See that files of *folder* can be replaced.

    Raises:
        NotWritable: They cannot.
    """
    if not os.access(folder, os.W_OK | os.X_OK):
        msg = f"{folder} is not writable for this process; put the text there yourself"
        raise NotWritable(msg)


def put_in_place(folder: Path, name: str, text: str, *, expected: str) -> None:
    """
    Replace one file of *folder*: whoever reads it finds the former text or the new one, whole.

    Raises:
        ChangedMeanwhile: It does not hold what was *expected* any more.
        NotWritable: It cannot be written; the former file stands.
    """
    with _alone(folder):
        if (folder / name).read_text(encoding="utf-8") != expected:
            msg = f"{name} was changed by somebody else just now; plan anew"
            raise ChangedMeanwhile(msg)
        _replace(folder, name, text)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only one who publishes here; who reads does not wait."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(folder: Path, name: str, text: str) -> None:
    aside = folder / f".{name}.new"
    try:
        with aside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        former = folder / name
        aside.chmod(former.stat().st_mode & 0o777)
        aside.replace(former)
    except OSError as error:
        aside.unlink(missing_ok=True)
        msg = f"{folder / name} cannot be written: {error.strerror}; put the text there yourself"
        raise NotWritable(msg) from error
