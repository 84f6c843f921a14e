"""Public generalised-assignment instances: the engine beside HiGHS and CP-SAT, each given the same seconds and threads.

    python -m benchmarks.dispatch.gap [--seconds 30] [--only d20200 e20400] [--seeds 1] [--peers none] [--plot gap.svg]

Every answer is checked here, not by the engine: each job once, capacities kept, cost added up anew. The gap is to the
best bound known, published or proven in this run.
"""

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import mean

import highspy
import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from benchmarks.dispatch.curves import drawn
from sijin.engines import dispatch

INSTANCES = Path(__file__).parent / "instances"
THREADS = 2
Floats = NDArray[np.float64]
Curve = list[tuple[float, float]]  # seconds, cost
Answer = tuple[NDArray[np.int64], float, Curve]  # agent of each job, proven bound, costs over time
Solver = Callable[[Floats, Floats, Floats, float, int], Answer]


def read(path: Path) -> tuple[Floats, Floats, Floats]:
    """Read an instance: agents, jobs, costs and uses (agents x jobs), capacities; return cost and use per job."""
    numbers = np.array(path.read_text().split(), dtype=np.float64)
    agents, jobs = int(numbers[0]), int(numbers[1])
    pairs = agents * jobs
    if len(numbers) != 2 + 2 * pairs + agents:
        raise SystemExit(f"{path}: {len(numbers)} numbers, {2 + 2 * pairs + agents} expected")
    cost, use = (numbers[2 + k * pairs : 2 + (k + 1) * pairs].reshape(agents, jobs).T for k in (0, 1))
    return cost.copy(), use.copy(), numbers[2 + 2 * pairs :]


def known(folder: Path) -> dict[str, tuple[float, float]]:
    """Read the published lower and upper bounds: lines of name_Min, lower, upper."""
    path = folder / "bounds.txt"
    rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return {row[0].removesuffix("_Min"): (float(row[1]), float(row[2])) for row in rows if row[0].endswith("_Min")}


def checked(agent: NDArray[np.int64], cost: Floats, use: Floats, capacity: Floats) -> float:
    """Add the cost up anew; infinity when a job is without an agent or a capacity is not kept."""
    if agent.shape != (len(cost),) or agent.min() < 0 or agent.max() >= len(capacity):
        return np.inf
    load = np.zeros(len(capacity))
    total = 0.0
    for job, place in enumerate(agent):
        load[place] += use[job, place]
        total += cost[job, place]
    return total if (load <= capacity + 1e-6).all() else np.inf


def ours(cost: Floats, use: Floats, capacity: Floats, seconds: float, seed: int) -> Answer:
    """Solve by the engine; return agents, bound and the costs over time."""
    found = dispatch.assign(cost, use, capacity, time_limit=seconds, seed=seed)
    return found.agent, found.bound, list(found.trace)


def highs(cost: Floats, use: Floats, capacity: Floats, seconds: float, seed: int) -> Answer:
    """Solve the whole model by HiGHS."""
    jobs, agents = cost.shape
    solver = highspy.Highs()
    for name, value in (("output_flag", False), ("time_limit", seconds), ("threads", THREADS), ("random_seed", seed),
                        ("mip_rel_gap", 0.0)):  # fmt: skip
        solver.setOptionValue(name, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = jobs * agents, jobs + agents
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost.ravel(), np.zeros(jobs * agents), np.ones(jobs * agents)
    lp.row_lower_ = np.concatenate([np.ones(jobs), np.full(agents, -highspy.kHighsInf)])
    lp.row_upper_ = np.concatenate([np.ones(jobs), capacity])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.arange(0, 2 * jobs * agents + 1, 2, dtype=np.int32)
    rows = np.stack([np.repeat(np.arange(jobs), agents), jobs + np.tile(np.arange(agents), jobs)], axis=1)
    lp.a_matrix_.index_ = rows.ravel().astype(np.int32)
    lp.a_matrix_.value_ = np.stack([np.ones(jobs * agents), use.ravel()], axis=1).ravel()
    lp.integrality_ = [highspy.HighsVarType.kInteger] * (jobs * agents)
    solver.passModel(lp)
    curve: Curve = []
    began = time.monotonic()
    solver.cbMipImprovingSolution += lambda event: curve.append(
        (time.monotonic() - began, event.data_out.objective_function_value)
    )
    solver.run()
    values = np.asarray(solver.getSolution().col_value)
    if len(values) != jobs * agents or solver.getInfo().primal_solution_status != 2:
        return np.full(jobs, -1), -np.inf, curve
    return values.reshape(jobs, agents).argmax(axis=1), solver.getInfo().mip_dual_bound, curve


class _Watched(cp_model.CpSolverSolutionCallback):
    def __init__(self) -> None:
        super().__init__()
        self.began = time.monotonic()
        self.curve: Curve = []

    def on_solution_callback(self) -> None:
        self.curve.append((time.monotonic() - self.began, self.objective_value))


def cp_sat(cost: Floats, use: Floats, capacity: Floats, seconds: float, seed: int) -> Answer:
    """Solve the whole model by CP-SAT."""
    jobs, agents = cost.shape
    model = cp_model.CpModel()
    x = [[model.new_bool_var("") for _ in range(agents)] for _ in range(jobs)]
    for row in x:
        model.add_exactly_one(row)
    for i in range(agents):
        model.add(
            cp_model.LinearExpr.weighted_sum([row[i] for row in x], use[:, i].astype(int).tolist()) <= int(capacity[i])
        )
    model.minimize(cp_model.LinearExpr.weighted_sum([v for row in x for v in row], cost.astype(int).ravel().tolist()))
    solver, watched = cp_model.CpSolver(), _Watched()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = THREADS
    solver.parameters.random_seed = seed
    status = solver.solve(model, watched)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return np.full(jobs, -1), -np.inf, watched.curve
    agent = np.array([[solver.value(v) for v in row] for row in x]).argmax(axis=1)
    return agent, solver.best_objective_bound, watched.curve


SOLVERS: dict[str, Solver] = {"ours": ours, "HiGHS": highs, "CP-SAT": cp_sat}


def apart(name: str, cost: Floats, use: Floats, capacity: Floats, seconds: float, seed: int) -> Answer:
    """Run a solver in a process of its own: HiGHS keeps the number of threads of its first call in a process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(SOLVERS[name], cost, use, capacity, seconds, seed).result()


def main() -> None:
    """Run every instance with every seed and solver; print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--folder", type=Path, default=INSTANCES, help="instances and bounds.txt")
    asked.add_argument("--only", nargs="*", default=[], help="names of instances, or how they begin")
    asked.add_argument("--seconds", type=float, default=30)
    asked.add_argument("--seeds", type=int, default=1)
    asked.add_argument("--peers", choices=("all", "none"), default="all")
    asked.add_argument("--plot", type=Path, help="write the gaps over time as SVG")
    given = asked.parse_args()
    published = known(given.folder)
    paths = sorted(path for path in given.folder.iterdir() if path.suffix == "" and path.is_file())
    paths = [p for p in paths if not given.only or any(p.name.startswith(name) for name in given.only)]
    names = list(SOLVERS) if given.peers == "all" else ["ours"]
    print(
        f"{given.seconds:g} s an answer, {THREADS} threads, load of the machine at the start {os.getloadavg()[0]:.1f}\n"
    )
    print(
        "| instance | seed | best known | ours | our bound | seconds | "
        + " | ".join(f"{n} gap %" for n in names)
        + " |"
    )
    print("|---|---|---|---|---|---|" + "---|" * len(names), flush=True)
    gaps: dict[str, list[float]] = {name: [] for name in names}
    curves: dict[str, dict[str, Curve]] = {}
    worse = 0
    for path in paths:
        cost, use, capacity = read(path)
        for seed in range(given.seeds):
            low, high = published.get(path.name, (-np.inf, np.inf))
            costs: dict[str, float] = {}
            for name in names:
                agent, bound, curve = apart(name, cost, use, capacity, given.seconds, seed)
                if name == "ours":
                    mine, took = bound, curve[-1][0]
                costs[name], low = checked(agent, cost, use, capacity), max(low, float(np.ceil(bound - 1e-6)))
                curves.setdefault(path.name, {}).setdefault(name, curve)
            row = {name: 100 * (costs[name] / low - 1) for name in names}
            curves[path.name] = {
                name: [(at, 100 * (value / low - 1)) for at, value in curve]
                for name, curve in curves[path.name].items()
            } if seed == 0 else curves[path.name]  # fmt: skip
            for name in names:
                gaps[name].append(row[name])
            worse += costs["ours"] > min(costs.values()) + 1e-9
            best = f"{low:,.0f}" + (f"–{high:,.0f}" if np.isfinite(high) else "")
            print(f"| {path.name} | {seed} | {best} | {costs['ours']:,.0f} | {mine:,.0f} | {took:.1f} | "
                  + " | ".join(f"{row[name]:.3f}" for name in names) + " |", flush=True)  # fmt: skip
    print(f"| mean | | | | | | {' | '.join(f'{mean(gaps[name]):.3f}' for name in names)} |")
    print(f"\nThe engine is behind a peer on {worse} of {sum(len(g) for g in gaps.values()) // len(names)} runs.")
    if given.plot:
        given.plot.write_text(drawn(curves, given.seconds))


if __name__ == "__main__":
    main()
