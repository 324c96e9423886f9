"""For any WSGI server: `gunicorn wsgi:app`."""

from feedbackloop import create_app
from feedbackloop.core.kept.serving import Front

app = Front(create_app())
