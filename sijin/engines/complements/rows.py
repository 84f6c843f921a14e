"""The offers of a finder as columns side by side; a row that is taken out keeps its place till all is made anew."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sijin.engines.complements.history import NEUTRAL
from sijin.engines.complements.problem import Offer
from sijin.engines.complements.rules import Rules

ALWAYS, NEVER = -(10**9), 10**9  # days: an offer without a first, without a last day
YES_NO = {True: 1, False: 0, None: -1}


class Rows:
    """Columns by row; `at` gives the row of a key that is there."""

    def __init__(self, rules: Rules, attributes: int, topics: int) -> None:
        self.rules = rules
        self.number = {code: n for n, code in enumerate(rules.kinds)}
        self.families: dict[str, tuple[int, float]] = dict(rules.scale)
        self.sites: dict[Hashable, int] = {}
        self.providers: dict[tuple[str, str], int] = {}
        self.trusted = np.full(16, NEUTRAL)
        self.at: dict[Hashable, int] = {}
        self.keys: list[Hashable] = []
        self.names: list[tuple[str, ...]] = []
        self.columns: dict[str, NDArray[Any]] = {
            "kind": np.zeros(0, np.int16),
            "family": np.zeros(0, np.int32),
            "free": np.zeros(0, np.float64),
            "since": np.zeros(0, np.int32),
            "until": np.zeros(0, np.int32),
            "lat": np.zeros(0, np.float64),
            "lon": np.zeros(0, np.float64),
            "reach": np.zeros(0, np.float32),
            "site": np.zeros(0, np.int32),
            "certificate": np.zeros(0, np.int8),
            "capacity": np.zeros(0, np.int8),
            "channel": np.zeros(0, np.int8),
            "provider": np.zeros(0, np.int32),
            "alive": np.zeros(0, bool),
            "bits": np.zeros((0, max(1, attributes)), np.uint64),
            "shares": np.zeros((0, topics), np.float32),
        }

    def __getattr__(self, name: str) -> NDArray[Any]:
        columns: dict[str, NDArray[Any]] = self.__dict__.get("columns", {})
        if name not in columns:
            raise AttributeError(name)
        return columns[name]

    def append(self, offers: Sequence[Offer], bits: NDArray[np.uint64], shares: NDArray[np.float32]) -> None:
        """Add rows below those that are there; a key that is there already moves to its new row."""
        self.drop([offer.key for offer in offers])
        first = len(self.keys)
        self.at.update((offer.key, first + n) for n, offer in enumerate(offers))
        self.keys.extend(offer.key for offer in offers)
        self.names.extend(offer.names for offer in offers)
        scales = [self.unit(offer.unit) for offer in offers]
        fresh: dict[str, Any] = {
            "kind": [self.number.get(offer.kind, -1) for offer in offers],
            "family": [family for family, _size in scales],
            "free": [offer.free * size for offer, (_family, size) in zip(offers, scales, strict=True)],
            "since": [ALWAYS if offer.since is None else offer.since for offer in offers],
            "until": [NEVER if offer.until is None else offer.until for offer in offers],
            "lat": [np.nan if offer.point is None else offer.point[0] for offer in offers],
            "lon": [np.nan if offer.point is None else offer.point[1] for offer in offers],
            "reach": [np.inf if offer.reach_km is None else offer.reach_km for offer in offers],
            "site": [self.site_of(offer.site) for offer in offers],
            "certificate": [YES_NO[offer.certificate] for offer in offers],
            "capacity": [YES_NO[offer.traits[0]] for offer in offers],
            "channel": [YES_NO[offer.traits[1]] for offer in offers],
            "provider": [self._provider(offer.provider, offer.kind) for offer in offers],
            "alive": [True] * len(offers),
            "bits": bits,
            "shares": shares,
        }
        for name, column in self.columns.items():
            self.columns[name] = np.concatenate([column, np.asarray(fresh[name], dtype=column.dtype)])

    def drop(self, keys: Sequence[Hashable]) -> None:
        """Take rows out by their keys."""
        gone = [row for key in keys if (row := self.at.pop(key, None)) is not None]
        self.columns["alive"][gone] = False

    def unit(self, unit: str) -> tuple[int, float]:
        """Return the family of a unit and how many of the smallest one it is; an unknown one is a family of its own."""
        return self.families.setdefault(unit, (1_000_000 + len(self.families), 1.0))

    def site_of(self, site: Hashable) -> int:
        """Return the number of a site; −1 for none."""
        return -1 if site is None else self.sites.setdefault(site, len(self.sites))

    def tell(self, provider: str, kind: str, trust: float) -> None:
        """Keep how far a provider is trusted in a kind."""
        number = self._provider(provider, kind)  # first: it may make room
        self.trusted[number] = trust

    def _provider(self, provider: str, kind: str) -> int:
        number = self.providers.setdefault((provider, kind), len(self.providers))
        if number >= len(self.trusted):
            self.trusted = np.concatenate([self.trusted, np.full(len(self.trusted), NEUTRAL)])
        return number
