"""`sijin administrator`: the first account of a fresh installation."""

from typing import Annotated

import typer
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from sijin.cli.terminal import give_up, prepare
from sijin.people.models import Account, Role


def administrator(username: Annotated[str, typer.Argument(help="The name to sign in with.")]) -> None:
    """Make an administrator, who gives all other accounts; the password is asked for.

    Example: sijin administrator zhang.wei
    """
    prepare()
    if Account.objects.filter(username=username).exists():
        give_up(f"There is already an account [bold]{username}[/bold]; choose another name.")
    account = Account(username=username, role=Role.ADMINISTRATOR)
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        validate_password(password, account)
    except ValidationError as error:
        give_up("\n".join(error.messages), 1)
    account.set_password(password)
    account.save()
