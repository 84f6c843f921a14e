"""Text is matched in Simplified script and shown as typed."""

from sijin.engines.script import simplified

__all__ = ["simplified"]
