"""How a person likes the web inbox."""

from django import forms
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from boxes.inbox.door import PersonRequest
from boxes.models import User

NEXT, LIST = "next", "list"


class SettingsForm(forms.ModelForm):
    after_archiving = forms.ChoiceField(
        label=gettext_lazy("After archiving"),
        choices=(
            (NEXT, gettext_lazy("the next message opens")),
            (LIST, gettext_lazy("the list comes back")),
        ),
        widget=forms.RadioSelect,
    )

    class Meta:
        model = User
        fields = ("uses_keys",)

    def save(self, commit: bool = True) -> User:
        self.instance.opens_next = self.cleaned_data["after_archiving"] == NEXT
        return super().save(commit)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request: PersonRequest) -> HttpResponse:
    chosen = {"after_archiving": NEXT if request.user.opens_next else LIST}
    form = SettingsForm(request.POST or None, instance=request.user, initial=chosen)
    if request.method == "POST" and form.is_valid():
        form.save()
        flash.success(request, _("Your settings are kept."))
        return redirect("inbox:settings")
    return render(request, "inbox/settings.html", {"form": form})
