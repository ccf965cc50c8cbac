"""A client of the API: paths below /api/v1, JSON without a Content-Type, Basic sign-in."""

import json

from django.test import Client


class ApiClient:
    def __init__(self, header=None):
        self.django = Client(raise_request_exception=False)
        self.header = header

    def request(self, method, path, body=None, *, raw=None, content_type="", **headers):
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.header and "Authorization" not in more:
            more["Authorization"] = self.header
        return self.django.generic(
            method, f"/api/v1{path}", data, content_type=content_type, headers=more
        )

    def get(self, path, **headers):
        return self.request("GET", path, **headers)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def put(self, path, body=None, **options):
        return self.request("PUT", path, body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)
