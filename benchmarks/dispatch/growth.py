"""What a dispatch solved apart costs as it grows: seconds, memory and gap to the joint bound, with all rules.

    python -m benchmarks.dispatch.growth [--officials 1000 3000 --region 500 --effort 0.15 --workers 2 --plot FILE]
    python -m benchmarks.dispatch.growth --joint 60     # 2,400 officials, 490 teams: apart beside jointly in 60 s

The campaigns of `formation`: a team for every five officials, so that every seat is needed; regions halve the map until
each has at most `--region` teams. Every plan is priced by the independent checker. Memory is the sum over all
processes, looked at ten times a second.
"""

import argparse
import os
import threading
from pathlib import Path

import numpy as np

from benchmarks.dispatch.formation import priced, problem
from sijin.engines import dispatch
from sijin.engines.dispatch.halves import halved

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


def regions(posed: dispatch.Problem, width: int) -> dict[str, dict[str, str]]:
    """Return the region of each team: the map halved until a part has at most `width` teams."""
    teams = posed.table("teams")
    cut = halved(np.arange(len(teams)), teams["lat"].to_numpy(), teams["lon"].to_numpy(), width)
    return {"teams": {teams["team"][int(t)]: f"region {n:04}" for n, own in enumerate(cut) for t in own}}


class Watch:
    """Peak memory and processor seconds of this process and all its children."""

    def __init__(self) -> None:
        self.peak, self.cpu, self._seen, self._over = 0, 0.0, {}, threading.Event()  # type: ignore[var-annotated]

    def __enter__(self) -> "Watch":
        self._look()
        self._before = dict(self._seen)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.cpu = sum(self._seen.values()) - sum(self._before.values())

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self._look()

    def _look(self) -> None:
        mine, total = {os.getpid()}, 0
        stats = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    text = (folder / "stat").read_text()
                except OSError:  # it has ended meanwhile
                    continue
                fields = text[text.rindex(")") + 2 :].split()
                stats[int(folder.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS, int(fields[21])
        grown = True
        while grown:
            children = {pid for pid, (parent, *_) in stats.items() if parent in mine} - mine
            grown, mine = bool(children), mine | children
        for pid in mine & stats.keys():
            self._seen[pid] = stats[pid][1]
            total += stats[pid][2] * PAGE
        self.peak = max(self.peak, total)


def plot(rows: list[tuple[int, float, float]], path: Path) -> None:
    """Draw processor seconds over officials on logarithmic scales, with the gap at each point."""
    width, height, left, bottom = 560, 320, 64, 44
    low_x, high_x = np.log10(rows[0][0]) - 0.1, np.log10(rows[-1][0]) + 0.2
    low_y, high_y = np.log10(min(r[1] for r in rows)) - 0.2, np.log10(max(r[1] for r in rows)) + 0.2

    def at(officials: float, seconds: float) -> tuple[float, float]:
        x = left + (width - left - 20) * (np.log10(officials) - low_x) / (high_x - low_x)
        y = (height - bottom) - (height - bottom - 20) * (np.log10(seconds) - low_y) / (high_y - low_y)
        return float(x), float(y)

    points = [at(officials, cpu) for officials, cpu, _ in rows]
    first = rows[0]
    straight = [at(officials, first[1] * officials / first[0]) for officials, *_ in rows]
    parts = [
        f'<polyline fill="none" stroke="#bbb" stroke-dasharray="4 4" points="{_joined(straight)}"/>',
        f'<polyline fill="none" stroke="#b3261e" stroke-width="2" points="{_joined(points)}"/>',
    ]
    for (x, y), (officials, cpu, gap) in zip(points, rows, strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#b3261e"/>')
        parts.append(f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="end">{cpu:,.0f} s, {gap:.1%}</text>')
        parts.append(f'<text x="{x:.1f}" y="{height - 18}" text-anchor="middle">{officials:,}</text>')
    parts.append(f'<text x="{left}" y="16">processor seconds and gap, by officials; dashed: linear</text>')
    style = "<style>text{font:12px sans-serif;fill:#555}</style>"
    body = "".join(parts)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{style}{body}</svg>\n',
        encoding="utf-8",
    )


def _joined(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def grow(given: argparse.Namespace) -> None:
    """Print a row for each size, and by which power of the size the seconds grow."""
    heads = ["officials", "teams", "regions", "objective", "joint bound", "gap %", "seconds", "CPU s", "peak GiB"]
    heads += ["load", "checker"]
    print(f"| {' | '.join(heads)} |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--|")
    rows = []
    for officials in given.officials:
        posed = problem(officials, officials // 5, given.seed, city_share=given.city_share)
        by, load = regions(posed, given.region), os.getloadavg()[0]
        with Watch() as watch:
            found = dispatch.plan_apart(posed, by, effort=given.effort, workers=given.workers, seed=given.seed)
        agrees = abs(priced(posed, found) - found.cost) < 1e-3 * found.cost
        print(
            f"| {officials:,} | {officials // 5:,} | {len(set(by['teams'].values()))} | {found.cost:,.1f} | "
            f"{found.bound:,.1f} | {100 * found.gap:.2f} | {found.seconds:.1f} | {watch.cpu:.1f} | "
            f"{watch.peak / 2**30:.2f} | {load:.1f} | {'agrees' if agrees else 'DIFFERS'} |",
            flush=True,
        )
        rows.append((officials, watch.cpu, found.gap))
    if len(rows) > 1:
        slope = np.polyfit(np.log([r[0] for r in rows]), np.log([r[1] for r in rows]), 1)[0]
        print(f"\nprocessor seconds grow as officials to the power of {slope:.2f}")
        if given.plot:
            plot(rows, given.plot)


def lost(given: argparse.Namespace) -> None:
    """Solve one campaign apart and jointly; print what the regions cost."""
    posed = problem(2400, 490, given.seed, city_share=given.city_share)
    print("| how | objective | bound | gap to the better bound % | seconds |\n|--|--:|--:|--:|--:|")
    whole = dispatch.plan(posed, time_limit=given.joint, seed=given.seed)
    found = dispatch.plan_apart(posed, regions(posed, given.region), effort=given.effort, workers=given.workers,
                                seed=given.seed)  # fmt: skip
    best = max(whole.bound, found.bound)
    for how, one in (("jointly", whole), ("apart", found)):
        print(f"| {how} | {one.cost:,.1f} | {one.bound:,.1f} | {100 * (1 - best / one.cost):.2f} | {one.seconds:.1f} |")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--officials", type=int, nargs="+", default=[1000, 3000, 10_000, 30_000, 100_000])
    parser.add_argument("--region", type=int, default=500)
    parser.add_argument("--effort", type=float, default=0.15)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--city-share", type=float, default=0.0)
    parser.add_argument("--joint", type=float, help="seconds for solving 2,400 officials and 490 teams jointly")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    lost(given) if given.joint else grow(given)


if __name__ == "__main__":
    main()
