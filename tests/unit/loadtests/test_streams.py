import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from loadtests.streams import BROKEN, Stream

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
Speak = Callable[..., str]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.fixture
def speak() -> Iterator[Speak]:
    """Answers one request with these bytes and then leaves, or says nothing more until the test is over."""
    over, threads = threading.Event(), []
    server = socket.create_server(("127.0.0.1", 0))

    def answer(said: bytes, silent: bool) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(said)
            if silent:
                over.wait(10)

    def start(said: bytes, *, silent: bool = False) -> str:
        threads.append(threading.Thread(target=answer, args=(said, silent)))
        threads[-1].start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/stream?size=3"

    yield start
    over.set()
    for thread in threads:
        thread.join(10)
    server.close()


class TestStream:
    def test_a_block_is_there_before_the_next_one(self, speak: Speak) -> None:
        url = speak(HEAD + chunk(b"id: 1\ndata: {}\n\n") + chunk(b": half a"), silent=True)
        with Stream(url, {}, silence_s=5.0) as stream:
            assert stream.status == 200
            assert next(stream.blocks()) == b"id: 1\ndata: {}\n"

    def test_blocks_end_where_the_stream_does(self, speak: Speak) -> None:
        url = speak(HEAD + chunk(b": one\n\nretry: 1000\n\n") + chunk(b""))
        with Stream(url, {}, silence_s=5.0) as stream:
            assert list(stream.blocks()) == [b": one\n", b"retry: 1000\n"]

    def test_silence_breaks_a_stream(self, speak: Speak) -> None:
        url = speak(HEAD, silent=True)
        with Stream(url, {}, silence_s=0.1) as stream, pytest.raises(BROKEN):
            next(stream.blocks())

    def test_a_refusal_says_when_to_come_again(self, speak: Speak) -> None:
        url = speak(b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n")
        with Stream(url, {}, silence_s=5.0) as stream:
            assert (stream.status, stream.retry_after) == (429, "2")

    def test_no_service_breaks_a_stream(self) -> None:
        with pytest.raises(BROKEN):
            Stream("http://127.0.0.1:1/stream?size=3", {}, silence_s=1.0)
