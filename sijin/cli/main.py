"""The `sijin` command: its verbs in the order in which they are needed; each is a thin skin over domain functions.

A new verb is one module with one function of its name, and one line here.
"""

import typer

from sijin.cli.administrator import administrator
from sijin.cli.audit import audit
from sijin.cli.demo import demo
from sijin.cli.dispatch import dispatch
from sijin.cli.match import match
from sijin.cli.relief import relief
from sijin.cli.semantic import semantic
from sijin.cli.serve import serve
from sijin.cli.tick import tick
from sijin.cli.tokens import token
from sijin.cli.triage import triage

START, LOOP, KEEP = "Begin", "Along the loop 派 访 账 配 办 户 汇", "Keep it sound"
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="四进 Sijin — send people to the front line, find problems, solve them, show that they are solved.",
    epilog="First steps: [bold]sijin demo[/bold], then [bold]sijin serve[/bold]. Every verb takes --help.",
)
app.command(rich_help_panel=START)(demo)
app.command(rich_help_panel=START)(administrator)
app.command(rich_help_panel=START)(serve)
app.command(rich_help_panel=KEEP)(tick)
app.command(rich_help_panel=LOOP)(dispatch)
app.add_typer(triage, name="triage", rich_help_panel=LOOP)
app.add_typer(match, name="match", rich_help_panel=LOOP)
app.command(rich_help_panel=LOOP)(relief)
app.add_typer(semantic, name="semantic", rich_help_panel=KEEP)
app.command(rich_help_panel=KEEP)(audit)
app.command(rich_help_panel=KEEP)(token)


def run() -> None:
    """Start the command."""
    app()


if __name__ == "__main__":
    run()
