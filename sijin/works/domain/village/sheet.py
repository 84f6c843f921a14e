"""The measure sheet of a village work, for page and paper: what was measured, stage by stage, with its sums."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sijin.places.domain import path_of
from sijin.works.domain.village import answers, papers, reads
from sijin.works.domain.village.papers import Paper
from sijin.works.domain.village.playbooks import Field, Stage, Sum, book
from sijin.works.domain.village.sums import Worked
from sijin.works.models import VillageWork, WorkStage


@dataclass(frozen=True)
class Row:
    """An answer: the field, what it was answered, as a number where it is one."""

    field: Field
    words: str
    number: Decimal | None


@dataclass(frozen=True)
class Part:
    """A stage: its row in the store, the answers of its form, its sums with the data that they come from."""

    stage: Stage
    row: WorkStage
    rows: tuple[Row, ...]
    sums: tuple[tuple[Sum, Worked], ...]

    @property
    def empty(self) -> bool:
        """Say whether nothing was answered."""
        return all(row.words == "—" for row in self.rows)


@dataclass(frozen=True)
class Sheet:
    """The sheet: the work, where it lies (with the code of the division), its parts and files."""

    work: VillageWork
    place: str
    code: str
    parts: tuple[Part, ...]
    papers: tuple[Paper, ...]

    @property
    def measured(self) -> Iterator[Part]:
        """The parts that have a form."""
        return (part for part in self.parts if part.rows)


def of(work: VillageWork) -> Sheet:
    """Return the sheet of a work."""
    told = book(work.playbook)
    by_code = {row.code: row for row in work.stages.all()}
    made = answers.all_worked(told, reads.answered(work)) if told else {}
    parts = [
        Part(stage, by_code[stage.code], tuple(_row(field, by_code[stage.code].answers) for field in stage.fields),
             tuple((one, made[one.code]) for one in stage.sums))
        for stage in (told.stages if told else ())
        if stage.code in by_code
    ]  # fmt: skip
    found = tuple(paper for paper in papers.papers(work) if paper.versions)
    return Sheet(work, path_of(work.region), work.region.code, tuple(parts), found)


def _row(field: Field, given: dict[str, Any]) -> Row:
    value = given.get(field.name)
    number = Decimal(str(value)) if field.type in ("int", "decimal") and value is not None else None
    return Row(field, answers.told(field, given), number)
