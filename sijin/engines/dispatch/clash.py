"""Rules that may not be bent and cannot all be kept: the smallest set of them, and what relaxing each would do.

Whether they can be kept has nothing to do with distances. So the question is asked of officials without homes, of whom
many are then alike, and the programme is small.
"""

from dataclasses import replace

import numpy as np

from sijin.engines import milp
from sijin.engines.dispatch.openings import begin
from sijin.engines.dispatch.problem import Previous, Problem
from sijin.engines.dispatch.seats import FIRM, Seating

SECONDS = 30.0  # for one question


class Clash(ValueError):
    """Hard rules that cannot all be kept.

    ``rules`` is a smallest set that clashes: without any one of them the others can be kept. ``relaxed`` says for each
    of them by how much it must give way when it alone does (people, seats or teams, as the rule counts).
    """

    def __init__(self, rules: tuple[str, ...], relaxed: dict[str, float]) -> None:
        told = ", ".join(f"{rule} (gives way by {relaxed[rule]:g})" for rule in rules)
        super().__init__(f"these rules cannot all be kept: {told}")
        self.rules, self.relaxed = rules, relaxed


def clashing(problem: Problem, wanted: list[list[str]]) -> Clash:
    """Find the smallest set of hard rules that clash (a deletion filter over the rules)."""
    ask = _Question(problem, wanted)
    kept = sorted(problem.rules.hard)
    for rule in list(kept):
        rest = [other for other in kept if other != rule]
        if ask.bends(rest, ()) > 1e-6:
            kept = rest
    return Clash(tuple(kept), {rule: ask.bends([other for other in kept if other != rule], (rule,)) for rule in kept})


class _Question:
    """By how much must some rules be bent when others are firm?"""

    def __init__(self, problem: Problem, wanted: list[list[str]]) -> None:
        people = problem.table("officials").with_columns(lat=None, lon=None)
        bare = replace(problem, officials=people, previous=Previous())
        teams = len(problem.table("teams"))
        self.built = Seating(bare, wanted, (np.zeros(teams), np.zeros(teams)))
        begin(self.built, np.zeros(len(self.built.parties)), {}, np.inf)
        self.programme = self.built.programme()
        names = [
            "placed" if party >= 0 and team < 0 else built.bends[-2 - combo][0] if combo <= -2 else ""
            for built in (self.built,)
            for party, team, combo in zip(built.party, built.team, built.combo, strict=True)
        ]
        free = {("size", "short"), ("size", "over")}
        self.rule = np.array(names)
        for code, (rule, what, _) in enumerate(self.built.bends):
            if (rule, what) in free:
                self.rule[(self.built.combo == -2 - code) & (self.built.party < 0)] = ""
        self.rule[(self.programme.cost >= FIRM) & (self.rule == "size")] = "size"

    def bends(self, firm: list[str], counted: tuple[str, ...]) -> float:
        """Return how much `firm` rules must be bent; with `counted`, how much those must, the firm ones being kept."""
        heavy = np.isin(self.rule, firm)
        cost = np.where(heavy, 1e3 if counted else 1.0, 0.0) + np.isin(self.rule, counted)
        answer = milp.solve(replace(self.programme, cost=cost.astype(np.float64)), time_limit=SECONDS)
        if not answer.feasible:
            return float("nan")
        return round(float(answer.values[heavy if not counted else np.isin(self.rule, counted)].sum()), 6)
