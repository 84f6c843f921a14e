"""Three timelines and the fewest promises: random projects of 40 steps, and the way of the catalogue; milliseconds.

`python -m benchmarks.works.approvals`. Generated: 40 steps, four in six items (1 to 20 working days, up to 3 to turn an
opinion over), one in six a material, one in six a gate within 60 days; up to three waits each, half of them hard. Every
relaxed timeline goes through the independent checker; CP-SAT poses the same choice as a model of whole days without a
calendar, for the sets that it would choose.
"""

import random
import statistics
from datetime import date, timedelta

from ortools.sat.python import cp_model

from sijin.engines import approvals
from sijin.engines.approvals import Arc, Project, Step
from sijin.engines.approvals.check import faults

TODAY = date(2020, 3, 4)
STEPS, PROJECTS = 40, 202


def some_project(rng: random.Random) -> Project:
    """Return a random project; see the module."""
    steps, arcs = [], []
    for n in range(STEPS):
        kind = rng.choice(["item"] * 4 + ["material", "gate"])
        days = 0 if kind == "gate" else rng.randint(1, 20)
        day = TODAY + timedelta(days=rng.randint(0, 60)) if kind == "gate" else None
        steps.append(Step(f"s{n}", kind=kind, days=days, convert=rng.randint(0, min(days, 3)), earliest=day))
        for u in rng.sample(range(n), min(n, rng.randint(0, 3))):
            arcs.append(Arc(f"s{u}", f"s{n}", rng.choice(["hard", "hard", "deferrable", "simulable"])))
    last = f"s{STEPS - 1}"
    arcs += [Arc(f"s{n}", last) for n in range(STEPS - 4, STEPS - 1) if Arc(f"s{n}", last) not in arcs]
    return Project(tuple(steps), tuple(arcs), last, TODAY)


def by_cp_sat(project: Project) -> tuple[int, float]:
    """Return the earliest day that CP-SAT finds, in working days without holidays or gates, and its seconds."""
    model, horizon = cp_model.CpModel(), 2000
    own = {step.step: step for step in project.steps}
    work = {name: model.new_int_var(0, horizon, f"w{name}") for name in own}
    cert = {name: model.new_int_var(0, horizon, f"c{name}") for name in own}
    simulated = {name: model.new_bool_var(f"m{name}") for name in own}
    for name, step in own.items():
        model.add(cert[name] >= work[name] + step.days)
    for n, arc in enumerate(project.arcs):
        step = own[arc.after]
        eased = simulated[arc.after] if arc.wait == "simulable" else model.new_bool_var(f"d{n}")
        if arc.wait == "hard":
            model.add(work[arc.after] >= cert[arc.before])
            continue
        model.add(work[arc.after] >= cert[arc.before]).only_enforce_if(eased.Not())
        if arc.wait == "simulable":
            model.add(cert[arc.after] >= cert[arc.before] + step.convert).only_enforce_if(eased)
            if own[arc.before].kind != "gate":
                model.add(work[arc.after] >= work[arc.before] + own[arc.before].days).only_enforce_if(eased)
        else:
            model.add(work[arc.after] >= cert[arc.before] - step.days).only_enforce_if(eased)
    model.minimize(cert[project.target])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 10
    solver.solve(model)
    return round(solver.objective_value), solver.wall_time


def main() -> None:
    """Print the table."""
    rng = random.Random(5)
    projects = [some_project(rng) for _ in range(PROJECTS)]
    approvals.timelines(projects[0])
    ours = [approvals.timelines(project) for project in projects]
    broken = sum(bool(faults(p, found.relaxed)) for p, found in zip(projects, ours, strict=True))
    spent = sorted(found.seconds * 1000 for found in ours)
    brought = [found.parallel.workdays - found.relaxed.workdays for found in ours]
    promises = [len(found.deferrals) for found in ours]
    peer = [by_cp_sat(project)[1] * 1000 for project in projects[:40]]
    print(f"{PROJECTS} projects of {STEPS} steps: the frontier, three timelines, what blocks")
    print(f"ours, ms: median {statistics.median(spent):.1f}, largest {spent[-1]:.1f}; broken rules {broken}")
    print(f"working days brought: mean {statistics.mean(brought):.1f}; promises: mean {statistics.mean(promises):.1f}")
    print(f"CP-SAT, earliest day alone, no calendar, ms: median {statistics.median(peer):.1f}, largest {max(peer):.1f}")


if __name__ == "__main__":
    main()
