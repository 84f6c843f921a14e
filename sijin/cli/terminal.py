"""What every verb does before and around its work: the store brought up to date, words to the terminal."""

from typing import NoReturn

import typer
from django.core.management import call_command
from rich.console import Console

console = Console()
errors = Console(stderr=True)


def prepare() -> None:
    """Bring the store to the present schema."""
    call_command("migrate", verbosity=0, interactive=False)


def give_up(words: str, code: int = 2) -> NoReturn:
    """Say on the error stream why nothing was done and leave with `code` (2: it was asked wrongly or too early)."""
    errors.print(words)
    raise typer.Exit(code)
