"""Decoding in a child process: a picture that hangs, crashes or swallows memory costs that process, not the service.

The child sees no environment and no file of ours, gets one picture at a time over a socket, and is killed when it is
late; the next picture starts a new one. Frames: 8 bytes of length, then that many bytes. An answer is a frame of JSON,
and one of pixels where there are any.
"""

import json
import resource
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

import numpy as np

from merx_models.pictures.decoding import PictureLimits, PictureRefused, Pixels, check_bytes, decode

LENGTH = struct.Struct(">Q")


class DecoderProcess:
    """`decode` of `merx_models.pictures.decoding`, isolated. Threads may share one; it takes a picture at a time."""

    def __init__(self, limits: PictureLimits | None = None, *, pictures_per_child: int = 10_000) -> None:
        self.limits = limits or PictureLimits()
        self._renew_after = pictures_per_child
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._done = 0

    def decode(self, data: bytes) -> Pixels:
        """uint8[height, width, 3]; PictureRefused with its code, `timeout` and `decoder_failed` among them."""
        check_bytes(data, self.limits)
        with self._lock:
            line = self._connected()
            try:
                answer, pixels = self._ask(line, data)
            except TimeoutError as error:
                self._stop()
                raise PictureRefused("timeout", f"not decoded within {self.limits.seconds} s") from error
            except (OSError, EOFError) as error:
                self._stop()
                raise PictureRefused("decoder_failed", "the decoder died of this picture") from error
            self._done += 1
            if self._done >= self._renew_after:
                self._stop()
        if "code" in answer:
            raise PictureRefused(answer["code"], answer["detail"])
        return np.frombuffer(pixels, np.uint8).reshape(answer["shape"])

    def close(self) -> None:
        with self._lock:
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def child_pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    def _ask(self, line: socket.socket, data: bytes) -> tuple[dict[str, Any], bytes]:
        deadline = time.monotonic() + self.limits.seconds
        line.settimeout(self.limits.seconds)
        line.sendall(LENGTH.pack(len(data)) + data)
        answer: dict[str, Any] = json.loads(read_frame(line, deadline))
        return answer, b"" if "code" in answer else read_frame(line, deadline)

    def _connected(self) -> socket.socket:
        """The line to a living child; starting one takes longer than a picture, so its time does not count."""
        if self._line is not None and self._child is not None and self._child.poll() is None:
            return self._line
        self._stop()
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(  # noqa: S603  # our own interpreter, our own module
                [sys.executable, "-I", "-m", "merx_models.pictures.isolation", json.dumps(asdict(self.limits))],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"OPENBLAS_NUM_THREADS": "1"},
                close_fds=True,
            )
        self._line = ours
        try:
            read_frame(ours, time.monotonic() + 60.0)
        except (OSError, EOFError) as error:
            self._stop()
            raise PictureRefused("decoder_failed", "the decoder did not start") from error
        return ours

    def _stop(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        self._child, self._line, self._done = None, None, 0


def read_frame(line: socket.socket, deadline: float | None = None) -> bytes:
    """One frame. TimeoutError past `deadline` (of time.monotonic), EOFError when the other side is gone."""
    (length,) = LENGTH.unpack(_read(line, LENGTH.size, deadline))
    return _read(line, length, deadline)


def _read(line: socket.socket, size: int, deadline: float | None) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            line.settimeout(left)
        part = line.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def serve(line: socket.socket, limits: PictureLimits) -> None:
    """The child: answers pictures until the other side goes."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _send(line, b"ready")
    while True:
        try:
            data = read_frame(line)
        except (EOFError, OSError):
            return
        try:
            pixels = decode(data, limits)
        except PictureRefused as refused:
            _send(line, json.dumps({"code": refused.code, "detail": refused.detail}).encode())
        else:
            _send(line, json.dumps({"shape": pixels.shape}).encode())
            _send(line, pixels.tobytes())


def _send(line: socket.socket, data: bytes) -> None:
    line.sendall(LENGTH.pack(len(data)) + data)


if __name__ == "__main__":
    serve(socket.socket(fileno=0), PictureLimits(**json.loads(sys.argv[1])))
