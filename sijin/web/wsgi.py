"""The WSGI entry point for gunicorn and other servers."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sijin.web.settings")
application = get_wsgi_application()
gc.freeze()  # what is loaded stays: looking through it for garbage would stop a request for a tenth of a second
