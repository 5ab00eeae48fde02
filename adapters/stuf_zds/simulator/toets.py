"""Whether what somebody typed can be told in a message at all."""

from __future__ import annotations

from adapters.stuf_zds.names import ZKN, q
from adapters.stuf_zds.values import BadValue
from adapters.stuf_zds.xml import root

from .reading import Reader, Tree
from .settings import Quirks
from .shapes import Entity
from .waarden import Misshapen
from .weigering import refuse
from .writing import Writer


def check_typed(tree: Tree, entity: Entity, quirks: Quirks) -> None:
    """
    Refuse what the schema has no place for: it is written, and read as the schema reads.

    Raises:
        Refusal: A text is too long, a code unknown, a date none …
    """
    if not quirks.strict:
        return
    reader = Reader(notification=False, long_codes=quirks.deviations.long_codes)
    try:
        made = Writer().entity(root(q(ZKN, "antwoord")), q(ZKN, "object"), entity, tree)
        reader.entity(made, entity)
    except Misshapen as error:
        refuse(str(error))
    except BadValue:
        refuse("een datum is geen datum")
    except (ValueError, TypeError, KeyError):
        # Of lxml where it is no text, or one that XML cannot hold; of ours for an unknown kind.
        refuse("een waarde kan niet in een bericht staan")
