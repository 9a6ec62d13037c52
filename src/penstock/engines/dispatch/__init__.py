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
from penstock.engines.dispatch.plan_file import PlanFile, forecast_of, plan_to_dict, read_plan_file, schema
from penstock.engines.dispatch.planner import plan
from penstock.engines.dispatch.replan import replan
from penstock.engines.dispatch.result import (
    Alternative,
    Assignment,
    BuildLine,
    CostItems,
    Plan,
    PlannedBuild,
    PlannedOperation,
    Reason,
    Shipment,
    Unassigned,
    Violation,
    Waiting,
)
from penstock.engines.dispatch.verify import verify_plan
from penstock.engines.dispatch.whatif import Difference, compare, without_machine

__all__ = [
    "Alternative",
    "Assignment",
    "BuildLine",
    "BuildTime",
    "CostItems",
    "Difference",
    "DispatchError",
    "FinishOffer",
    "Interval",
    "JobSpec",
    "MachineSpec",
    "MakerSpec",
    "OperationKind",
    "OperationSpec",
    "Plan",
    "PlanFile",
    "PlannedBuild",
    "PlannedOperation",
    "Policy",
    "Position",
    "Reason",
    "Shipment",
    "Unassigned",
    "Violation",
    "Waiting",
    "WorkCalendar",
    "compare",
    "forecast_of",
    "plan",
    "plan_to_dict",
    "read_plan_file",
    "replan",
    "schema",
    "verify_plan",
    "without_machine",
]
