"""The desk: what people can ask of the bridge, and have it do. The views are made of it."""

from bridge.desk.cures import Healer, healer_of
from bridge.desk.desk import Desk
from bridge.desk.explain import Explained, Shown, Standing
from bridge.desk.jobs import Chosen, Report
from bridge.desk.lags import LagFigures
from bridge.desk.parked import Group
from bridge.desk.rules import EditPlan, RulesDesk
from bridge.desk.sides import SideStanding
from bridge.desk.silence import Hearing
from bridge.desk.state import State, state_of
from bridge.desk.vitals import Vitals
from bridge.hub.group import Overtaken
from bridge.jobs.deed import Deed, DeedKind
from bridge.jobs.errors import NotToBeDone

__all__ = [
    "Chosen",
    "Deed",
    "DeedKind",
    "Desk",
    "EditPlan",
    "Explained",
    "Group",
    "Healer",
    "Hearing",
    "LagFigures",
    "NotToBeDone",
    "Overtaken",
    "Report",
    "RulesDesk",
    "Shown",
    "SideStanding",
    "Standing",
    "State",
    "Vitals",
    "healer_of",
    "state_of",
]
