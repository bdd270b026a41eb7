"""The WSGI application, for gunicorn and every other server."""

import os

from registry.app import create_app
from registry.config import Settings

app = create_app(Settings.from_env(os.environ))
