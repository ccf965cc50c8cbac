"""Hostile HTML made harmless, and an account of what that cost (layer 1 of the viewer's three)."""

from viewer.cleaning.clean import Cleaned, clean
from viewer.cleaning.limits import check_markup
from viewer.cleaning.text import visible_text

__all__ = ["Cleaned", "check_markup", "clean", "visible_text"]
