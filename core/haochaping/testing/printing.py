"""What a receipt printer gets, and the measures of what it prints."""

from haochaping.web.escpos import DOTS_PER_MM, LEAST_QR_MM, NARROW, WIDE, Roll, render

__all__ = ["DOTS_PER_MM", "LEAST_QR_MM", "NARROW", "WIDE", "Roll", "render"]
