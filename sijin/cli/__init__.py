"""The `sijin` command. Django is started here, so that every verb's module may import models like any other."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sijin.web.settings")
django.setup()
