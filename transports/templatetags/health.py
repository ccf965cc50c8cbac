"""What the admin's templates ask about the state of the service."""

from collections.abc import Iterable

from django import template

from transports.health.state import State, facts, state

register = template.Library()


@register.simple_tag
def health_state() -> State:
    return state()


@register.simple_tag
def health_facts() -> Iterable[tuple[str, str, str]]:
    return tuple(facts())
