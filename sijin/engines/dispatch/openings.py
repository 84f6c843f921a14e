"""The columns that a formation begins with: for each party its best seats, for each seat those who want it most."""

from collections import defaultdict

import numpy as np

from sijin.engines.dispatch.columns import Key
from sijin.engines.dispatch.parties import Array
from sijin.engines.dispatch.seats import Choice, Seating

FEW = 5  # seats that a person begins with
SOME = 8  # people that a seat begins with
BUNDLE = 8  # times as many for people who stay together
MANY = 8  # times that at most, where many cost the same
JITTER = 0.2  # of a reduced cost, so that people who are nearly alike do not all begin with the same seats


def begin(built: Seating, party: Array, rows: dict[Key, Array], margin: float) -> None:
    """Open columns by these prices (see `sketch`): for each party those within `margin` of its best one and a few
    more, and for each seat those of the few people who want it most.
    """
    nothing, dice = np.zeros(built.count), np.random.default_rng(0)
    worth = {key: rows.get(key, nothing) for key in built.rows.of}
    if ("general",) in worth:
        worth["general",] = nothing - built.rules.skill
    opened: list[tuple[int, Choice, Array]] = []  # party, choice, which of its teams
    wanting: dict[int, list[tuple[int, Array]]] = defaultdict(list)
    for p, own in enumerate(built.parties):
        reduced = [costs + JITTER * dice.random(len(costs)) for costs in built.reduced(p, worth, float(party[p]))]
        every = np.sort(np.concatenate(reduced)) if reduced else np.empty(0)
        if not len(every):
            continue
        few = min(FEW * len(own.bundles) * (1 if len(own.people) == 1 else BUNDLE), len(every)) - 1
        most = max(every[few], max(every[0], 0.0) + margin)
        if margin < np.inf and len(every) > (cap := MANY * (few + 1)):
            most = min(most, every[cap])
        for choice, costs in zip(built.choices[p], reduced, strict=True):
            if len(own.people) == 1 and len(costs):
                wanting[choice.combo].append((len(opened), costs))
            opened.append((p, choice, costs <= most))
    for offers in wanting.values():
        seats = np.full((len(offers), built.count), np.inf)
        for row, (n, costs) in enumerate(offers):
            seats[row, opened[n][1].teams] = np.where(opened[n][2], np.inf, costs)
        few = min(SOME, len(offers))
        best = np.argpartition(seats, few - 1, axis=0)[:few]
        chosen = np.zeros(seats.shape, bool)
        np.put_along_axis(chosen, best, True, axis=0)
        chosen &= np.isfinite(seats)
        for (n, _), teams in zip(offers, chosen, strict=True):
            opened[n][2][teams[opened[n][1].teams]] = True
    for p, choice, good in opened:
        built.open(p, choice, choice.teams[good])
