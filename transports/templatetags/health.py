"""What the admin's templates ask about the state of the service."""

from django import template

from transports.health import home, traffic
from transports.health.state import State, state

register = template.Library()


@register.simple_tag
def health_state() -> State:
    return state()


@register.simple_tag
def health_traffic() -> traffic.Chart:
    return traffic.chart()


@register.simple_tag
def health_failures() -> list[home.Failure]:
    return home.failures()


@register.simple_tag
def health_logins() -> list[home.Login]:
    return home.logins()


@register.simple_tag
def first_steps() -> list[home.FirstStep]:
    return home.first_steps()


@register.simple_tag
def nobody_audits() -> bool:
    return home.nobody_audits()
