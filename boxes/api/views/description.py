"""The description of the API, for software and for people."""

import functools

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from boxes.api.json import dumps
from boxes.api.views.base import ApiView


class SchemaView(ApiView):
    """OpenAPI, for anyone: it tells nothing of what is stored."""

    authentication_classes = []
    permission_classes = []

    def get(self, request) -> HttpResponse:
        return HttpResponse(description(), content_type="application/json")


@functools.cache
def description() -> bytes:
    """Made once: it changes with the code only."""
    return dumps(SchemaGenerator().get_schema(request=None, public=True))


@require_safe
@csp_update({"style-src": UNSAFE_INLINE})
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI sets styles of its own; scripts stay as strict as everywhere."""
    return render(request, "api/docs.html")
