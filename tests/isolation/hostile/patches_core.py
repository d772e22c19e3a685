"""Replaces the core's own functions, as it is imported and again as it is called."""

import haochaping.clock
import haochaping.containment
import haochaping.hooks.evaluation


def harm(asked, services):
    haochaping.containment.contained = None
    haochaping.clock.stopwatch = lambda: 0.0
    haochaping.hooks.evaluation.Verdict.HOLD = 0
    object.__setattr__(services, "lookup", None)


haochaping.clock.SystemClock = None
