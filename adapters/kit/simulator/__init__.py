"""What every simulated case system stands on: its store, clock, switches, troubles, pages."""

from .access_log import AccessLog
from .admin import Admin
from .clock import DUTCH, Clock, render_moment
from .deliveries import Deliveries, NotificationQuirks, Outcome
from .faults import GARBAGE, Fault, FaultKind, Faults
from .files import Files
from .pages import Pages
from .parties import Party, read_party, read_yaml
from .process import arguments_of, run
from .serving import Served, serve
from .store import Keys, Row, Store, by_fields

__all__ = [
    "DUTCH",
    "GARBAGE",
    "AccessLog",
    "Admin",
    "Clock",
    "Deliveries",
    "Fault",
    "FaultKind",
    "Faults",
    "Files",
    "Keys",
    "NotificationQuirks",
    "Outcome",
    "Pages",
    "Party",
    "Row",
    "Served",
    "Store",
    "arguments_of",
    "by_fields",
    "read_party",
    "read_yaml",
    "render_moment",
    "run",
    "serve",
]
