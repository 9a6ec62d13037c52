"""Jobs + machines + calendars → who makes what, in which build, when, and why."""

from penstock.engines.dispatch.model import (
    BuildTime,
    DispatchError,
    FinishOffer,
    Interval,
    JobSpec,
    MachineSpec,
    MakerSpec,
    OperationKind,
    OperationSpec,
    Policy,
    Position,
    WorkCalendar,
)
from penstock.engines.dispatch.planner import plan
from penstock.engines.dispatch.result import (
    Alternative,
    Assignment,
    BuildLine,
    CostItems,
    Plan,
    PlannedBuild,
    PlannedOperation,
    Reason,
    Unassigned,
    Violation,
    Waiting,
)
from penstock.engines.dispatch.verify import verify_plan

__all__ = [
    "Alternative",
    "Assignment",
    "BuildLine",
    "BuildTime",
    "CostItems",
    "DispatchError",
    "FinishOffer",
    "Interval",
    "JobSpec",
    "MachineSpec",
    "MakerSpec",
    "OperationKind",
    "OperationSpec",
    "Plan",
    "PlannedBuild",
    "PlannedOperation",
    "Policy",
    "Position",
    "Reason",
    "Unassigned",
    "Violation",
    "Waiting",
    "WorkCalendar",
    "plan",
    "verify_plan",
]
