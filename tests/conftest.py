"""Settings of the whole suite; its fixtures come from `haochaping.testing`."""

from haochaping.testing.fixtures import MONDAY, RecordingEmit

__all__ = ["MONDAY", "RecordingEmit"]
