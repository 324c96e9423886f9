"""For any WSGI server: `gunicorn wsgi:app`."""

from feedbackloop import create_app

app = create_app()
