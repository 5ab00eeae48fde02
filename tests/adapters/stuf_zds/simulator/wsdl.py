"""
The published WSDLs of ZDS, written anew so that a client built on them can load them.

As published, zeep loads none of them: a namespace is spread over files that import each other
in circles, and GML is in the way, of which ZDS uses two types. Here every import of a namespace
leads to the one file that holds it whole, and GML is those two types. What the messages may
hold stays as it was published.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.stuf_zds.names import Profile

_XS: Final = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
_WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
_WHOLE: Final = {
    "http://www.egem.nl/StUF/StUF0301": "_stuf.xsd",
    "http://www.egem.nl/StUF/sector/bg/0310": "_bg.xsd",
    "http://www.egem.nl/StUF/sector/zkn/0310": "_zkn.xsd",
    "http://www.opengis.net/gml": "gml.xsd",
}
_ROOT: Final = {"http://www.stufstandaarden.nl/koppelvlak/zds0120": "root.xsd"}
_ANY: Final = '<xs:sequence><xs:any minOccurs="0" processContents="skip"/></xs:sequence>'
_GML: Final = (
    f'<xs:schema {_XS} targetNamespace="http://www.opengis.net/gml">'
    f'<xs:complexType name="PointPropertyType">{_ANY}</xs:complexType>'
    f'<xs:complexType name="SurfacePropertyType">{_ANY}</xs:complexType></xs:schema>'
)


def simplified(profile: Profile, published: Path, folder: Path) -> Path:
    """Write the schemas and WSDLs of *profile* into *folder*; one WSDL that has all services."""
    shutil.copytree(published / f"zds-{profile}", folder, copy_function=shutil.copyfile)
    _let_write(folder)
    (folder / "gml.xsd").write_text(_GML, "utf-8")
    for schema in folder.rglob("*.xsd"):
        if schema.parent != folder:
            led = _import_wholes(schema.read_text("utf-8"), _up(schema, folder))
            schema.write_text(led, "utf-8")
    wholes = _WHOLE | (_ROOT if profile is Profile.ZDS_1_2 else {})
    wsdls = sorted(folder.rglob("*.wsdl"))
    for wsdl in wsdls:
        wsdl.write_text(_types(wsdl.read_text("utf-8"), wholes, _up(wsdl, folder)), "utf-8")
    whole = folder / "whole.wsdl"
    whole.write_text(_together(wsdls, folder), "utf-8")
    return whole


def _together(wsdls: list[Path], folder: Path) -> str:
    """A WSDL with one service that has the ports of all, so that the types load once."""
    imports, ports = [], []
    for wsdl in wsdls:
        root = etree.parse(wsdl).getroot()
        space, place = root.get("targetNamespace"), wsdl.relative_to(folder)
        imports.append(f'<import namespace="{space}" location="{place}"/>')
        for binding in root.iterfind(f"{{{_WSDL}}}binding"):
            name = binding.get("name")
            address = '<soap:address location="http://localhost"/>'
            port = f'<port name="{name}" binding="b:{name}" xmlns:b="{space}">{address}</port>'
            ports.append(port)
    return (
        f'<definitions xmlns="{_WSDL}" xmlns:soap="{_WSDL}soap/" targetNamespace="urn:whole">'
        f'{"".join(imports)}<service name="ZDS">{"".join(ports)}</service></definitions>'
    )


def _let_write(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def _up(path: Path, folder: Path) -> str:
    return "../" * (len(path.relative_to(folder).parts) - 1)


def _import_wholes(schema: str, up: str) -> str:
    """Let every import of a namespace lead to the file that holds all of it."""

    def led(match: re.Match[str]) -> str:
        told = re.search(r'namespace="([^"]+)"', match[0])
        whole = _WHOLE.get(told[1]) if told else None
        if whole is None:
            return match[0]
        return re.sub(r'schemaLocation="[^"]*"', f'schemaLocation="{up}{whole}"', match[0])

    return re.sub(r"<(?:\w+:)?import\b[^>]*>", led, schema)


def _types(wsdl: str, wholes: dict[str, str], up: str) -> str:
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{up}{whole}"/>'
        for namespace, whole in wholes.items()
    )
    types = f"<types><xs:schema {_XS}>{imports}</xs:schema></types>"
    return re.sub(r"<types>.*?</types>", types, wsdl, flags=re.DOTALL)
