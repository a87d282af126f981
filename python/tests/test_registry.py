"""Records with the schemas that they were written with, from a stand-in of a Schema Registry."""

from __future__ import annotations

import base64
import copy
import http.server
import itertools
import json
import shutil
import ssl
import struct
import subprocess
import threading
import time
from pathlib import Path

import pytest
import topics

from logitstream import logits, registry
from logitstream.avro import Reader, Schema
from logitstream.order import BatchOrder
from logitstream.registry import RegistryError, SchemaRegistry

AVRO = Path(__file__).parents[2] / "schemas/src/main/avro"
SECRET = "do-not-print"
STOP = threading.Event()


def current() -> dict:
    schema = json.loads((AVRO / "LogitsBatch.avsc").read_text())
    schema["fields"][0]["type"] = json.loads((AVRO / "TokenBatch.avsc").read_text())
    return schema


def earlier() -> dict:
    """Version 0.1.0, without documentEnd."""
    schema = current()
    del schema["fields"][0]["type"]["fields"][-1]
    return schema


def later() -> dict:
    """A version to come: a text between the fields, and a list of records at the end."""
    schema = current()
    schema["fields"].insert(1, {"name": "note", "type": ["null", "string"], "default": None})
    item = {
        "type": "record",
        "name": "Item",
        "fields": [{"name": "x", "type": {"type": "fixed", "name": "F", "size": 3}}],
    }
    schema["fields"].append({"name": "items", "type": {"type": "array", "items": item}, "default": []})
    return schema


def later_value(value: bytes) -> bytes:
    """A value of version 0.1.0 in the schema `later`."""
    reader = Reader(value, 5)
    reader.value(Schema(earlier()["fields"][0]["type"]))
    batch, rest = value[5 : reader.at], value[reader.at :]
    items = topics.number(2) + b"abcdef" + topics.number(0)
    return b"\0\0\0\0\3" + batch + topics.number(0) + topics.number(1) + topics.text("a note") + rest + items


class Registry:
    """Answers under /base/schemas/ids; `answers` has what comes by path, as (status, body) or what a handler writes."""

    def __init__(self, tls: ssl.SSLContext | None = None, authorization: str | None = None) -> None:
        self.asked: list[str] = []
        self.authorizations: list[str | None] = []
        self.answers: dict[str, list] = {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                outer.authorizations.append(self.headers.get("Authorization"))
                if authorization is not None and self.headers.get("Authorization") != authorization:
                    self.send_error(401)
                    return
                answers = outer.answers.get(self.path, [(404, b'{"error_code": 40403}')])
                status, body = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                self.send_header("Location", "http://localhost:1/elsewhere")
                self.end_headers()
                try:
                    for part in body if isinstance(body, list) else [body]:
                        self.wfile.write(part() if callable(part) else part)
                except OSError:
                    pass

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://localhost:{self._server.server_port}/base"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def has(self, id: int, schema: object, **others: object) -> Registry:
        body = {"schema": schema if isinstance(schema, str) else json.dumps(schema), **others}
        return self.answer(id, (200, json.dumps(body).encode()))

    def answer(self, id: int, *answers: object) -> Registry:
        self.answers[f"/base/schemas/ids/{id}"] = list(answers)
        return self

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server():
    made = Registry().has(1, earlier()).has(2, current()).has(3, later())
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(registry, "PAUSE_SECONDS", 0.01)


def given(records, looked_up):
    order = BatchOrder(topics.MemorySource(records), registry=looked_up)
    return list(iter(lambda: order.next(STOP), None))


def test_records_of_earlier_versions_and_of_one_to_come_are_read_with_their_schemas(server):
    records = topics.topic(12, 2)
    now = topics.topic(12, 2, document_end=3)
    for index, (old, new) in enumerate(zip(records[0][:-1], now[0][:-1])):
        offset, key, value = old
        if index % 3 == 1:
            records[0][index] = (offset, key, b"\0\0\0\0\2" + new[2][5:])
        elif index % 3 == 2:
            records[0][index] = (offset, key, later_value(value))

    found = given(records, SchemaRegistry(server.url))

    assert [each.envelope.key for each in found] == [each.envelope.key for each in given(topics.topic(12, 2), None)]
    assert [each.envelope.document_end for each in found[::2]] == [None, 3, None] * 2
    for each, plain in zip(found, given(topics.topic(12, 2), None)):
        assert each.envelope._replace(schema_id=1, document_end=None) == plain.envelope
        logits.decode_envelope(each.envelope)
    assert sorted(server.asked) == [f"/base/schemas/ids/{id}" for id in (1, 2, 3)]


def test_without_a_registry_a_version_to_come_is_refused():
    _, value = topics.batch("demo", 0, 0)

    with pytest.raises(ValueError, match="unreadable logits record"):
        logits.envelope(later_value(value))


def test_end_markers_and_the_dataset_take_the_schemas_of_the_registry(server):
    pytest.importorskip("torch")
    from logitstream.dataset import LogitsDataset

    records = topics.topic(10, 2)

    def dataset():
        return LogitsDataset(source=lambda: topics.MemorySource(records), registry={"url": server.url})

    first = dataset()
    begun = list(itertools.islice(iter(first), 4))
    second = dataset()
    second.load_state_dict(first.state_dict())

    assert len(begun) + len(list(second)) == 10
    assert len(server.asked) == 2
    with pytest.raises(ValueError, match="unknown"):
        LogitsDataset(registry={"url": server.url, "basic.auth.user": SECRET})


def test_basic_authentication_and_a_token_reach_the_registry_and_no_message():
    for authorization, right, wrong in (
        (
            "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode(),
            {"basic.auth.user.info": f"me:{SECRET}"},
            {"basic.auth.user.info": f"you:{SECRET}"},
        ),
        (f"Bearer {SECRET}", {"bearer.auth.token": SECRET}, {"bearer.auth.token": SECRET + "x"}),
    ):
        server = Registry(authorization=authorization).has(1, earlier())
        assert SchemaRegistry({"url": server.url, **right}).schema(1) == Schema(earlier())
        refused = SchemaRegistry({"url": server.url, **wrong})
        with pytest.raises(RegistryError, match="refuses the credentials") as failure:
            refused.schema(1)
        assert SECRET not in str(failure.value) + repr(refused)
        server.close()


def test_credentials_in_the_address_are_used_and_not_shown():
    authorization = "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()
    server = Registry(authorization=authorization).has(1, earlier())
    looked_up = SchemaRegistry(server.url.replace("http://", f"http://me:{SECRET}@"))

    assert looked_up.schema(1) == Schema(earlier())
    server.close()
    with pytest.raises(RegistryError) as failure:
        looked_up.schema(2)
    assert SECRET not in str(failure.value) + repr(looked_up)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("me%40work:a%2Fb%3Ac%25+d", "me@work:a/b:c%+d"),
        ("me:gr%C3%BC%c3%9fe", "me:grüße"),
        ("me:100%$1", "me:100%$1"),
    ],
)
def test_a_login_in_an_address_is_sent_decoded_as_in_java(written, sent):
    server = Registry(authorization="Basic " + base64.b64encode(sent.encode()).decode()).has(1, earlier())

    assert SchemaRegistry(server.url.replace("http://", f"http://{written}@")).schema(1) == Schema(earlier())
    server.close()


def test_a_login_in_an_address_reaches_that_address_alone_and_a_setting_reaches_all(no_pauses):
    other, right = Registry().answer(1, (500, b"")), Registry().has(1, earlier())
    with_login = right.url.replace("http://", f"http://me:{SECRET}@")
    authorization = "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()

    for urls in (f"{with_login},{other.url}", f"{other.url},{with_login}"):
        assert SchemaRegistry(urls).schema(1) == Schema(earlier())
    assert (set(other.authorizations), set(right.authorizations)) == ({None}, {authorization})

    shared = {"url": f"{other.url},{right.url}", "basic.auth.user.info": f"me:{SECRET}"}
    assert SchemaRegistry(shared).schema(1) == Schema(earlier())
    assert other.authorizations[-1] == right.authorizations[-1] == authorization
    other.close()
    right.close()


@pytest.mark.parametrize(
    "settings",
    [
        {"url": f"http://me:{SECRET}@localhost:1", "bearer.auth.token": SECRET},
        {"url": f"http://me:{SECRET}@localhost:1", "basic.auth.user.info": SECRET},
        {"url": "http://localhost:1", "basic.auth.user.info": SECRET, "bearer.auth.token": SECRET},
        {"url": f"http://me:{SECRET}@localhost:1,http://localhost:1"},
    ],
)
def test_two_credentials_for_one_registry_are_refused_and_not_shown(settings):
    with pytest.raises(ValueError, match="not several|named with two logins") as failure:
        SchemaRegistry(settings)
    assert SECRET not in str(failure.value)


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", "\n{}\n"])
def test_a_line_end_around_a_credential_is_not_sent(around):
    for authorization, name, value in (
        (f"Bearer {SECRET}", "bearer.auth.token", SECRET),
        ("Basic " + base64.b64encode(f"me: {SECRET} ".encode()).decode(), "basic.auth.user.info", f"me: {SECRET} "),
    ):
        server = Registry(authorization=authorization).has(1, earlier())
        assert SchemaRegistry({"url": server.url, name: around.format(value)}).schema(1) == Schema(earlier())
        server.close()


@pytest.mark.parametrize("damage", ["{0}\n{0}", "{0}\r\n {0}", "{0}\0", "{0}\x7f", "{0}\udcff", ""])
@pytest.mark.parametrize("name", ["bearer.auth.token", "basic.auth.user.info"])
def test_a_credential_that_cannot_be_sent_is_refused_by_its_name_alone(name, damage):
    with pytest.raises(ValueError, match=name) as failure:
        SchemaRegistry({"url": "http://localhost:1", name: damage.format(SECRET)})
    assert SECRET not in str(failure.value)


def test_a_token_outside_of_latin_1_is_refused_and_a_password_is_sent_as_utf_8():
    with pytest.raises(ValueError, match="bearer.auth.token") as failure:
        SchemaRegistry({"url": "http://localhost:1", "bearer.auth.token": SECRET + "\u20ac"})
    assert SECRET not in str(failure.value)

    server = Registry(authorization="Basic " + base64.b64encode("me:\u20ac".encode()).decode()).has(1, earlier())
    assert SchemaRegistry({"url": server.url, "basic.auth.user.info": "me:\u20ac"}).schema(1) == Schema(earlier())
    server.close()


@pytest.mark.parametrize(
    "login",
    [
        *("me:{}/x", "me:12/{}", "me:{}?x", "me:{}#x", "me/{}", "me:{},x", "me:x,{}", "me:[{}", "me:{}\u2100"),
        *("me:{}%0Ax", "me:{}%0D%0Ax", "me:{}%00"),
    ],
)
def test_no_part_of_a_login_in_an_address_is_taken_for_a_host_or_shown(login):
    with pytest.raises(ValueError, match="percent-encoded|the login in url") as failure:
        SchemaRegistry(f"http://{login.format(SECRET)}@localhost:1")
    assert SECRET not in str(failure.value)


def test_a_value_in_the_name_of_a_setting_is_not_shown():
    with pytest.raises(ValueError, match="bearer.auth.token is unknown") as failure:
        SchemaRegistry({"url": "http://localhost:1", f"bearer.auth.token: {SECRET}": ""})
    assert SECRET not in str(failure.value)


def test_a_request_that_cannot_be_made_shows_no_header(server):
    looked_up = SchemaRegistry(server.url)
    looked_up._authorizations = {server.url: f"Bearer {SECRET}\n"}
    with pytest.raises(RegistryError, match="cannot be asked with these settings") as failure:
        looked_up.schema(1)
    assert SECRET not in str(failure.value)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a key with")
def test_the_password_of_a_key_is_used_without_its_line_end_and_not_shown(tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-passout", f"pass:{SECRET}", "-days", "2"]
        + ["-subj", "/CN=me", "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    settings = {
        "url": "https://localhost:1",
        "ssl.certificate.location": str(certificate),
        "ssl.key.location": str(key),
    }

    SchemaRegistry({**settings, "ssl.key.password": SECRET + "\n"})
    for wrong in (SECRET + "x", SECRET * 100, SECRET + "\udcff"):
        with pytest.raises(ValueError, match="ssl.key.password") as failure:
            SchemaRegistry({**settings, "ssl.key.password": wrong})
        assert SECRET not in str(failure.value)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_tls_needs_the_authority_that_has_signed(tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server = Registry(tls).has(1, earlier())

    assert SchemaRegistry({"url": server.url, "ssl.ca.location": str(certificate)}).schema(1) == Schema(earlier())
    with pytest.raises(RegistryError, match="certificate verify failed"):
        SchemaRegistry(server.url).schema(1)
    with pytest.raises(ValueError, match="ssl.ca.location .* cannot be used"):
        SchemaRegistry({"url": server.url, "ssl.ca.location": str(key)})
    server.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, b"no json"), "cannot be used"),
        ((200, b"[]"), "the answer has no schema"),
        ((200, b'{"schema": "{}"}'), "it is no Avro schema"),
        ((200, b'{"schema": "\\"string\\"", "schemaType": "PROTOBUF"}'), "PROTOBUF instead of AVRO"),
        ((200, b'{"schema": "\\"string\\"", "references": [{"name": "x"}]}'), "refers to other schemas"),
        ((200, b'{"schema": "' + b"[" * 100_000 + b'"}'), "cannot be used"),
        ((200, b"[" * 200_000), "cannot be used"),
        ((404, b""), "has no schema 9"),
    ],
)
def test_answers_that_cannot_be_used_are_the_fault_of_the_record(server, answer, words):
    with pytest.raises(ValueError, match=words):
        SchemaRegistry(server.answer(9, answer).url).schema(9)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, b""), "status 500; schema 9 cannot be looked up"),
        ((301, b""), "a redirect"),
        ((403, b""), "refuses the credentials"),
        ((200, [b" " * (1 << 20), b" " * (1 << 20)]), "more than 1048576 bytes"),
        ((200, [lambda: time.sleep(0.3) or b" "] * 20), "no whole answer within 1 s"),
    ],
)
def test_a_registry_that_cannot_be_asked_is_not_the_fault_of_the_record(server, answer, words, monkeypatch):
    monkeypatch.setattr(registry, "ROUNDS", 1)
    with pytest.raises(RegistryError, match=words):
        SchemaRegistry(server.answer(9, answer).url, timeout=1).schema(9)


def test_a_registry_that_is_restarted_is_asked_again(server):
    body = json.dumps({"schema": json.dumps(earlier())}).encode()
    assert SchemaRegistry(server.answer(9, (503, b""), (500, b""), (200, body)).url).schema(9) == Schema(earlier())
    # The first of two addresses does not answer.
    assert SchemaRegistry(f"http://localhost:1,{server.url}").schema(9) == Schema(earlier())


@pytest.mark.parametrize("url", ["", "localhost:8081", "file:///etc/passwd", "http://"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ValueError, match="must be http://HOST:PORT or https://HOST:PORT"):
        SchemaRegistry(url)


def test_a_schema_of_something_else_is_refused_with_the_address_of_the_record(server):
    token_batch = current()["fields"][0]["type"]
    for schema, words in (("string", "is string, not"), (token_batch, "is TokenBatch, not LogitsBatch; is")):
        server.has(1, json.dumps(schema))
        with pytest.raises(ValueError, match=f"partition 0, offset 1: unreadable logits record: its schema {words}"):
            given(topics.topic(4, 2), SchemaRegistry(server.url))


NULLS = {"type": "array", "items": "null"}


def multiplied(depth: int, width: int = 50) -> dict:
    """Records within records that make width ** depth nulls of no bytes."""
    schema: object = "null"
    for level in range(depth):
        fields = [{"name": f"f{index}", "type": f"R{level - 1}" if level else "null"} for index in range(width)]
        if level:
            fields[0]["type"] = schema
        schema = {"type": "record", "name": f"R{level}", "fields": fields}
    return schema


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (NULLS, topics.number(1 << 40) + topics.number(0)),
        (NULLS, (topics.number(50)) * 50 + topics.number(0)),
        (multiplied(4), b""),
        (multiplied(9), b""),
        ({"type": "array", "items": multiplied(2)}, topics.number(20_000) + b"\0" * 20_000),
        ("bytes", topics.number(1 << 40)),
        ("bytes", topics.number(-5)),
        ({"type": "fixed", "name": "F", "size": -3}, b"abcdef"),
        ({"type": "fixed", "name": "F", "size": 1 << 40}, b"abcdef"),
        ({"type": "record", "name": "R", "fields": [{"name": "r", "type": "R"}]}, b""),
        ({"type": "record", "name": "R", "fields": [{"name": "r", "type": ["null", "R"]}]}, b"\2" * 100_000),
        (["null"], topics.number(1)),
        (["null"], topics.number(-1)),
        ("Unknown", b"\0"),
        ({"type": "map"}, b"\2\2a"),
        ("long", b"\xff" * 11),
        ("double", struct.pack("<f", 1)),
        ("string", topics.blob(b"\xff")),
    ],
)
def test_hostile_schemas_and_values_are_refused_in_bounded_time(schema, value):
    begun = time.monotonic()
    with pytest.raises(ValueError):
        Reader(value).value(Schema(schema))
    assert time.monotonic() - begun < 2


def test_a_value_cut_off_anywhere_is_refused():
    _, value = topics.batch("demo", 0, 0)
    whole = later_value(value)
    schema = Schema(later())
    for end in range(5, len(whole)):
        with pytest.raises(ValueError, match="."):
            logits.envelope_of(3, Reader(whole[:end], 5).value(schema))
    changed = copy.deepcopy(later())
    changed["fields"][0]["type"]["fields"][0]["type"] = "bytes"
    with pytest.raises(ValueError, match="no field corpus of type str"):
        logits.envelope_of(3, Reader(whole, 5).value(Schema(changed)))
