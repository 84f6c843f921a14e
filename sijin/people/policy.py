"""The one permission policy: which rows an account sees and which verbs it may use on them.

`access.yaml` is the source. `visible(account, Model)` gives a queryset, `may(account, verb, obj)` a truth; lists,
details, counts, exports, dashboards, the API, bulk actions and jobs all ask here and nowhere else.
"""

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from sijin.people.models import Account
from sijin.people.refusals import NotAllowed

ACCESS = Path(__file__).with_name("access.yaml")
Condition = dict[str, Any]
M = TypeVar("M", bound=models.Model)


@cache
def access() -> dict[str, Any]:
    """Return the access table: {"scopes": {model: {scope: [conditions]}}, "roles": {role: {model: {verb: scope}}}}."""
    with ACCESS.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def scope_of(account: Account, verb: str, label: str) -> list[str]:
    """Return the names of the scopes in which `account` may do `verb` on rows of the model `label` (may be empty)."""
    if not account.is_authenticated or not account.is_active:
        return []
    given = access()["roles"].get(account.role, {}).get(label, {}).get(verb, [])
    return [given] if isinstance(given, str) else list(given)


def granted(account: Account) -> dict[str, dict[str, list[str]]]:
    """Return what the account's role may do: {model: {verb: [scopes]}}."""
    role = access()["roles"].get(account.role, {})
    return {label: {verb: scope_of(account, verb, label) for verb in verbs} for label, verbs in role.items()}


def _value(account: Account, raw: Any) -> Any:
    """Resolve `$field` to the account's own and `@app.Model:scope` to the rows of another model in that scope."""
    if isinstance(raw, str) and raw.startswith("$"):
        value = account.pk if raw == "$account" else getattr(account, f"{raw[1:]}_id")
        return -1 if value is None else value  # no row has key -1: an account without a unit sees no unit's rows
    if isinstance(raw, str) and raw.startswith("@"):
        label, scope = raw[1:].split(":")
        model = apps.get_model(label)
        several = len(access()["scopes"].get(label, {}).get(scope, [])) > 1
        # Asked whether a key is among them, so that a row that comes twice does no harm; several joins in one would.
        rows = model._default_manager.filter(_condition(account, label, scope, once=several))
        return rows.order_by().values("pk")
    return raw


def _condition(account: Account, label: str, scope: str, once: bool = True) -> Q:
    """Return the condition of a scope; with `once` it gives each row once, however many rows it joins."""
    if scope == "all":
        return Q()
    model = apps.get_model(label)
    alternatives: list[Condition] = access()["scopes"][label][scope]
    found = Q(pk__in=[])
    for alternative in alternatives:
        condition = Q(**{path: _value(account, raw) for path, raw in alternative.items()})
        if once and any(_joins_many(model, path) for path in alternative):
            # Asking by key keeps each row once, whatever the caller orders or counts.
            condition = Q(pk__in=model._default_manager.filter(condition).order_by().values("pk"))
        found |= condition
    return found


@cache
def _joins_many(model: type[models.Model], path: str) -> bool:
    """Say whether the first step of `path` may lead from one row to many."""
    name = path.split("__")[0]
    if name == "pk":
        return False
    field = model._meta.get_field(name)
    return bool(field.one_to_many or field.many_to_many)


def condition(account: Account, verb: str, model: type[models.Model], once: bool = True) -> Q | None:
    """Return the condition on rows of `model` under which `account` may do `verb`; None when it may on no row.

    Without `once` a row may come several times: enough for asking whether there is any.
    """
    label = model._meta.label
    scopes = scope_of(account, verb, label)
    if not scopes:
        return None
    if "all" in scopes:
        return Q()
    found = Q(pk__in=[])
    for scope in scopes:
        found |= _condition(account, label, scope, once)
    return found


def within(account: Account, verb: str, rows: QuerySet[M]) -> QuerySet[M]:
    """Narrow `rows` to those on which `account` may do `verb`."""
    allowed = condition(account, verb, rows.model)
    return rows.none() if allowed is None else rows.filter(allowed)


def visible(account: Account, model: type[M]) -> QuerySet[M]:
    """Return the rows of `model` that `account` may see."""
    return within(account, "view", model._default_manager.all())


def may(account: Account, verb: str, obj: models.Model | type[models.Model]) -> bool:
    """Say whether `account` may do `verb` on `obj` (a row), or on some row of it (a model class)."""
    label = obj._meta.label
    scopes = scope_of(account, verb, label)
    if not scopes or isinstance(obj, type) or "all" in scopes:
        return bool(scopes)
    answers = [_answered_by_row(account, obj, scope) for scope in scopes]
    if True in answers or None not in answers:
        return True in answers
    allowed = condition(account, verb, type(obj), once=False)
    return allowed is not None and type(obj)._default_manager.filter(allowed, pk=obj.pk).exists()


def _answered_by_row(account: Account, obj: models.Model, scope: str) -> bool | None:
    """Decide a scope from the row's own columns, which spares a query; None when other tables must be asked."""
    undecided = False
    for alternative in access()["scopes"][obj._meta.label][scope]:
        if all(isinstance(raw, str) and raw.startswith("$") and "__" not in path for path, raw in alternative.items()):
            fields = {path: obj.pk if path == "pk" else getattr(obj, f"{path}_id") for path in alternative}
            if all(fields[path] == _value(account, raw) for path, raw in alternative.items()):
                return True
        else:
            undecided = True
    return None if undecided else False


def require(account: Account, verb: str, obj: models.Model | type[models.Model]) -> None:
    """Raise NotAllowed unless `may(account, verb, obj)`."""
    if not may(account, verb, obj):
        raise NotAllowed(_("Your role does not give you this."), verb=verb, model=obj._meta.label)
