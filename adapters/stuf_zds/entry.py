"""
The way into the schemas of the standard: by namespace, which of its files to take, in what order.

The published schemas spread one namespace over several files, and import each where they need it.
libxml2 takes the first file that it meets for a namespace and no other. So each namespace gets a
file of our own that includes all of its parts, made for as long as it takes to load.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.stuf_zds.names import BG, STUF, ZDS, ZKN, Profile

_PARTS: Final[Mapping[Profile, Mapping[str, tuple[str, ...]]]] = {
    Profile.ZDS_1_1: {
        STUF: (
            "0301/stuf0301mtom.xsd",
            "bg0310/entiteiten/bg0310_stuf_simpleTypes.xsd",
            "zkn0310/entiteiten/zkn0310_stuf_simpleTypes.xsd",
            "zkn0310/mutatie/zkn0310_msg_stuf_mutatie.xsd",
            "zkn0310/vraagAntwoord/zkn0310_msg_stuf_vraagAntwoord.xsd",
            "zkn0310/zs-dms/zkn0310_msg_stuf_zs-dms.xsd",
        ),
        BG: (
            "zkn0310/entiteiten/zkn0310_bg0310_ent.xsd",
            "zkn0310/zs-dms/zkn0310_bg0310_simpleTypes_zs-dms.xsd",
        ),
        ZKN: (
            "zkn0310/mutatie/zkn0310_msg_mutatie.xsd",
            "zkn0310/vraagAntwoord/zkn0310_msg_vraagAntwoord.xsd",
            "zkn0310/zs-dms/zkn0310_msg_zs-dms.xsd",
        ),
    },
    Profile.ZDS_1_2: {
        STUF: (
            "0301/stuf0301mtom.xsd",
            "bg0310/entiteiten/bg0310_stuf_simpleTypes.xsd",
            "zkn0310/entiteiten/zkn0310_stuf_simpleTypes.xsd",
            "zkn0310/mutatie/zkn0310_msg_stuf_mutatie.xsd",
            "zkn0310/vraagAntwoord/zkn0310_msg_stuf_vraagAntwoord.xsd",
            "zds0120/berichten/zds0120_msg_stuf_zs-dms.xsd",
        ),
        BG: (
            "zkn0310/entiteiten/zkn0310_bg0310_ent.xsd",
            "zds0120/entiteiten/zds0120_ent_bg0310.xsd",
            "zds0120/entiteiten/zds0120_simpleTypes_bg0310.xsd",
        ),
        ZKN: (
            "zkn0310/mutatie/zkn0310_msg_mutatie.xsd",
            "zkn0310/vraagAntwoord/zkn0310_msg_vraagAntwoord.xsd",
            "zds0120/entiteiten/zds0120_ent_zs-dms.xsd",
            "zds0120/entiteiten/zds0120_simpleTypes_zkn0310.xsd",
        ),
        ZDS: ("zds0120/zds0120_msg_totaal.xsd",),
    },
}
"""Profile → namespace → its files, in the order in which they must be met."""

_XSD: Final = "http://www.w3.org/2001/XMLSchema"


def missing(folder: Path, profile: Profile) -> str | None:
    """Name a file of the standard that is not in the folder in which it should be unpacked."""
    names = (name for names in _PARTS[profile].values() for name in names)
    return next((name for name in names if not (folder / name).exists()), None)


def load(folder: Path, profile: Profile) -> etree.XMLSchema:
    """
    Load the schemas of a profile from the folder in which the standard was unpacked.

    Raises:
        ValueError: They do not hold together.
    """
    parts = _PARTS[profile]
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        for one in folder.iterdir():
            if one.is_dir():
                (place / one.name).symlink_to(one)
        for number, (namespace, names) in enumerate(parts.items()):
            (place / f"_{number}.xsd").write_text(_schema(namespace, includes=names), "utf-8")
        # Parts of ZDS import ZDS: what all is loaded from must be that namespace itself.
        others = [namespace for namespace in parts if namespace != ZDS]
        own = _schema(ZDS if ZDS in parts else "", imports=others, includes=parts.get(ZDS, ()))
        (place / "_all.xsd").write_text(own, "utf-8")
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        try:
            return etree.XMLSchema(etree.parse(str(place / "_all.xsd"), parser))
        except etree.LxmlError as error:
            msg = f"schemas: what {folder} holds does not fit together: {error}"
            raise ValueError(msg) from error


def _schema(namespace: str, *, imports: Sequence[str] = (), includes: Sequence[str] = ()) -> str:
    target = f' targetNamespace="{namespace}"' if namespace else ""
    inside = "".join(
        f'<xs:import namespace="{one}" schemaLocation="_{number}.xsd"/>'
        for number, one in enumerate(imports)
    )
    inside += "".join(f'<xs:include schemaLocation="{name}"/>' for name in includes)
    head = f'<xs:schema xmlns:xs="{_XSD}"{target} elementFormDefault="qualified">'
    return f"{head}{inside}</xs:schema>"
