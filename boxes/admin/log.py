"""The log, for auditors: searched, looked at and exported, each of which stands in it too."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.timezone import localdate, localtime, make_aware, now
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from boxes import refusals, searches
from boxes.admin.logged import ReadOnlyAdmin, record
from boxes.admin.shown import NOTHING
from boxes.caller_address import caller_address
from boxes.log_details import detail_words
from boxes.log_export import lines_of, parcels
from boxes.log_search import LogSearch
from boxes.log_words import action_words, for_whom, outcome_words, who
from boxes.models import Box, LogEntry, User
from boxes.moment_words import dated
from boxes.summary import names_a_citizen, patient_number
from boxes.xuid import is_xuid

PAGE = 100
USUAL = timedelta(days=30)


def _plain(**more: str) -> forms.TextInput:
    """No browser keeps or completes what was asked."""
    return forms.TextInput(attrs={"autocomplete": "off", **more})


class LogForm(forms.Form):
    """What an auditor asks the log."""

    person = forms.CharField(
        label=gettext_lazy("Person or software"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("A name, user name, key, or who as the log writes it (user:3)."),
        widget=_plain(spellcheck="false"),
    )
    bsn = forms.CharField(
        label=gettext_lazy("Patient (BSN)"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Who saw or searched anything about this patient."),
        widget=_plain(inputmode="numeric"),
    )
    xuid = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=24,
        required=False,
        help_text=gettext_lazy("Its identifier (xuid)."),
        widget=_plain(spellcheck="false"),
    )
    box = forms.CharField(
        label=gettext_lazy("Box"),
        max_length=64,
        required=False,
        widget=_plain(spellcheck="false"),
    )
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=gettext_lazy("Up to and including"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def clean_person(self) -> str:
        """What is asked stands in the log: a patient's number may not."""
        term = self.cleaned_data["person"]
        named = User.objects.filter(username__iexact=term).exists()
        if names_a_citizen(term) and not named:
            raise forms.ValidationError(_("This is a BSN: enter it under “Patient (BSN)”."))
        return term

    def clean_box(self) -> str:
        name = self.cleaned_data["box"]
        if names_a_citizen(name) and not Box.objects.filter(name=name).exists():
            raise forms.ValidationError(_("This is a BSN: enter it under “Patient (BSN)”."))
        return name

    def clean_bsn(self) -> str:
        typed = self.cleaned_data["bsn"]
        number = patient_number(typed)
        if typed and not number:
            raise forms.ValidationError(_("A BSN has nine digits."))
        return number

    def clean_xuid(self) -> str:
        xuid = self.cleaned_data["xuid"]
        if xuid and not is_xuid(xuid):
            raise forms.ValidationError(_("An identifier of a message has 22 letters and digits."))
        return xuid

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        if asked.get("bsn") and asked.get("xuid"):
            raise forms.ValidationError(_("Ask for a patient or for a message, not for both."))
        if asked.get("since") and asked.get("until") and asked["until"] < asked["since"]:
            raise forms.ValidationError(_("The period ends before it begins."))
        return asked


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Open to auditors only: whoever runs the service is not also its judge."""

    part = "traffic"
    granted = ()

    fields = (
        "when",
        "who",
        "through",
        "person",
        "what",
        "how_it_ended",
        "box_name",
        "xuid",
        "listed",
        "patient",
        "address",
        "detail_told",
        "request_id",
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_auditor(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_auditor(request)

    # -- searching --

    def changelist_view(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        """A search comes by POST and is kept in the session: no address holds a patient."""
        if not is_auditor(request):
            return self.refused(request)
        if request.method == "POST":
            form = LogForm(request.POST)
            if form.is_valid():
                kept = searches.keep(request.session, written(form.cleaned_data))
                return redirect(f"{request.path}?s={kept}")
            return self.page(request, form)
        if is_xuid(request.GET.get("message", "")):
            return self.found(request, {"xuid": request.GET["message"]})
        if "s" in request.GET:
            return self.found(request, asked_before(request, request.GET["s"]))
        first = {"since": localdate() - USUAL, "until": localdate()}
        return self.page(request, LogForm(initial=first))

    def found(self, request: HttpRequest, asked: dict[str, Any] | None) -> HttpResponse:
        form = LogForm(asked, initial=asked)
        if asked is None:
            form = LogForm({})
            form.is_valid()
            form.add_error(None, _("This search is no longer known. Enter it once more."))
            return self.page(request, form)
        if not form.is_valid():
            return self.page(request, form)
        before = request.GET.get("before", "")
        beyond = int(before) if before.isdecimal() and len(before) < 19 else 0
        search = search_of(form.cleaned_data)
        entries = list(islice(search.entries(newest_first=True, beyond=beyond), PAGE + 1))
        shown, more = entries[:PAGE], len(entries) > PAGE
        record(
            request,
            "search log",
            patient=search.patient,
            detail=f"{in_words(search)}: {len(shown)} shown{', and more' if more else ''}",
        )
        kept = request.GET.get("s") or searches.keep(request.session, written(form.cleaned_data))
        older = f"?s={kept}&before={shown[-1].pk}" if more else ""
        return self.page(request, form, entries=shown, kept=kept, older=older, beyond=beyond)

    def page(self, request: HttpRequest, form: LogForm, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Log"),
            "form": form,
            "may_view_messages": request.user.has_perm("boxes.view_message"),
            **more,
        }
        return TemplateResponse(request, "admin/boxes/logentry/search.html", context)

    def refused(self, request: HttpRequest) -> HttpResponse:
        address = caller_address(request)
        refusals.record("not_auditor", caller=request.user, address=address, detail="log")
        context = {**self.admin_site.each_context(request), "title": _("Log")}
        template = "admin/boxes/logentry/refused.html"
        return TemplateResponse(request, template, context, status=403)

    # -- exporting --

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(require_POST(self.export_view))
        return [path("export/", view, name="boxes_logentry_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """All that a search finds, in the order of the log, sent while it is read."""
        if not is_auditor(request):
            return self.refused(request)
        asked = asked_before(request, request.POST.get("s", ""))
        form = LogForm(asked or {})
        if asked is None or not form.is_valid():
            return redirect(f"{reverse('admin:boxes_logentry_changelist')}?s=")
        search = search_of(form.cleaned_data)
        if search.until is None or search.until > now():
            # What is logged while it is sent is left to another export.
            search = replace(search, until=now())
        record(request, "export log", patient=search.patient, detail=f"{in_words(search)}: begun")
        response = StreamingHttpResponse(
            self.exported(request, search), content_type="text/csv; charset=utf-8"
        )
        name = f"log-{localdate():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def exported(self, request: HttpRequest, search: LogSearch) -> Iterator[str]:
        """The lines; the log tells how many went, also where the other side hung up."""
        count, ended = -1, "broken off after"
        try:
            with override(get_language()):
                for parcel, lines in parcels(lines_of(search.entries())):
                    count += lines  # what is handed over may have been seen
                    yield parcel
            ended = "whole,"
        finally:
            detail = f"{in_words(search)}: {ended} {max(count, 0)} entries"
            record(request, "export log", patient=search.patient, detail=detail)

    # -- one entry --

    @admin.display(description=gettext_lazy("at"))
    def when(self, obj: LogEntry) -> str:
        return dated(localtime(obj.at), "j F Y H:i:s")

    @admin.display(description=gettext_lazy("on behalf of"))
    def person(self, obj: LogEntry) -> str:
        return for_whom(obj) or NOTHING

    @admin.display(description=gettext_lazy("messages"))
    def listed(self, obj: LogEntry) -> str:
        return " ".join(obj.xuids or ()) or NOTHING

    @admin.display(description=gettext_lazy("who"))
    def who(self, obj: LogEntry) -> str:
        return f"{who(obj)} ({obj.subject})"

    @admin.display(description=gettext_lazy("action"))
    def what(self, obj: LogEntry) -> str:
        return f"{action_words(obj)} ({obj.action})"

    @admin.display(description=gettext_lazy("outcome"))
    def how_it_ended(self, obj: LogEntry) -> str:
        return outcome_words(obj)

    @admin.display(description=gettext_lazy("detail"))
    def detail_told(self, obj: LogEntry) -> str:
        """In words, and as it stands in the log where that differs."""
        told = detail_words(obj)
        return f"{told} ({obj.detail})".strip() if told != obj.detail else told or NOTHING

    def render_change_form(
        self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        entry = kwargs["obj"]
        record(request, "search log", patient=entry.patient, detail=f"entry {entry.pk}")
        context["subtitle"] = f"{who(entry)}: {action_words(entry)}"
        return super().render_change_form(request, context, *args, **kwargs)


def is_auditor(request: HttpRequest) -> bool:
    """Asked of the user itself: a superuser has each permission unasked, and not this."""
    return bool(request.user.is_active and getattr(request.user, "auditor", False))


def search_of(asked: dict[str, Any]) -> LogSearch:
    return LogSearch(
        person=asked["person"],
        bsn=asked["bsn"],
        xuid=asked["xuid"],
        box=asked["box"],
        since=_begin_of(asked["since"]),
        until=_begin_of(asked["until"] + timedelta(days=1)) if asked["until"] else None,
    )


def _begin_of(day: date | None) -> datetime | None:
    return make_aware(datetime.combine(day, time.min)) if day else None


def written(asked: dict[str, Any]) -> str:
    return json.dumps({name: str(value) for name, value in asked.items() if value})


def asked_before(request: HttpRequest, name: str) -> dict[str, Any] | None:
    text = searches.read(request.session, name)
    try:
        asked = json.loads(text) if text else None
    except ValueError:  # a search of the inbox
        return None
    return asked if isinstance(asked, dict) else None


def in_words(search: LogSearch) -> str:
    """For the log, in English as the rest of it; whom the patient is stands there as a hash."""
    parts = [
        f"person {', '.join(search.subjects)[:200]}" if search.person else "",
        "a patient" if search.bsn else "",
        f"message {search.xuid}" if search.xuid else "",
        f"box {search.box}" if search.box else "",
        f"since {localtime(search.since):%Y-%m-%d %H:%M}" if search.since else "",
        f"until {localtime(search.until):%Y-%m-%d %H:%M}" if search.until else "",
    ]
    return ", ".join(filter(None, parts)) or "everything"
