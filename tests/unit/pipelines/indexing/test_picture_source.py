"""Pictures from a folder and over https: what is brought, and what is refused with a word."""

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from merx_core.catalogue import Product
from merx_models.pictures.decoding import PictureLimits
from merx_pipelines.indexing.picture_source import DRAWN, Brought, PictureSource
from merx_pipelines.indexing.settings import IndexSettings

MOST = PictureLimits().most_bytes


def product(*pictures: str, product_id: str = "p") -> Product:
    return Product(product_id=product_id, title="Orange juice", category=("DRINKS", "JUICE"), pictures=pictures)


def brought(address: str, settings: IndexSettings) -> Brought:
    (found,) = PictureSource(settings, drawn=False).bring([product(address)])
    return found


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    folder = tmp_path / "pictures"
    (folder / "juices").mkdir(parents=True)
    (folder / "juices/orange 1.jpg").write_bytes(b"orange")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return IndexSettings(home=tmp_path, picture_folder=folder)


class TestFolder:
    @pytest.mark.parametrize(
        "address", ["juices/orange 1.jpg", "/juices/orange%201.jpg", "file:///juices/orange%201.jpg"]
    )
    def test_a_path_is_one_within_the_folder(self, settings: IndexSettings, address: str) -> None:
        assert brought(address, settings).data == b"orange"

    def test_a_whole_path_into_the_folder_is_one_too(self, settings: IndexSettings) -> None:
        assert brought(f"{settings.picture_folder}/juices/orange 1.jpg", settings).data == b"orange"

    @pytest.mark.parametrize("address", ["../secret.txt", "juices/../../secret.txt", "file:///%2e%2e/secret.txt"])
    def test_a_path_out_of_the_folder_is_refused(self, settings: IndexSettings, address: str) -> None:
        found = brought(address, settings)
        assert (found.refused, found.data) == ("outside_the_folder", b"")

    def test_so_is_a_whole_path_out_of_it_and_a_link(self, settings: IndexSettings) -> None:
        folder = settings.picture_folder
        assert folder is not None
        (folder / "link.jpg").symlink_to(folder.parent / "secret.txt")
        assert brought(f"{folder}/../secret.txt", settings).refused == "outside_the_folder"
        assert brought("link.jpg", settings).refused == "outside_the_folder"

    def test_a_file_that_is_not_there_and_a_folder_are_no_pictures(self, settings: IndexSettings) -> None:
        assert brought("juices/none.jpg", settings).refused == "not_there"
        assert brought("juices", settings).refused == "not_there"

    def test_too_many_bytes_are_not_read(self, settings: IndexSettings) -> None:
        folder = settings.picture_folder
        assert folder is not None
        with (folder / "huge.jpg").open("wb") as file:
            file.truncate(MOST + 1)
        assert brought("huge.jpg", settings).refused == "too_many_bytes"

    def test_without_a_folder_paths_lead_nowhere(self, settings: IndexSettings) -> None:
        without = settings.model_copy(update={"picture_folder": None})
        assert brought("juices/orange 1.jpg", without).refused == "folder_not_set"


class TestAddresses:
    @pytest.mark.parametrize("address", ["ftp://shop.example/a.jpg", "data:image/png;base64,AAAA", "s3://bucket/a.jpg"])
    def test_other_schemes_are_refused(self, settings: IndexSettings, address: str) -> None:
        assert brought(address, settings).refused == "scheme_not_allowed"

    @pytest.mark.parametrize(
        "address",
        ["http://[half", "https://[::1/a.jpg", "https://localhost:port/a.jpg", "https://localhost/\0", "a%00b.jpg"],
    )
    def test_what_is_no_address_at_all_costs_that_picture_alone(self, settings: IndexSettings, address: str) -> None:
        used = settings.model_copy(update={"picture_hosts": ("localhost",)})
        first, second = PictureSource(used, drawn=False).bring([product(address), product("juices/orange 1.jpg")])
        assert first.refused == "not_an_address"
        assert second.data == b"orange"

    def test_a_product_without_one_has_no_picture_unless_it_is_drawn(self, settings: IndexSettings) -> None:
        (none,) = PictureSource(settings, drawn=False).bring([product()])
        (drawn,) = PictureSource(settings, drawn=True).bring([product()])
        assert none.refused == "no_picture"
        assert drawn.source == DRAWN
        assert drawn.data.startswith(b"\xff\xd8\xff")

    def test_what_the_shop_has_is_not_drawn_over(self, settings: IndexSettings) -> None:
        (found,) = PictureSource(settings, drawn=True).bring([product("juices/orange 1.jpg")])
        assert found.data == b"orange"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Shop)
        server.asked.append(self.path)
        if self.path == "/late.jpg":
            server.early.wait(10)
        status = {"/moved.jpg": 302, "/gone.jpg": 404}.get(self.path, 200)
        body = b"x" * (MOST + 1) if self.path == "/huge.jpg" else self.path.encode()
        self.send_response(status)
        self.send_header("location", "/elsewhere.jpg")
        self.send_header("content-length", str(len(body) + (9 if self.path == "/cut.jpg" else 0)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            """Nobody listens any more."""
        if self.path == "/early.jpg":
            server.early.set()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Shop(ThreadingHTTPServer):
    """https://localhost:port, by a certificate that only `certificate` vouches for."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.early = threading.Event()
        self.certificate = folder / "certificate.pem"
        self.certificate.write_bytes(own_certificate())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def address(self, path: str) -> str:
        return f"https://localhost:{self.server_address[1]}/{path}"

    def handle_error(self, *_: object) -> None:
        """A client that does not trust the certificate is no news."""


def own_certificate() -> bytes:
    """Key and self-signed certificate of localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, *form) + made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    server = Shop(tmp_path_factory.mktemp("shop"))
    yield server
    server.shutdown()
    server.thread.join()
    server.server_close()


@pytest.fixture
def shop(running: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
    running.asked.clear()
    return running


@pytest.fixture
def allowing(settings: IndexSettings) -> IndexSettings:
    return settings.model_copy(update={"picture_hosts": ("localhost",), "picture_timeout_s": 10.0})


class TestHttps:
    def test_a_picture_is_fetched_from_a_host_that_is_allowed(self, shop: Shop, allowing: IndexSettings) -> None:
        found = brought(shop.address("a.jpg"), allowing)
        assert (found.data, found.source) == (b"/a.jpg", shop.address("a.jpg"))

    def test_other_hosts_are_not_even_asked(self, shop: Shop, settings: IndexSettings, allowing: IndexSettings) -> None:
        assert brought(shop.address("a.jpg"), settings).refused == "host_not_allowed"
        assert brought(shop.address("a.jpg").replace("localhost", "127.0.0.1"), allowing).refused == "host_not_allowed"
        assert shop.asked == []

    def test_nor_is_a_host_that_is_allowed_without_encryption(self, shop: Shop, allowing: IndexSettings) -> None:
        assert brought(shop.address("a.jpg").replace("https", "http"), allowing).refused == "host_not_allowed"
        assert shop.asked == []

    def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
        self, shop: Shop, allowing: IndexSettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        assert brought(shop.address("a.jpg"), allowing).refused == "not_reached"
        assert shop.asked == []

    def test_nobody_is_led_to_another_address(self, shop: Shop, allowing: IndexSettings) -> None:
        assert brought(shop.address("moved.jpg"), allowing).refused == "status_302"
        assert shop.asked == ["/moved.jpg"]

    def test_a_picture_that_is_gone_cut_off_or_too_large_is_refused(self, shop: Shop, allowing: IndexSettings) -> None:
        assert brought(shop.address("gone.jpg"), allowing).refused == "status_404"
        assert brought(shop.address("cut.jpg"), allowing).refused == "not_reached"
        assert brought(shop.address("huge.jpg"), allowing).refused == "too_many_bytes"

    def test_pictures_are_waited_for_together_and_come_in_their_order(
        self, shop: Shop, allowing: IndexSettings
    ) -> None:
        """The first is answered only once the second was."""
        shop.early.clear()
        wanted = [product(shop.address(name), product_id=name) for name in ("late.jpg", "early.jpg")]
        found = list(PictureSource(allowing, drawn=False).bring(wanted))
        assert [each.data for each in found] == [b"/late.jpg", b"/early.jpg"]
