"""`sijin token`: a personal key to the API, for scripts."""

from typing import Annotated

import typer

from sijin.cli.terminal import errors, give_up, prepare
from sijin.people import tokens
from sijin.people.models import Account
from sijin.people.refusals import Refused


def token(
    username: Annotated[str, typer.Argument(help="The account as which the key acts.")],
    name: Annotated[str, typer.Option(help="What the key is for.")] = "sijin token",
    days: Annotated[int, typer.Option(help="Days until it expires.")] = 90,
) -> None:
    """Make a key to the API that acts as an account; it is printed this once.

    Example: curl -H "Authorization: Bearer $(sijin token office)" http://127.0.0.1:8000/api/me
    """
    prepare()
    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        give_up(f"There is no active account [bold]{username}[/bold].")
    try:
        made, text = tokens.issue(account, account, name, days)
    except Refused as refusal:
        give_up(refusal.message)
    print(text)
    errors.print(f"It acts as {username} until {made.expires:%Y-%m-%d}; revoke it at DELETE /api/me/tokens/{made.pk}.")
