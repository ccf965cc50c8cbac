"""The views of the API, a module for each noun; BoxView is what other apps build theirs on."""

from boxes.api.views.base import ApiView, BoxView

__all__ = ["ApiView", "BoxView"]
