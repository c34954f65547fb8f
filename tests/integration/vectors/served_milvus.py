"""A Milvus Lite in a process of its own, which tests may end and start again."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


class ServedMilvus:
    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        serve = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(self._folder)]
        with (self._folder.parent / "milvus.log").open("ab") as told:
            self._process = subprocess.Popen(
                [*serve, "--host", "127.0.0.1", "--port", str(self.port)],
                stdout=told,
                stderr=told,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
