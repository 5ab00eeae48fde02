"""
Replays exchanges recorded with real servers: each must be answered as it was then.

All files are replayed against one simulator in the order in which they happened, its clock set
to each moment. Identifiers, numbers, locks and times of the server are mapped from recorded to
simulated as they appear: one recorded value always stands for one simulated value. What existed
then without having been recorded is put into the store before it is first mentioned.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import aiohttp
import jwt
import pytest
import yaml
from aiohttp import web

from adapters.zgw.simulator import Client, Simulator, SimulatorSettings, start

HERE = Path(__file__).parent
RECORDINGS = HERE.parents[3] / ".." / "shared" / "recordings"
DIFFERENCES = yaml.safe_load((HERE / "recorded_differences.yaml").read_text("utf-8"))
SECRETS = {"casebridge": "a" * 40, "casebridge-beperkt": "b" * 40}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NUMBER = re.compile(r"(ZAAK|DOCUMENT|BESLUIT)-\d{4}-\d{10}")
LOCK = re.compile(r"[0-9a-f]{32}")
DIGEST = re.compile(r"<(\d+) characters, sha256 [0-9a-f.]+>")
STAMPS = {"laatstGemuteerd", "beginRegistratie"}
"""Times of the server whose moving or standing still is compared."""
VOLATILE = {"aanmaakdatum", "wijzigingsdatum", "registratiedatum"}
TEXTS = {"type", "title", "detail", "instance", "reason", "documentatieLink"}

pytestmark = pytest.mark.skipif(
    not RECORDINGS.exists(), reason="the recordings are not beside this checkout"
)


@dataclass
class Exchange:
    """One recorded request and answer, and where it is found."""

    file: str
    index: int
    raw: dict[str, Any]

    @property
    def key(self) -> str:
        return f"{self.file}:{self.index}"

    @property
    def at(self) -> str:
        return str(self.raw["at"])

    @property
    def request(self) -> dict[str, Any]:
        return dict(self.raw["request"])

    @property
    def response(self) -> dict[str, Any]:
        return dict(self.raw["response"])

    @property
    def note(self) -> str:
        return str(self.raw.get("note", ""))


def all_exchanges() -> list[Exchange]:
    found = []
    for path in sorted(RECORDINGS.glob("*/*.json")):
        name = ("N" if "notificaties" in path.parent.name else "") + path.name[:2]
        for index, raw in enumerate(json.loads(path.read_text("utf-8"))):
            found.append(Exchange(name, index, raw))
    return found


def in_order(exchanges: list[Exchange]) -> list[Exchange]:
    sent = [e for e in exchanges if e.file != "N03"]
    return sorted(sent, key=lambda e: (min(x.at for x in sent if x.file == e.file), e.index))


@dataclass
class Mapping:
    """What recorded values stand for in this run."""

    base: str = ""
    callback: str = ""
    known: dict[str, str] = field(default_factory=dict)

    def translate(self, value: Any) -> Any:
        """A recorded request in the values of this run."""
        text = json.dumps(value)
        for pattern in (UUID, NUMBER, LOCK):
            text = pattern.sub(lambda m: self.known.get(m.group(), m.group()), text)
        return json.loads(self.hosts(text))

    def hosts(self, text: str) -> str:
        text = text.replace("http://opennotificaties.test/api", f"{self.base}/notificaties/api")
        text = text.replace("http://casebridge.test", self.callback)
        text = text.replace("http://niemand.test", "http://127.0.0.1:9")
        return text.replace("http://openzaak.test", self.base)

    def learn(self, recorded: str, actual: str) -> bool:
        """Whether *actual* may stand for *recorded*, now and further on."""
        return self.known.setdefault(recorded, actual) == actual


class Mismatch(AssertionError):
    """An answer is not what was recorded."""


def differ(what: str) -> NoReturn:
    raise Mismatch(what)


def compare(recorded: Any, actual: Any, mapping: Mapping, where: str, loose: set[str]) -> None:
    """Raise Mismatch at the first place where *actual* is not alike."""
    name = where.rsplit(".", 1)[-1]
    if name in loose or where.lstrip(".") in loose:
        return
    if isinstance(recorded, dict):
        _compare_dicts(recorded, actual, mapping, where, loose)
    elif isinstance(recorded, list):
        _compare_lists(recorded, actual, mapping, where, loose)
    elif isinstance(recorded, str) and isinstance(actual, str):
        if not _alike(name, recorded, actual, mapping):
            differ(f"{where}: {recorded!r} became {actual!r}")
    elif type(recorded) is not type(actual) or recorded != actual:
        differ(f"{where}: {recorded!r} became {actual!r}")


def _compare_dicts(
    recorded: dict[str, Any], actual: Any, mapping: Mapping, where: str, loose: set[str]
) -> None:
    if not isinstance(actual, dict):
        differ(f"{where}: an object became {actual!r:.200}")
    if set(recorded) != set(actual):
        lacks, extra = set(recorded) - set(actual), set(actual) - set(recorded)
        differ(f"{where}: lacks {sorted(lacks)}, has beside {sorted(extra)}")
    # An address tells most about its object, so it is mapped first.
    for key in sorted(recorded, key=lambda k: k not in ("url", "uuid")):
        compare(recorded[key], actual[key], mapping, f"{where}.{key}", loose)


def _compare_lists(
    recorded: list[Any], actual: Any, mapping: Mapping, where: str, loose: set[str]
) -> None:
    if not isinstance(actual, list) or len(recorded) != len(actual):
        differ(f"{where}: {recorded!r:.300} became {actual!r:.300}")
    if recorded and all(isinstance(m, str) and UUID.search(m) for m in recorded):
        # The real server does not keep addresses in one order; what is known must be there.
        wanted = sorted(mapping.translate(recorded))
        if any(UUID.search(m).group() not in mapping.known for m in recorded):  # type: ignore[union-attr]
            return
        if wanted != sorted(actual):
            differ(f"{where}: {wanted} became {sorted(actual)}")
        return
    for place, (one, other) in enumerate(zip(recorded, actual, strict=True)):
        compare(one, other, mapping, f"{where}.{place}", loose)


def _alike(name: str, recorded: str, actual: str, mapping: Mapping) -> bool:
    if name in TEXTS:
        return bool(actual) is bool(recorded)
    if name in STAMPS:
        return mapping.learn(recorded, actual)
    if name in VOLATILE and "T" in recorded:
        return "T" in actual
    digest = DIGEST.fullmatch(recorded)
    if digest:
        return len(actual) == int(digest.group(1))
    for pattern in (UUID, NUMBER, LOCK):
        ours, theirs = pattern.findall(actual), pattern.findall(recorded)
        if theirs and pattern is NUMBER:
            ours = [m.group() for m in pattern.finditer(actual)]
            theirs = [m.group() for m in pattern.finditer(recorded)]
        if len(ours) != len(theirs):
            return False
        if not all(map(mapping.learn, theirs, ours)):
            return False
        recorded, actual = pattern.sub("*", recorded), pattern.sub("*", actual)
    quoted = mapping.base.replace(":", "%3A").replace("/", "%2F")
    plain = recorded.replace("http%3A%2F%2Fopenzaak.test", quoted)
    return mapping.hosts(plain) == actual


# -- what was there without having been recorded ---------------------------------------------

KINDS = {
    "zaken": "zaak",
    "statussen": "status",
    "rollen": "rol",
    "resultaten": "resultaat",
    "zaakobjecten": "zaakobject",
    "zaakinformatieobjecten": "zaakinformatieobject",
    "zaaknotities": "zaaknotitie",
    "enkelvoudiginformatieobjecten": "enkelvoudiginformatieobject",
    "zaaktypen": "zaaktype",
    "statustypen": "statustype",
    "resultaattypen": "resultaattype",
    "roltypen": "roltype",
    "eigenschappen": "eigenschap",
    "zaakeigenschappen": "zaakeigenschap",
    "informatieobjecttypen": "informatieobjecttype",
}
TYPE_LISTS: dict[str, dict[str, Any]] = {
    "statustypen": {"omschrijving": "?", "omschrijvingGeneriek": "?"},
    "resultaattypen": {"omschrijving": "?", "brondatumArchiefprocedure": None},
    "roltypen": {"omschrijving": "?", "omschrijvingGeneriek": "belanghebbende"},
    "eigenschappen": {"naam": "?", "specificatie": {}, "statustype": None},
}


def bodies(value: Any) -> Iterator[dict[str, Any]]:
    """Whole resources anywhere in an answer."""
    if isinstance(value, dict):
        if isinstance(value.get("url"), str) and len(value) > 3:
            yield value
        for member in value.values():
            yield from bodies(member)
    elif isinstance(value, list):
        for member in value:
            yield from bodies(member)


def _made_by(exchange: Exchange) -> set[str]:
    body, path = exchange.response["body"], exchange.request["path"]
    if re.search(r"/(zaak|document)_\w+", path):
        return {found["url"].rsplit("/", 1)[-1] for found in bodies(body)}
    is_new = exchange.response["status"] == 201 and isinstance(body, dict) and "url" in body
    return {body["url"].rsplit("/", 1)[-1]} if is_new else set()


def place_of(url: str) -> tuple[str, str] | None:
    parts = url.rsplit("/", 2)
    kind = KINDS.get(parts[-2]) if len(parts) == 3 else None
    return (kind, parts[-1]) if kind and url.startswith("http://openzaak.test/") else None


class Seeds:
    """Resources that recorded answers show and no recorded request made."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        self._bodies: dict[str, dict[str, Any]] = {}
        made = set()
        for exchange in exchanges:
            if exchange.request["method"] == "POST" and exchange.response["status"] < 202:
                made |= _made_by(exchange)
            if exchange.request["path"].split("/")[-1].split("?")[0] == "audittrail":
                continue
            for body in bodies(exchange.response["body"]):
                if place_of(body["url"]) is not None:
                    self._bodies.setdefault(body["url"], body)
        self._bodies = {
            url: body for url, body in self._bodies.items() if url.rsplit("/", 1)[-1] not in made
        }
        self._done: set[str] = set()
        self._texts = {
            file: json.dumps([(e.request, e.response["body"]) for e in exchanges if e.file == file])
            for file in {e.file for e in exchanges}
        }

    def before(self, exchange: Exchange, simulator: Simulator, mapping: Mapping) -> None:
        """Before the first exchange of a file, put what it mentions where it was."""
        self._add_existing(exchange, simulator, mapping)
        if exchange.key == DIFFERENCES["seed_later"].get(exchange.file, exchange.key):
            text = self._texts.pop(exchange.file, "")
        else:
            text = ""
        mentioned = list(dict.fromkeys(UUID.findall(text)))
        urls = {url.rsplit("/", 1)[-1]: url for url in self._bodies}
        # Lists show the newest first, so the last one shown was made first.
        mentioned.reverse()
        for uuid in sorted(mentioned, key=DIFFERENCES["seed_last"].__contains__):
            if uuid in urls:
                self._put(urls[uuid], simulator, mapping)

    def _add_existing(self, exchange: Exchange, simulator: Simulator, mapping: Mapping) -> None:
        """Objects of which no answer shows anything but that they were there."""
        for kind, values in DIFFERENCES["existing"].get(exchange.key, {}).items():
            links, store = simulator.system.links, simulator.system.store
            example = store.all(kind)[0]
            changes = links.load(mapping.translate(values))
            uuid = changes.get("uuid", str(uuid4()))
            mapping.known[uuid] = uuid
            number: dict[str, Any] = {
                "identificatie": f"bestaand-{uuid}",
                "kenmerken": [],
                "hoofdzaak": None,
            }
            store.put(kind, {**example, **number, **changes, "uuid": uuid})

    def _put(self, url: str, simulator: Simulator, mapping: Mapping) -> None:
        if url in self._done:
            return
        self._done.add(url)
        body, place = self._bodies[url], place_of(url)
        assert place is not None
        kind, uuid = place
        if uuid in mapping.known:
            return
        links, resource = simulator.system.links, simulator.system.resource(kind)
        translated = links.load(mapping.translate(body))
        translated |= DIFFERENCES["seed_values"].get(uuid, {})
        row: dict[str, Any] = {"uuid": uuid}
        for field_ in resource.fields:
            row[field_.name] = translated.get(field_.name, field_.default)
        if kind == "enkelvoudiginformatieobject":
            row |= {"_file": None, "_lock": "", "_name": None, "_document": ""}
            if row["inhoud"]:
                row["_file"] = simulator.system.files.keep(b"x" * (row["bestandsomvang"] or 0))
        if kind == "zaaknotitie":
            row["zaak"] = row["gerelateerdAan"]
        mapping.known[uuid] = uuid
        for name in STAMPS & set(body) - set(DIFFERENCES["seed_values"].get(uuid, {})):
            mapping.known.setdefault(body[name], body[name])
        simulator.system.store.put(kind, row)
        if kind == "zaaktype":
            self._put_types(body, simulator, mapping)

    def _put_types(self, body: dict[str, Any], simulator: Simulator, mapping: Mapping) -> None:
        """The parts of a case type of which only the address is known."""
        links = simulator.system.links
        for name, values in TYPE_LISTS.items():
            for number, url in enumerate(reversed(body[name]), 1):
                uuid = url.rsplit("/", 1)[-1]
                mapping.known[uuid] = uuid
                order = len(body[name]) + 1 - number if name == "statustypen" else number
                zaaktype = links.inward(mapping.hosts(body["url"]))
                row = {"uuid": uuid, "zaaktype": zaaktype, "volgnummer": order, **values}
                simulator.system.store.put(KINDS[name], row)
        for number, url in enumerate(body["informatieobjecttypen"], 1):
            row = {
                "uuid": f"{body['url'].rsplit('/', 1)[-1]}-{number}",
                "zaaktype": links.inward(mapping.hosts(body["url"])),
                "informatieobjecttype": links.load(mapping.translate(url)),
                "volgnummer": number,
                "richting": "inkomend",
            }
            simulator.system.store.put("zaaktypeinformatieobjecttype", row)


# -- tokens ----------------------------------------------------------------------------------

USER = {"user_id": "odru-201", "user_representation": "Sanne Voorbeeldsma (ODRU)"}


def token(secret: str = SECRETS["casebridge"], algorithm: str = "HS256", **claims: Any) -> str:
    whole = {"iss": "casebridge", "iat": int(time.time()), "client_id": "casebridge", **USER}
    whole |= claims
    kept = {name: value for name, value in whole.items() if value is not None}
    return "Bearer " + jwt.encode(kept, secret, algorithm)


def special_tokens() -> dict[str, str]:
    now = int(time.time())
    return {
        "not a JWT": "Bearer geen.jwt",
        "JWT signed with the wrong secret": token("x" * 40),
        "JWT with iat two hours old (limit: one hour by default)": token(iat=now - 7200),
        "JWT with iat ten minutes ahead (client clock fast)": token(iat=now + 600),
        "JWT with iat two seconds ahead: leeway is 0 by default": token(iat=now + 2),
        "JWT with exp in the past": token(exp=now - 60),
        "JWT with nbf in the future": token(nbf=now + 600),
        "unknown client_id": token(client_id="onbekend"),
        "JWT without client_id (iss is there)": token(client_id=None),
        "JWT without iss": token(iss=None),
        "JWT without user_id: the audit trail has empty names": token(
            user_id=None, user_representation=None
        ),
        "JWT without iat": token(iat=None),
        "alg none": "Bearer " + jwt.encode({"client_id": "casebridge", "iat": now}, "", "none"),
        "another scheme": token().replace("Bearer", "Token"),
        "wrong secret": token("x" * 40),
    }


def authorization(exchange: Exchange) -> str | None:
    shown = exchange.request["headers"].get("Authorization")
    match shown:
        case None:
            return None
        case "Bearer <JWT of casebridge>":
            return token()
        case "Bearer <JWT of casebridge-beperkt>":
            limited = "casebridge-beperkt"
            return token(SECRETS[limited], client_id=limited, iss=limited)
        case "Bearer <JWT of casebridge, user_id per note>":
            user = exchange.note.split()[0]
            return token(user_id=user, user_representation=user)
        case _:
            return special_tokens()[exchange.note]


# -- the replay ------------------------------------------------------------------------------


class Callback:
    """Stands where the subscriptions of the recordings point to."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        message = await request.json()
        if request.path.endswith("/unauth"):
            return web.Response(status=401)
        if not request.headers.get("Authorization"):
            return web.Response(status=403)
        self.received.append(message)
        return web.Response(status=204)

    async def run(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/{path:.*}", self.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = site.name
        return runner


def form_of(exchange: Exchange, mapping: Mapping) -> tuple[bytes, str]:
    """A part of an upload, of the size it had: its bytes were not recorded."""
    text, part = exchange.request["body"], DIFFERENCES["parts"][exchange.index]
    lock = mapping.known.get(part["lock"], part["lock"])
    assert part["lock"] in text
    boundary = "deel"
    content = bytes(part["bytes"])
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="lock"\r\n\r\n{lock}\r\n'
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="inhoud"; filename="deel"\r\n\r\n'
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def whole_text(value: Any) -> Any:
    """Texts that were abbreviated in the recording, at their length."""
    if isinstance(value, str) and (digest := DIGEST.fullmatch(value)):
        return "x" * int(digest.group(1))
    if isinstance(value, dict):
        whole = {name: whole_text(member) for name, member in value.items()}
        if DIGEST.fullmatch(str(value.get("inhoud", ""))):
            whole["inhoud"] = base64.b64encode(bytes(value["bestandsomvang"])).decode()
        return whole
    return value


class Replay:
    def __init__(
        self, simulator: Simulator, callback: Callback, http: aiohttp.ClientSession
    ) -> None:
        self.simulator = simulator
        self.callback = callback
        self.http = http
        self.mapping = Mapping(simulator.url, callback.url)
        self.problems: dict[str, str] = {}
        self.replayed: list[str] = []

    async def send(self, exchange: Exchange) -> tuple[aiohttp.ClientResponse, bytes]:
        request, headers = exchange.request, {}
        for name, value in request["headers"].items():
            if name in ("Accept", "Accept-Crs", "Content-Crs", "Range", "Content-Type"):
                headers[name] = value
            if name in ("If-None-Match", "If-Match"):
                headers[name] = self.mapping.known.get(f"etag {value}", value)
        if (bearer := authorization(exchange)) is not None:
            headers["Authorization"] = bearer
        body = request.get("body")
        data: bytes | None = None
        if isinstance(body, str) and "multipart" in headers.get("Content-Type", ""):
            data, headers["Content-Type"] = form_of(exchange, self.mapping)
        elif isinstance(body, str):
            data = body.encode()
        elif body is not None:
            data = json.dumps(self.mapping.translate(whole_text(body))).encode()
        path = self.mapping.translate(request["path"])
        if path.startswith("/api/v1"):
            path = f"/notificaties{path}"
        async with self.http.request(
            request["method"],
            self.simulator.url + path,
            headers=headers,
            data=io.BytesIO(data) if data else None,
        ) as answer:
            return answer, await answer.read()

    def judge(self, exchange: Exchange, answer: aiohttp.ClientResponse, raw: bytes) -> None:
        self.replayed.append(exchange.key)
        try:
            self._judge(exchange, answer, raw)
        except Mismatch as mismatch:
            self.problems[exchange.key] = f"{exchange.note or exchange.request['path']}: {mismatch}"

    def _judge(self, exchange: Exchange, answer: aiohttp.ClientResponse, raw: bytes) -> None:
        recorded = exchange.response
        if answer.status != recorded["status"]:
            differ(f"status {recorded['status']} became {answer.status}: {raw[:300]!r}")
        loose = set(DIFFERENCES["loose"].get(exchange.key, {}).get("fields", ()))
        loose |= set(DIFFERENCES["loose_everywhere"])
        self._judge_body(recorded.get("body"), raw, loose)
        self._judge_headers(recorded, answer)

    def _judge_body(self, body: Any, raw: bytes, loose: set[str]) -> None:
        if isinstance(body, dict) and body.get("_binary"):
            if len(raw) != body["bytes"]:
                differ(f"{body['bytes']} bytes became {len(raw)}")
        elif isinstance(body, str):
            if not raw.strip().startswith(b"<"):
                differ("a page became something else")
        elif body is not None:
            compare(body, json.loads(raw), self.mapping, "", loose)
        elif raw:
            differ(f"an empty answer became {raw[:200]!r}")

    def _judge_headers(self, recorded: dict[str, Any], answer: aiohttp.ClientResponse) -> None:
        for name in ("API-version", "Allow", "Content-Crs", "Warning"):
            one = recorded["headers"].get(name)
            other = answer.headers.get(name)
            if (self.mapping.hosts(one) if one else one) != other:
                differ(f"header {name}: {one!r} became {other!r}")
        for name in ("ETag", "Location"):
            if (name in recorded["headers"]) is not (name in answer.headers):
                differ(f"header {name} is there in one answer only")
        if "ETag" in recorded["headers"]:
            etag = recorded["headers"]["ETag"]
            self.mapping.known[f"etag {etag}"] = answer.headers["ETag"]

    async def one(self, exchange: Exchange) -> None:
        answer, raw = await self.send(exchange)
        self.judge(exchange, answer, raw)

    async def together(self, group: list[Exchange]) -> None:
        """What was sent at once: the same answers, whoever got which."""
        if len({exchange.request["path"] for exchange in group}) > 1:
            order = group
            left = await asyncio.gather(*[self.send(exchange) for exchange in order])
        else:
            order = sorted(group, key=lambda e: e.response["status"])
            answers = await asyncio.gather(*[self.send(exchange) for exchange in order])
            left = sorted(answers, key=lambda a: a[0].status)
        for exchange, (answer, raw) in zip(order, left, strict=True):
            self.judge(exchange, answer, raw)


def groups_at_once(exchanges: list[Exchange]) -> list[list[Exchange]]:
    found: list[list[Exchange]] = []
    starts = dict(DIFFERENCES["at_once"])
    remaining = 0
    for exchange in exchanges:
        if remaining:
            found[-1].append(exchange)
            remaining -= 1
            continue
        found.append([exchange])
        remaining = starts.get(exchange.key, 1) - 1
    return found


async def replay_all() -> Replay:
    clients = tuple(
        Client(name, secret, "Casebridge", None, name == "casebridge", name == "casebridge")
        for name, secret in SECRETS.items()
    )
    settings = SimulatorSettings(clients, part_size_bytes=1024 * 1024)
    callback = Callback()
    runner = await callback.run()
    try:
        async with (
            await start(settings) as simulator,
            aiohttp.ClientSession() as http,
        ):
            replay = Replay(simulator, callback, http)
            recorded = all_exchanges()
            seeds = Seeds([e for e in recorded if e.file != "N03"])
            for group in groups_at_once(in_order(recorded)):
                await _replay_group(replay, seeds, group)
            async with asyncio.timeout(10):
                await simulator.system.deliveries.settled()
            _judge_deliveries(replay, [e for e in recorded if e.file == "N03"])
            return replay
    finally:
        await runner.cleanup()


async def _replay_group(replay: Replay, seeds: Seeds, group: list[Exchange]) -> None:
    simulator, first = replay.simulator, group[0]
    if first.key in DIFFERENCES["skip"]:
        return
    for exchange in group:
        seeds.before(exchange, simulator, replay.mapping)
    simulator.system.clock.set(datetime.fromisoformat(first.at))
    wrong = first.key in DIFFERENCES["stale_etag"]
    window = 0.05 if len(group) > 1 else 0.0
    simulator.system.quirks = replace(
        simulator.system.quirks, lost_update_seconds=window, wrong_not_modified=wrong
    )
    if len(group) == 1:
        await replay.one(first)
    else:
        await replay.together(group)


def _judge_deliveries(replay: Replay, recorded: list[Exchange]) -> None:
    """Each kind of message that arrived then arrives now, of the same shape."""
    shapes = Counter(_shape(message) for message in replay.callback.received)
    for exchange in recorded:
        if exchange.key in DIFFERENCES["skip"]:
            continue
        replay.replayed.append(exchange.key)
        shape = _shape(exchange.request["body"])
        if not shapes[shape]:
            replay.problems[exchange.key] = f"no such message was delivered: {shape}"


def _shape(message: dict[str, Any]) -> tuple[Any, ...]:
    names = ("kanaal", "resource", "actie")
    has_millis = re.fullmatch(r".*\d\dZ|.*\.\d{3}Z", message["aanmaakdatum"]) is not None
    values = tuple(message[name] for name in names)
    return (*values, tuple(sorted(message)), tuple(sorted(message["kenmerken"])), has_millis)


@pytest.fixture(scope="module")
def replay() -> Replay:
    return asyncio.run(replay_all())


def _files() -> list[str]:
    return sorted({e.file for e in all_exchanges()}) if RECORDINGS.exists() else []


@pytest.mark.parametrize("file", _files())
def test_answers_are_those_of_the_real_server(replay: Replay, file: str) -> None:
    """Same status, codes, headers and values; what differs is declared with its reason."""
    wrong = {key: text for key, text in replay.problems.items() if key.split(":")[0] == file}
    assert not wrong, "\n".join(f"{key} {text}" for key, text in wrong.items())


def test_nearly_all_recorded_exchanges_are_replayed(replay: Replay) -> None:
    """What is left out is declared, and little."""
    recorded = all_exchanges()
    print(f"{len(replay.replayed)} of {len(recorded)} recorded exchanges replayed")
    assert {e.key for e in recorded} == {*replay.replayed, *DIFFERENCES["skip"]}
    assert len(replay.replayed) >= 0.85 * len(recorded)
