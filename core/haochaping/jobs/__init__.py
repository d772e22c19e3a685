"""What is to happen: one job table for outbox, timers and periodic slots."""

from haochaping.jobs.queue import Job, cancel, enqueue, enqueue_all, move, retry, state_of
from haochaping.jobs.runner import Handler, Hopeless, JobContext, LeaseLost, NotYet, Runner
from haochaping.jobs.slots import Periodic

__all__ = [
    "Handler",
    "Hopeless",
    "Job",
    "JobContext",
    "LeaseLost",
    "NotYet",
    "Periodic",
    "Runner",
    "cancel",
    "enqueue",
    "enqueue_all",
    "move",
    "retry",
    "state_of",
]
