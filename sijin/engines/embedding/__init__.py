"""Texts as vectors whose nearness is nearness of meaning, by a model that is on this machine already.

`load(pins)` gives the model that is installed, if its files are the pinned ones; `Kept` remembers what it computed.
Optional, and never over a network: without a model, triage and the complement finder read characters alone.
"""

from sijin.engines.embedding.e5 import load
from sijin.engines.embedding.kept import Kept
from sijin.engines.embedding.pins import Pin, Refused, check, read
from sijin.engines.embedding.protocol import Embedding, Vectors

__all__ = ["Embedding", "Kept", "Pin", "Refused", "Vectors", "check", "load", "read"]
