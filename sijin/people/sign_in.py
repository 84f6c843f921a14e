"""Sign-in rules: an administrator gives accounts; nobody signs up, neither by password nor from elsewhere."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from sijin.people.models import Account
from sijin.people.policy import may
from sijin.people.refusals import NotAllowed


class LongEnough(MinimumLengthValidator):
    """Django's own check of the length, in words that every language here has."""

    def get_error_message(self) -> str:
        """Return what is wrong."""
        return _("The password is too short: at least %(n)d characters.") % {"n": self.min_length}

    def get_help_text(self) -> str:
        """Return what is asked."""
        return _("At least %(n)d characters.") % {"n": self.min_length}


class ClosedSignUp(DefaultAccountAdapter):
    """Refuses self-registration; a password that its owner has chosen is no longer a given one."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: Account, password: str) -> None:
        """Set what the owner chose."""
        user.password_given = False
        super().set_password(user, password)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where a sign-in leads: to the accounts for an administrator, to the overview for all others."""
        return reverse("people:accounts") if may(request.user, "create", Account) else "/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return where a changed password leads: to work."""
        return self.get_login_redirect_url(request)


class Organisation(DefaultSocialAccountAdapter):
    """Lets the organisation's OpenID Connect name an account that is already here, and no other.

    The first time, its `preferred_username` is matched with the sign-in name; from then on the link by `sub` counts.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect the login with the account of the same name; NotAllowed when there is none or it is closed."""
        if sociallogin.is_existing:
            return
        name = sociallogin.user.username
        account = Account.objects.filter(username=name, is_active=True).first() if name else None
        if account is None:
            raise NotAllowed(
                _("The organisation knows you as “%(name)s”, but no open account here has that name.") % {"name": name}
            )
        sociallogin.connect(request, account)
