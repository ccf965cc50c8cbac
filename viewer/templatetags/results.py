"""What is composed in Python of a report: see ``viewer.renderers.result_html``."""

from django import template
from django.utils.safestring import SafeString

from viewer.clinical import Result, Section
from viewer.renderers import result_html
from viewer.renderers.clinical import Group

register = template.Library()


@register.simple_tag
def results_table(group: Group, section: Section) -> SafeString:
    return SafeString(result_html.table(group.items, section.heading, section.term, group.number))


@register.simple_tag
def finding(result: Result) -> SafeString:
    return SafeString(result_html.finding(result))
