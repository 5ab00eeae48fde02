"""The Notificaties API: channels, subscriptions with their callback test, publishing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, NoReturn
from uuid import NAMESPACE_URL, uuid5

from adapters.kit.simulator import Row, Store

from .errors import BareInvalid, Invalid, ServerError, ValidationError
from .fields import Anything, Field, Flag, Group, Many, Member, Text
from .filters import Filter, equal
from .resource import Resource
from .system import Body, Call
from .times import parse_moment

CHANNELS: Final[dict[str, tuple[str, ...]]] = {
    "autorisaties": (),
    "besluiten": ("verantwoordelijke_organisatie", "besluittype", "besluittype.catalogus"),
    "besluittypen": ("catalogus",),
    "documenten": (
        "bronorganisatie",
        "informatieobjecttype",
        "vertrouwelijkheidaanduiding",
        "informatieobjecttype.catalogus",
    ),
    "informatieobjecttypen": ("catalogus",),
    "zaaktypen": ("catalogus",),
    "zaken": ("bronorganisatie", "zaaktype", "zaaktype.catalogus", "vertrouwelijkheidaanduiding"),
}
TEST_MESSAGE: Final[Body] = {
    "kanaal": "test",
    "hoofdObject": "http://some.hoofdobject.nl/",
    "resource": "some_resource",
    "resourceUrl": "http://some.resource.nl/",
    "actie": "create",
    "aanmaakdatum": "2019-01-01T12:00:00Z",
    "kenmerken": {},
}
TITLE: Final = "Ongeldige invoerwaarde."
"""The notification service words its refusals a little otherwise than the others."""
_REQUIRED: Final = "Dit veld is vereist."
_KANAAL: Final = Group(
    {
        "filters": Member(Anything(nullable=False), default={}),
        "naam": Member(Text(50, blank=False), required=True),
    },
    nullable=False,
)


def refuse_here(name: str, code: str, reason: str) -> NoReturn:
    """Refuse in the words of the notification service."""
    raise ValidationError([Invalid(name, code, reason)], title=TITLE)


class Kanaal(Resource):
    """A channel of notifications."""

    kind = "kanaal"
    api = "notificaties"
    segment = "kanaal"
    list_methods = ("GET", "POST")
    detail_methods = ("GET", "PUT", "PATCH")
    paged = False
    has_etag = False
    shows_uuid = False
    newest_first = False
    filters: ClassVar[Mapping[str, Filter]] = {"naam": equal("naam")}
    fields = (
        Field("naam", Text(50, blank=False), required=True),
        Field("documentatieLink", Text(200)),
        Field("filters", Many(Text(100)), default=[]),
    )

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        if action == "read":
            call.caller.need("notificaties.consumeren", "notificaties.publiceren")
        else:
            call.caller.need("notificaties.publiceren")


def register_channels(store: Store) -> None:
    """Make the channels that the other APIs announce on."""
    with store.transaction():
        for name, filters in CHANNELS.items():
            uuid = str(uuid5(NAMESPACE_URL, f"kanaal:{name}"))
            if store.get("kanaal", uuid) is None:
                link = f"http://openzaak.test/ref/kanalen/#{name}"
                row = {
                    "uuid": uuid,
                    "naam": name,
                    "documentatieLink": link,
                    "filters": list(filters),
                }
                store.put("kanaal", row)


class Abonnement(Resource):
    """A subscription. Its callback is tried when it is made or changed; `auth` is never shown."""

    kind = "abonnement"
    api = "notificaties"
    segment = "abonnement"
    paged = False
    has_etag = False
    shows_uuid = False
    newest_first = False
    fields = (
        Field("callbackUrl", Text(200, blank=False), required=True),
        Field("kanalen", Many(_KANAAL), required=True, default=[]),
        Field("sendCloudevents", Flag(), default=False),
        Field("cloudeventFilters", Anything(), default=[]),
    )

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        call.caller.need("notificaties.consumeren")

    def clean(self, data: Body, row: Row | None, *, partial: bool) -> Body:
        try:
            values = super().clean(data, row, partial=partial)
        except ValidationError as refused:
            raise ValidationError(refused.params, title=TITLE) from None
        if "auth" not in data and not partial:
            refuse_here("auth", "required", _REQUIRED)
        # A PATCH without it tries the callback without a secret, and so fails (recorded, N02).
        values["auth"] = str(data.get("auth", ""))
        return values

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        known = {kanaal["naam"]: kanaal["filters"] for kanaal in self.system.store.all("kanaal")}
        for kanaal in values.get("kanalen", ()):
            if kanaal["naam"] not in known:
                refuse_here("naam", "kanaal_naam", "Kanaal met deze naam bestaat niet.")
            if not set(kanaal["filters"]) <= set(known[kanaal["naam"]]):
                reason = "abonnement filters aren't consistent with kanaal filters"
                refuse_here("filters", "inconsistent-abonnement-filters", reason)
            kanaal["filters"] = self.system.links.load(kanaal["filters"])

    async def create(self, call: Call, data: Body) -> Row:
        values = self.prepare(call, data)
        await self.try_callback(values["callbackUrl"], values["auth"])
        with self.system.store.transaction():
            return self.insert(call, values, data)

    async def update(self, call: Call, uuid: str, data: Body, *, partial: bool) -> Row:
        row = self.row(uuid)
        self.permit(call, "update", row, data)
        values = self.clean(data, row, partial=partial)
        self.check(call, values, row, data)
        await self.try_callback({**row, **values}["callbackUrl"], values["auth"])
        with self.system.store.transaction():
            return self.write(call, row, values, {}, partial=partial)

    async def try_callback(self, url: str, auth: str) -> None:
        """First without, then with the secret: refused once, accepted once."""
        post = self.system.announcer.post
        status = await post(url, None, TEST_MESSAGE)
        if status == 0:
            raise ServerError
        refused = status in (401, 403)
        accepted = 200 <= await post(url, auth, TEST_MESSAGE) < 210
        if not accepted:
            reason = "De opgegeven callback URL kan geen notificaties ontvangen."
            refuse_here("nonFieldErrors", "invalid-callback-url", reason)
        if not refused:
            reason = "De opgegeven callback URL is niet beveiligd met autorisatie."
            refuse_here("nonFieldErrors", "no-auth-on-callback-url", reason)


def publish(call: Call, data: Body) -> Body:
    """Take a message from a publisher, as it came, and pass it on."""
    call.caller.need("notificaties.publiceren")
    names = ("kanaal", "hoofdObject", "resource", "resourceUrl", "actie", "aanmaakdatum")
    missing = {name: [_REQUIRED] for name in names if not data.get(name)}
    if missing:
        raise BareInvalid(missing)
    system = call.system
    if all(kanaal["naam"] != data["kanaal"] for kanaal in system.store.all("kanaal")):
        raise BareInvalid({"kanaal": ["Kanaal met deze naam bestaat niet."]})
    try:
        moment = parse_moment(str(data["aanmaakdatum"]))
    except ValueError:
        raise BareInvalid({"aanmaakdatum": ["Ongeldige datum/tijd."]}) from None
    if moment > system.clock.now():
        raise BareInvalid({"aanmaakdatum": ["Deze waarde mag niet in de toekomst liggen."]})
    message: dict[str, Any] = {name: data[name] for name in names}
    message["kenmerken"] = data.get("kenmerken") or {}
    with system.store.transaction():
        system.announcer.publish(system.links.load(message))
    return message
