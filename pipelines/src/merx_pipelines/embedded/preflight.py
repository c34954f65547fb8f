"""What must hold before the embedded default starts; each refusal is one sentence that says what to do."""

import errno
import shutil
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

MARKER = ".merx-home"
"""A file in the state folder, without which `make reset` deletes nothing."""

MIN_FREE_BYTES = 2 * 1024**3


class NotReadyError(Exception):
    """The machine cannot run Merx as it is; the message is for the person who typed the command."""


def check_ports(ports: Mapping[str, int], host: str) -> None:
    """Refuse when a port that a process will listen on is taken."""
    for name, port in ports.items():
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise NotReadyError(f"{host}:{port} cannot be used for {name}: {error.strerror}.") from None
                raise NotReadyError(
                    f"Port {port}, which {name} needs, is in use: stop what listens there, or set {setting_of(name)}."
                ) from None


def setting_of(name: str) -> str:
    """The environment variable that moves a process to another port."""
    return f"EMBEDDED_{name.upper()}_PORT"


def check_folder(home: Path, min_free_bytes: int = MIN_FREE_BYTES) -> None:
    """Refuse when the state folder cannot be made or written, or its disk is nearly full."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        (home / MARKER).write_text("All state of Merx on this machine; `make reset` empties it.\n")
    except OSError as error:
        raise NotReadyError(f"The state folder {home} cannot be written ({error.strerror}): set MERX_HOME.") from None
    free = shutil.disk_usage(home).free
    if free < min_free_bytes:
        raise NotReadyError(
            f"The disk of {home} has {free / 1024**3:.1f} GiB free and Merx needs {min_free_bytes / 1024**3:.0f} GiB: "
            "free some, or set MERX_HOME to a folder on another disk."
        )


def check_shop(folder: Path) -> None:
    """Refuse a shop folder that is not there or holds no file."""
    if not folder.is_dir():
        raise NotReadyError(f"SHOP={folder} is not a folder.")
    if not any(_files(folder)):
        raise NotReadyError(f"SHOP={folder} holds no file: put a catalogue feed and event files there.")


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
