import django_q.admin  # noqa: F401  registers what is hidden below
from django.contrib import admin

from transports.admin import account, approval, heartbeat, webhook

__all__ = ["account", "approval", "heartbeat", "webhook"]

# The queue's own rows are pickles of arguments, and of no use to an operator: what waits is
# in the deliveries.
for model in [model for model in admin.site._registry if model._meta.app_label == "django_q"]:
    admin.site.unregister(model)
