"""feedbackloop: what happens after a complaint is resolved. `create_app` puts the parts together; nobody imports it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

from flask import Flask, g
from werkzeug.middleware.proxy_fix import ProxyFix

from feedbackloop import config
from feedbackloop.core import api, api_docs, db, errors, events, history, keys, logs, pages, paths, queue, web
from feedbackloop.core.kept import marks
from feedbackloop.extensions import babel, bootstrap, csrf, limiter, mail, migrate
from feedbackloop.extensions import db as database

# The stations, in the order of the loop. A station may call those before it, never those after it.
STATIONS: tuple[str, ...] = (
    "staff",
    "people",
    "mailing",
    "complaints",
    "checkins",
    "recovery",
    "reviews",
    "ambassadors",
    "listening",
    "improvements",
    "overview",
)


# Tables that belong to no station; importing them is what makes them known.
CORE_TABLES = (history.History, keys.StoredValue)


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """The application, from the environment (or the mapping given). Raises config.ConfigurationError."""
    settings = config.load(environ)
    app = Flask(__name__, template_folder=str(paths.folder("templates")), static_folder="static")
    app.extensions["feedbackloop.settings"] = settings
    app.extensions["feedbackloop.hosts"] = web.trusted_hosts(settings)
    app.config.update(_flask_config(settings))
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    logs.register(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0
        )
    web.make_room(app)
    _bind_extensions(app)
    errors.register(app)
    web.register(app)
    marks.register()
    pages.register(app)
    api.register(app)
    api_docs.register(app)
    _register_stations(app)
    _register_up(app, settings)
    _follow_the_loop()
    return app


def _flask_config(settings: config.Settings) -> dict[str, object]:
    keys = settings.secret_keys
    return {
        "SECRET_KEY": keys[0],
        "SECRET_KEY_FALLBACKS": list(keys[1:]),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": db.engine_options(settings),
        "SESSION_COOKIE_NAME": "feedbackloop_form",
        "SESSION_COOKIE_PATH": "/staff",  # customers have no cookie of ours
        "SESSION_COOKIE_SECURE": settings.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": api.MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": web.PUBLIC_BODY_LIMIT,
        "MAX_FORM_PARTS": 100,
        "BABEL_DEFAULT_LOCALE": settings.default_locale,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "MAIL_SERVER": settings.mail_server,
        "MAIL_PORT": settings.mail_port,
        "MAIL_USE_TLS": settings.mail_use_tls,
        "MAIL_USE_SSL": settings.mail_use_ssl,
        "MAIL_USERNAME": settings.mail_username,
        "MAIL_PASSWORD": settings.mail_password,
        "MAIL_DEFAULT_SENDER": (settings.sender.name, settings.sender.address),
        "RATELIMIT_ENABLED": settings.rate_limits,
        "RATELIMIT_STORAGE_URI": _limit_storage(settings.redis_url),
        "RATELIMIT_STORAGE_OPTIONS": _limit_options() if settings.redis_url else {},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_HEADERS_ENABLED": True,
    }


def _limit_storage(redis_url: str | None) -> str:
    if redis_url is None:
        return "memory://"
    return redis_url.replace("unix://", "redis+unix://", 1)


def _limit_options() -> dict[str, object]:
    return {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": queue.one_retry()}


def _bind_extensions(app: Flask) -> None:
    database.init_app(app)
    db.register(app)
    migrate.init_app(app, database, directory=str(paths.folder("migrations")), render_as_batch=True)
    csrf.init_app(app)
    babel.init_app(
        app,
        locale_selector=web.select_locale,
        timezone_selector=lambda: str(config.settings().timezone),
        default_translation_directories=str(paths.PACKAGE / "translations"),
    )
    bootstrap.init_app(app)
    mail.init_app(app)
    limiter.init_app(app)


def _register_stations(app: Flask) -> None:
    """Registers what each station has: `public` and `staff` pages, `blp` (its JSON), `cli` (its commands)."""
    app.before_request(lambda: g.pop("locale", None) and None)
    for station in STATIONS:
        for part in ("models", "views", "health", "api", "commands"):
            name = f"feedbackloop.{station}.{part}"
            if find_spec(name) is None:
                continue
            module = import_module(name)
            for attribute in ("public", "staff"):
                if part in ("views", "health") and hasattr(module, attribute):
                    app.register_blueprint(getattr(module, attribute))
            if part == "api":
                csrf.exempt(module.blp)
                api.api.register_blueprint(module.blp)
            if hasattr(module, "register"):
                module.register(app)
            if part == "commands":
                for command in module.COMMANDS:
                    app.cli.add_command(command)


def _register_up(app: Flask, settings: config.Settings) -> None:
    """`up` and the sample data; and the local mailbox, which does not exist where a real mail server is set."""
    from feedbackloop.sample.commands import COMMANDS as SAMPLE
    from feedbackloop.up import views
    from feedbackloop.up.commands import COMMANDS as UP

    for command in (*SAMPLE, *UP):
        app.cli.add_command(command)
    if settings.local_mail:
        views.register(app)


def _follow_the_loop() -> None:
    from feedbackloop import loop
    from feedbackloop.complaints import description
    from feedbackloop.mailing import kinds
    from feedbackloop.people import privacy

    events.follow(loop.FOLLOWS)
    kinds.know(loop.MAILS)
    description.know(loop.COMPLAINT_PARTS, loop.CASE_PARTS)
    privacy.know(loop.PERSON_TRAILS)
