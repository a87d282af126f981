"""Schemas by their ids, from a Schema Registry with Confluent's API.

A record's schema is then the one that it was written with, as in the Java student: fields that this version does not know
are passed over, and fields that an older record does not have get their defaults.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from logitstream.avro import Schema

LARGEST_ANSWER = 1 << 20
TIMEOUT_SECONDS = 30.0
ROUNDS = 3
PAUSE_SECONDS = 0.5
ACCEPT = "application/vnd.schemaregistry.v1+json, application/json"
# The names of confluent-kafka's SchemaRegistryClient.
SETTINGS = (
    "url",
    "basic.auth.user.info",
    "bearer.auth.token",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.key.location",
    "ssl.key.password",
)


class RegistryError(OSError):
    """The registry cannot be asked, or refuses to answer; the record is not at fault."""


class SchemaRegistry:
    """Looks schemas up, each once.

    settings: address, or the settings of confluent-kafka's SchemaRegistryClient; several addresses are separated by
              commas. A login in an address is sent to that address alone; `basic.auth.user.info` and
              `bearer.auth.token` are sent to all of them. Credentials and keys are never part of a message.

    Redirects are not followed, and proxies are not used: credentials reach the named hosts only.
    """

    def __init__(self, settings: str | Mapping[str, Any], timeout: float = TIMEOUT_SECONDS) -> None:
        given = {"url": settings} if isinstance(settings, str) else dict(settings)
        for name in given:
            if name not in SETTINGS:
                # KEY:VALUE in the place of KEY=VALUE would put the value into the name.
                shown = re.match(r"[\w.-]*", str(name))
                raise ValueError(
                    f"registry setting {shown[0] if shown else ''} is unknown; use one of {', '.join(SETTINGS)}"
                )
        self._timeout = timeout
        # Each address with the credentials that it may see.
        self._authorizations: dict[str, str | None] = {}
        for text in str(given.get("url", "")).split(","):
            url, login = _address(text.strip())
            if self._authorizations.setdefault(url, login) != login:
                raise ValueError(f"registry {url} is named with two logins; name it once")
        user, token = given.get("basic.auth.user.info"), given.get("bearer.auth.token")
        logins = [login for login in self._authorizations.values() if login is not None]
        if (user is not None) + (token is not None) + bool(logins) > 1:
            raise ValueError("give one of basic.auth.user.info, bearer.auth.token and a login in url, not several")
        if user is not None:
            shared = _basic("basic.auth.user.info", str(user).strip("\r\n"))
            self._authorizations = dict.fromkeys(self._authorizations, shared)
        elif token is not None:
            value = _credential("bearer.auth.token", str(token).strip(), "latin-1")
            self._authorizations = dict.fromkeys(self._authorizations, f"Bearer {value}")
        self._opener = urllib.request.OpenerDirector()
        for handler in (urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(context=_tls(given))):
            self._opener.add_handler(handler)
        self._schemas: dict[int, Schema] = {}

    def __repr__(self) -> str:
        return f"SchemaRegistry({', '.join(self._authorizations)})"

    def schema(self, id: int) -> Schema:
        """Returns the schema with an id. ValueError for an id or a schema that cannot be used, else RegistryError."""
        if id not in self._schemas:
            self._schemas[id] = self._look_up(id)
        return self._schemas[id]

    def _look_up(self, id: int) -> Schema:
        problem = ""
        for round in range(ROUNDS):
            if round:
                time.sleep(PAUSE_SECONDS * round)
            for url, authorization in self._authorizations.items():
                try:
                    status, answer = self._get(f"{url}/schemas/ids/{id}", authorization)
                except (OSError, http.client.HTTPException, ssl.SSLError) as e:
                    problem = f"{url}: {getattr(e, 'reason', None) or e or type(e).__name__}"
                    continue
                except ValueError:
                    # The message may repeat what was sent.
                    raise RegistryError(f"schema registry {url} cannot be asked with these settings") from None
                if status == 200:
                    return _schema(answer, id, url)
                if status == 404:
                    raise ValueError(
                        f"schema registry {url} has no schema {id}; is it the registry that the topic was written with?"
                    )
                if status in (401, 403):
                    raise RegistryError(f"schema registry {url} refuses the credentials (status {status})")
                if 300 <= status < 400:
                    raise RegistryError(f"schema registry {url} answers with a redirect; name its own address")
                problem = f"{url}: status {status}"
        raise RegistryError(f"schema registry {problem}; schema {id} cannot be looked up")

    def _get(self, url: str, authorization: str | None) -> tuple[int, bytes]:
        """Asks once; the answer as a whole has to arrive in time."""
        end = time.monotonic() + self._timeout
        headers = {"Accept": ACCEPT} if authorization is None else {"Accept": ACCEPT, "Authorization": authorization}
        request = urllib.request.Request(url, headers=headers)
        try:
            response = self._opener.open(request, timeout=self._timeout)
        except urllib.error.HTTPError as e:
            response = e
        if response is None:
            raise OSError("no answer")
        with response:
            status = int(response.status)
            answer = bytearray()
            while status == 200:
                if time.monotonic() > end:
                    raise TimeoutError(f"no whole answer within {self._timeout:.0f} s")
                part = response.read1(1 << 16)
                if not part:
                    break
                answer += part
                if len(answer) > LARGEST_ANSWER:
                    raise RegistryError(f"an answer of more than {LARGEST_ANSWER} bytes")
        return status, bytes(answer)


def _address(url: str) -> tuple[str, str | None]:
    """Checks an address; returns it without its login, and the login. An error repeats no part of it."""
    refusal = ValueError(
        "a registry's address must be http://HOST:PORT or https://HOST:PORT; special characters of a user and "
        "password in it must be percent-encoded, as %2F for / and %2C for a comma"
    )
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise refusal from None
    host = parts.netloc.rpartition("@")[2]
    # An @ behind the host is the end of a password that has a / or ? in it.
    behind = f"{parts.path}?{parts.query}#{parts.fragment}"
    if not usable or "@" in behind or not parts.path.isascii() or not host.isprintable() or " " in host + behind:
        raise refusal
    login = None
    if parts.username is not None:
        login = _basic("the login in url", f"{unquote(parts.username)}:{unquote(parts.password or '')}")
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}", login


def _credential(key: str, value: str, encoding: str) -> str:
    """Refuses what a header cannot have; an error never has the value."""
    try:
        value.encode(encoding)
        usable = True
    except UnicodeEncodeError:
        usable = False
    if not value or not usable or re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError(
            f"{key} is empty, or has a line break, a control character or another character that cannot be sent"
        )
    return value


def _basic(key: str, user: str) -> str:
    return "Basic " + base64.b64encode(_credential(key, user, "utf-8").encode()).decode()


def _schema(answer: bytes, id: int, url: str) -> Schema:
    try:
        content = json.loads(answer)
        text = content.get("schema") if isinstance(content, dict) else None
        if text is None:
            raise ValueError("the answer has no schema")
        if content.get("schemaType", "AVRO") != "AVRO":
            raise ValueError(f"it is of type {str(content['schemaType'])[:40]} instead of AVRO")
        if content.get("references"):
            raise ValueError("it refers to other schemas")
        return Schema(str(text))
    except (ValueError, RecursionError) as e:
        raise ValueError(f"schema {id} of registry {url} cannot be used: {e}") from None


def _tls(settings: Mapping[str, Any]) -> ssl.SSLContext:
    """Takes the settings over; an error names the setting and never its value's content."""
    authority, certificate = settings.get("ssl.ca.location"), settings.get("ssl.certificate.location")
    try:
        context = ssl.create_default_context(cafile=authority)
    except OSError as e:
        raise ValueError(
            f"ssl.ca.location {authority} cannot be used: {e.strerror or 'no certificate in it'}"
        ) from None
    if certificate is not None:
        password = settings.get("ssl.key.password")
        if isinstance(password, str):
            password = password.strip("\r\n")
        try:
            context.load_cert_chain(certificate, settings.get("ssl.key.location"), password)
        except (OSError, TypeError, ValueError):
            raise ValueError(
                f"ssl.certificate.location {certificate} cannot be used with its key (ssl.key.location, ssl.key.password)"
            ) from None
    return context
