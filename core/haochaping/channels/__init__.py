"""Channels beyond page and device: SMS, IVR, paper, inspections, the words of other systems."""
