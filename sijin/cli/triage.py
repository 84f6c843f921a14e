"""`sijin triage`: what a text is about, and how well that is told on a labelled file. It needs no store."""

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from sijin.cli.semantic import Chosen, Mode, chosen, computed
from sijin.cli.terminal import console, errors, give_up
from sijin.engines.embedding import Kept
from sijin.engines.triage import Route, route
from sijin.ledger.examples import TRIAGE, of_triage, shipped

SHOWN = 20  # faults and confusions that are printed
ENCODINGS = ("utf-8-sig", "gb18030")  # the second is what a Chinese Excel writes
triage = typer.Typer(no_args_is_help=True, help="What a need is about: three choices, or an abstention.")


@dataclass(frozen=True)
class Labelled:
    """A text with the category that a person gave it, and its row in the file."""

    row: int
    text: str
    category: str


@triage.command("route")
def route_texts(
    texts: Annotated[list[str], typer.Argument(help="One or more texts, each in quotes.")],
    mode: Chosen = Mode.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print three categories with scores and reasons for each text.

    Example: sijin triage route "防护服产能不足，外贸订单排到八月"
    """
    routes = _routes(texts, chosen(mode))
    if as_json:
        print(json.dumps([_told(one) for one in routes], ensure_ascii=False, indent=1))
        return
    for one in routes:
        table = Table("category", "score", "because", title=one.text[:200] or "—", title_justify="left")
        for choice in one.choices:
            table.add_row(choice.category, f"{choice.score:.3f}", "、".join(choice.because) or "—")
        console.print(table)
        if not one.choices:
            console.print("Nothing in this text is known: a person chooses.")
        elif one.abstains:
            console.print(f"The first is ahead by {one.margin:.3f} only: a person chooses.")


@triage.command("eval")
def evaluate(
    file: Annotated[Path, typer.Argument(help="A labelled file (csv) with the columns text and category.")],
    mode: Chosen = Mode.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print top-1, top-3 and coverage on a labelled file.

    Rows that cannot be taken are named and left out; it then leaves with 1, and with 2 when no row is left.

    Example: sijin triage eval labelled.csv
    """
    labelled, faults = read(content(file))
    for fault in faults[:SHOWN]:
        errors.print(fault, markup=False)
    if len(faults) > SHOWN:
        errors.print(f"… and {len(faults) - SHOWN} more rows")
    if not labelled:
        give_up("No row can be measured.")
    embedding = chosen(mode)
    found = measured(labelled, _routes([one.text for one in labelled], embedding))
    found["mode"] = (Mode.SEMANTIC if embedding else Mode.CHARACTERS).value
    if as_json:
        print(json.dumps(found | {"left_out": len(faults)}, ensure_ascii=False, indent=1))
    else:
        _show(found)
    if faults:
        raise typer.Exit(1)


def _routes(texts: list[str], embedding: Kept | None) -> list[Route]:
    """Judge texts by the shipped examples, whose vectors are computed first where that is still to be done."""
    if embedding:
        computed(embedding, [one.text for one in of_triage()])
    return route(texts, shipped(embedding))


def content(file: Path) -> str:
    """Return the file's text, in UTF-8 or as a Chinese Excel writes it."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        give_up(f"The file cannot be read: {error}")
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    give_up("The file is no text in UTF-8 or GB 18030.")


def read(content: str) -> tuple[list[Labelled], list[str]]:
    """Return the rows that can be measured, and in words what is wrong with the others."""
    if not content.strip():
        give_up("The file is empty; expected the columns text,category.")
    lines = csv.reader(io.StringIO(content, newline=""))
    labelled, faults = [], []
    try:
        head = [name.strip().lower() for name in next(lines)]
        if missing := [name for name in ("text", "category") if name not in head]:
            given = ", ".join(head) or "nothing"
            give_up(f"Row 1: the column {' and '.join(missing)} is missing; there is {given}.")
        text_at, category_at = head.index("text"), head.index("category")
        for cells in lines:
            row = lines.line_num
            if not any(cell.strip() for cell in cells):
                continue
            text = cells[text_at].strip() if text_at < len(cells) else ""
            category = cells[category_at].strip() if category_at < len(cells) else ""
            if not text:
                faults.append(f"row {row}, text: empty — expected what the need is about")
            elif category not in TRIAGE:
                faults.append(f"row {row}, category: {category or 'empty'} — expected one of {', '.join(TRIAGE)}")
            else:
                labelled.append(Labelled(row, text, category))
    except csv.Error as error:
        faults.append(f"row {lines.line_num}: not a row of a csv file ({error})")
    return labelled, faults


def measured(labelled: list[Labelled], routes: list[Route]) -> dict[str, Any]:
    """Return n, top-1, top-3, coverage, top-1 among the routed, the same by category, and the confusions."""
    pairs = list(zip([one.category for one in labelled], routes, strict=True))
    confusions = Counter((category, one.first or "—") for category, one in pairs if one.first != category)
    by_category = {
        name: _shares([pair for pair in pairs if pair[0] == name])
        for name in TRIAGE
        if any(category == name for category, _one in pairs)
    }
    return _shares(pairs) | {
        "categories": by_category,
        "confusions": [
            {"category": category, "routed": first, "times": times}
            for (category, first), times in sorted(confusions.items(), key=lambda one: (-one[1], one[0]))[:SHOWN]
        ],
    }


def _shares(pairs: list[tuple[str, Route]]) -> dict[str, Any]:
    """Return the four figures of some labelled routes; first choices count whether or not the model abstained."""
    right = [one.first == category for category, one in pairs]
    among = [category in {choice.category for choice in one.choices} for category, one in pairs]
    routed = [hit for hit, (_category, one) in zip(right, pairs, strict=True) if not one.abstains]
    return {
        "n": len(pairs),
        "top1": sum(right) / len(pairs),
        "top3": sum(among) / len(pairs),
        "coverage": len(routed) / len(pairs),
        "top1_of_routed": sum(routed) / len(routed) if routed else None,
    }


def _show(found: dict[str, Any]) -> None:
    console.print(f"mode      {found['mode']}")
    console.print(f"n         {found['n']:,}")
    console.print(f"top-1     {found['top1']:.3f}")
    console.print(f"top-3     {found['top3']:.3f}")
    routed = "—" if found["top1_of_routed"] is None else f"{found['top1_of_routed']:.3f}"
    console.print(f"coverage  {found['coverage']:.3f}  (not abstained; top-1 among these {routed})")
    table = Table("category", "n", "top-1", "top-3", "coverage")
    for name, one in found["categories"].items():
        figures = (f"{one[key]:.3f}" for key in ("top1", "top3", "coverage"))
        table.add_row(name, f"{one['n']:,}", *figures)
    console.print(table)
    if found["confusions"]:
        table = Table("is", "was taken for", "times")
        for one in found["confusions"]:
            table.add_row(one["category"], one["routed"], str(one["times"]))
        console.print(table)


def _told(one: Route) -> dict[str, Any]:
    choices = [
        {"category": choice.category, "score": round(choice.score, 6), "because": list(choice.because)}
        for choice in one.choices
    ]
    return {"text": one.text, "choices": choices, "margin": round(one.margin, 6), "abstains": one.abstains}
