"""What is composed in Python of a report: see ``viewer.renderers.report_html``."""

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from viewer.clinical import Moment, Party, Result, Row
from viewer.renderers import report_html, result_html
from viewer.renderers.clinical import Part

register = template.Library()


@register.simple_tag
def laid_part(part: Part, unfolded: bool) -> SafeString:
    return SafeString(report_html.part(part, unfolded))


@register.simple_tag
def moments_listed(moments: Iterable[Moment]) -> SafeString:
    return SafeString("".join(map(report_html.moment, moments)))


@register.simple_tag
def numbers_listed(rows: Iterable[Row]) -> SafeString:
    return SafeString("".join(map(report_html.number, rows)))


@register.simple_tag
def rows_listed(rows: Iterable[Row]) -> SafeString:
    return SafeString(report_html.rows(rows))


@register.simple_tag
def parties_listed(parties: Iterable[Party]) -> SafeString:
    return SafeString("".join(map(report_html.party, parties)))


@register.simple_tag
def finding(result: Result) -> SafeString:
    return SafeString(result_html.finding(result))
