"""`sijin match`: what can meet a need, and how well that is found on a labelled file. It needs no store."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from sijin.cli.semantic import Chosen, Mode, chosen, computed
from sijin.cli.terminal import console, errors, give_up
from sijin.cli.triage import SHOWN, content
from sijin.engines.complements import Finder, Hit, Need, Offer
from sijin.exchange import market

SEPARATORS = re.compile(r"[,，;；、|]")
AMONG = 3  # how many answers are looked at
NAMES = {  # columns by the names that they may have
    "text": ("text", "need", "需求", "内容"),
    "offers": ("offers", "offer", "right", "offer_ids", "ids", "资源", "资源编号"),
    "id": ("id", "code", "key", "编号", "资源编号"),
    "item": ("text", "item", "offer", "资源", "内容", "名目"),
    "kind": ("kind", "类别"),
    "more": ("more", "tags", "provider", "标签", "提供方"),
}
match = typer.Typer(no_args_is_help=True, help="What can meet a need: ranked offers with reasons.")


@dataclass(frozen=True)
class Labelled:
    """A need with the ids of the offers that a person holds for right, and its row in the file."""

    row: int
    text: str
    kinds: tuple[str, ...]
    right: frozenset[str]


@match.command("eval")
def evaluate(
    file: Annotated[Path, typer.Argument(help="Needs (csv): text, offers (ids of the right ones), perhaps kind.")],
    offers: Annotated[
        Path | None, typer.Option(help="Offers (csv): id, text, perhaps kind and more. Else offers.csv beside FILE.")
    ] = None,
    mode: Chosen = Mode.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    misses: Annotated[bool, typer.Option("--misses", help="List the needs whose first answer is wrong.")] = False,
) -> None:
    """Print hit@1, hit@3, coverage on a labelled file: is a right offer first, among three, is anything found?

    Several ids stand in one cell with blanks, commas or semicolons between them. A kind narrows the search as it does
    in the product. Rows that cannot be taken are named and left out; it then leaves with 1, with 2 when none is left.

    Example: sijin match eval needs.csv --offers offers.csv
    """
    source = offers or file.with_name("offers.csv")
    if not source.exists():
        give_up(f"Where are the offers? Expected --offers FILE, or {source.name} beside the needs.")
    found, faults = read_offers(content(source))
    faults = [f"{source.name}, {fault}" for fault in faults]
    if not found:
        _tell(faults)
        give_up("No offer can be used.")
    needs, wrong = read_needs(content(file), {str(offer.key) for offer in found})
    faults += [f"{file.name}, {fault}" for fault in wrong]
    _tell(faults)
    if not needs:
        give_up("No need can be measured.")
    finder = _finder(found, mode)
    hits = [finder.ask(Need(one.text, one.kinds), AMONG) for one in needs]
    read_by = (Mode.SEMANTIC if finder.embedding else Mode.CHARACTERS).value
    measured = shares(needs, hits) | {"offers": len(found), "left_out": len(faults), "mode": read_by}
    if as_json:
        print(json.dumps(measured, ensure_ascii=False, indent=1))
    else:
        _show(measured, needs, hits, found, misses)
    if faults:
        raise typer.Exit(1)


@match.command("find")
def find(
    text: Annotated[str, typer.Argument(help="What is needed, in quotes.")],
    offers: Annotated[Path, typer.Option(help="Offers (csv): id, text, perhaps kind and more.")],
    limit: Annotated[int, typer.Option(min=1, max=100)] = 5,
    mode: Chosen = Mode.AUTO,
) -> None:
    """Print the offers of a file that can meet one need.

    Example: sijin match find "防护服产能不足" --offers offers.csv
    """
    found, faults = read_offers(content(offers))
    _tell(faults)
    finder = _finder(found, mode)
    texts = {offer.key: " ".join(offer.names) for offer in found}
    table = Table("offer", "score", "text", "because")
    for hit in finder.ask(Need(text), limit):
        table.add_row(str(hit.key), f"{hit.score:.3f}", texts[hit.key], _because(finder, hit))
    console.print(table)


def _finder(found: list[Offer], mode: Mode) -> Finder:
    """Return a finder over these offers, whose vectors are computed first where that is still to be done."""
    if embedding := chosen(mode):
        computed(embedding, [" ".join(offer.names) for offer in found])
    finder = market.reading(embedding)
    finder.add(found)
    return finder


def _because(finder: Finder, hit: Hit) -> str:
    words = [value for reason in hit.fits if reason.code in ("named", "words") for value in _words(reason.value)]
    near = [f"{a}≈{b}" for reason in hit.fits if reason.code == "near" for a, b in _pairs(reason.value)]
    return "、".join([*words, *near]) or "—"


def _words(value: object) -> Iterator[str]:
    yield from value if isinstance(value, tuple) else ()


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    yield from value if isinstance(value, tuple) else ()


def _columns(lines: Any, wanted: dict[str, bool], what: str) -> dict[str, int]:
    """Return where each wanted column stands; give up when one that must be there is missing."""
    head = [name.strip().lower() for name in next(lines, [])]
    at = {name: head.index(alias) for name in wanted for alias in NAMES[name][::-1] if alias in head}
    if missing := [name for name, must in wanted.items() if must and name not in at]:
        called = " and ".join("/".join(NAMES[name][:2]) for name in missing)
        give_up(f"Row 1 of the {what}: the column {called} is missing; there is {', '.join(head) or 'nothing'}.")
    return at


def _rows(text: str, wanted: dict[str, bool], what: str, faults: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a csv file with the cells of the wanted columns; empty rows are passed over."""
    lines = csv.reader(io.StringIO(text, newline=""))
    at = _columns(lines, wanted, what)
    try:
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield (
                    lines.line_num,
                    {name: cells[n].strip() if n < len(cells) else "" for name, n in at.items()},
                )
    except csv.Error as error:
        faults.append(f"row {lines.line_num}: not a row of a csv file ({error})")


def read_offers(text: str) -> tuple[list[Offer], list[str]]:
    """Return the offers of a file that can be used, and in words what is wrong with the others."""
    faults: list[str] = []
    found: dict[str, Offer] = {}
    wanted = {"id": True, "item": True, "kind": False, "more": False}
    for row, cells in _rows(text, wanted, "offers", faults):
        kind = cells.get("kind", "")
        if not cells["id"]:
            faults.append(f"row {row}, id: empty — expected a name of the offer")
        elif cells["id"] in found:
            faults.append(f"row {row}, id: {cells['id']} — expected one that no row above has")
        elif not cells["item"]:
            faults.append(f"row {row}, text: empty — expected what is offered")
        elif kind and kind not in market.rules().kinds:
            faults.append(f"row {row}, kind: {kind} — expected one of {', '.join(market.rules().order)}")
        else:
            found[cells["id"]] = Offer(cells["id"], kind, (cells["item"],), more=cells.get("more", ""))
    return list(found.values()), faults


def read_needs(text: str, known: set[str]) -> tuple[list[Labelled], list[str]]:
    """Return the needs that can be measured, and in words what is wrong with the others."""
    faults: list[str] = []
    found = []
    for row, cells in _rows(text, {"text": True, "offers": True, "kind": False}, "needs", faults):
        right = frozenset(SEPARATORS.sub(" ", cells["offers"]).split())
        kinds = tuple(cells.get("kind", "").split())
        if not cells["text"]:
            faults.append(f"row {row}, text: empty — expected what is needed")
        elif not right:
            faults.append(f"row {row}, offers: empty — expected the id of a right offer")
        elif unknown := sorted(right - known):
            faults.append(f"row {row}, offers: {' '.join(unknown)} — expected ids that stand in the offers")
        elif strange := [kind for kind in kinds if kind not in market.rules().kinds]:
            faults.append(f"row {row}, kind: {' '.join(strange)} — expected one of {', '.join(market.rules().order)}")
        else:
            found.append(Labelled(row, cells["text"], kinds, right))
    return found, faults


def shares(needs: list[Labelled], hits: list[list[Hit]]) -> dict[str, Any]:
    """Return n, hit@1, hit@3, and coverage: the share of the needs for which anything is found."""
    pairs = [(need.right, [str(hit.key) for hit in found]) for need, found in zip(needs, hits, strict=True)]
    return {
        "n": len(pairs),
        "hit@1": sum(bool(right & set(keys[:1])) for right, keys in pairs) / len(pairs),
        "hit@3": sum(bool(right & set(keys[:AMONG])) for right, keys in pairs) / len(pairs),
        "coverage": sum(bool(keys) for _right, keys in pairs) / len(pairs),
    }


def _tell(faults: list[str]) -> None:
    for fault in faults[:SHOWN]:
        errors.print(fault, markup=False)
    if len(faults) > SHOWN:
        errors.print(f"… and {len(faults) - SHOWN} more rows")


def _show(
    measured: dict[str, Any], needs: list[Labelled], hits: list[list[Hit]], offers: list[Offer], misses: bool
) -> None:
    console.print(f"mode      {measured['mode']}")
    console.print(f"n         {measured['n']:,} needs, {measured['offers']:,} offers")
    for name in ("hit@1", "hit@3", "coverage"):
        console.print(f"{name:<9} {measured[name]:.3f}")
    if not misses:
        return
    texts = {str(offer.key): " ".join(offer.names) for offer in offers}
    table = Table("need", "right", "first answer")
    for need, found in zip(needs, hits, strict=True):
        first = str(found[0].key) if found else ""
        if first not in need.right:
            right = "\n".join(f"{key} {texts[key]}" for key in sorted(need.right))
            table.add_row(need.text, right, f"{first} {texts[first]}" if first else "—")
    console.print(table)
