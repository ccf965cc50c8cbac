"""The words of the log, for templates."""

from django import template

from boxes import log_details, log_words

register = template.Library()
for word in (
    log_words.action_words,
    log_details.detail_words,
    log_words.for_whom,
    log_words.outcome_words,
    log_words.who,
):
    register.filter(word.__name__, word)
