"""The doorbell: told after the commit that messages wait in an OUTBOX."""

from django.dispatch import Signal

message_queued = Signal()
