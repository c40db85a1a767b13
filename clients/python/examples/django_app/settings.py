"""Settings: EVENT_SCHEDULER_URL, EVENT_SCHEDULER_KEY, EVENT_SCHEDULER_SECRET (of the webhook), DATABASE, SECRET_KEY."""

import os

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["visits"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

EVENT_SCHEDULER_URL = os.environ["EVENT_SCHEDULER_URL"]
EVENT_SCHEDULER_KEY = os.environ["EVENT_SCHEDULER_KEY"]
EVENT_SCHEDULER_SECRET = os.environ["EVENT_SCHEDULER_SECRET"]
