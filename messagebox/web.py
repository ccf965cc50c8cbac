"""How gunicorn serves the web side: ``gunicorn -c python:messagebox.web messagebox.wsgi``."""

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "messagebox.settings")
os.umask(0o077)  # what the service writes is for its own account only
django.setup()

from django.conf import settings  # noqa: E402  (the application has to be set up first)
from django.db import connections  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from transports.registry import transports  # noqa: E402

bind = [f"{settings.BIND}:{settings.PORT}"]
worker_class = "messagebox.connections.Worker"  # gthread, with limits of time
workers = settings.WEB_CONCURRENCY
threads = settings.WEB_THREADS
reuse_port = True  # else one worker may get nearly all kept-alive connections
max_requests = 5000
max_requests_jitter = 500
preload_app = True
control_socket_disable = True
timeout = 60
keepalive = 5
limit_request_line = 8190  # property filters and tokens make long addresses
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
loglevel = "warning"
accesslog = None  # addresses hold patient numbers and tokens


def when_ready(server) -> None:
    """Load every view and road once, before the workers are forked and share that memory.

    A worker that loaded a road at its first message would take it from the disk as it is then,
    and that may be a newer release. No connection to the database may cross a fork.
    """
    get_resolver().url_patterns  # noqa: B018
    transports()
    connections.close_all()
    gc.collect()
    gc.freeze()
