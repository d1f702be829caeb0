"""The WSGI application that granian serves. Imports every view at start, not during the first request."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bongsu.web.settings")
application = get_wsgi_application()
assert get_resolver().url_patterns
