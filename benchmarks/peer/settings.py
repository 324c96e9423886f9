"""The Django project of the peer. Its database and mail server come from the environment."""

import json
import os

_GIVEN = json.loads(os.environ["PEER_SETTINGS"])

SECRET_KEY = "a key for measuring only, of no worth elsewhere"  # noqa: S105
INSTALLED_APPS = ["django.contrib.contenttypes", "post_office"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", **_GIVEN["database"]}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
EMAIL_BACKEND = "post_office.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = _GIVEN["port"]
POST_OFFICE = {
    "BATCH_SIZE": _GIVEN["batch"],
    "THREADS_PER_PROCESS": _GIVEN["threads"],
    "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
    # Its default also writes a row for each mail that went well; failures alone is faster.
    "LOG_LEVEL": 1,
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"said": {"class": "logging.StreamHandler"}},
    "loggers": {"post_office": {"handlers": ["said"], "level": "WARNING"}},
}
