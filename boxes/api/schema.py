"""The API's own description: an Operation for each method of each view, and what all share."""

from dataclasses import dataclass
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from boxes.api.components import SCHEMAS, array, ref

JSON = "application/json"
SECURITY = "key"
_REFUSALS = {
    400: "The request is not valid; `fields` names the places.",
    401: "No key, a wrong secret, or a key that was withdrawn or has expired.",
    403: "The key may not do this in this box, or not from this network.",
    404: "No such box or message, or not open to this key.",
    409: "Not in the status that this starts from, or an Idempotency-Key with another body.",
    410: "It is gone: changes after the cursor, or a message that came to the wrong box. The "
    "sentence says how to begin anew, or where the message went.",
    413: "Too large; the sentence names the limit.",
    429: "Too many requests in this minute.",
    503: "The service is busy or being restarted.",
}
_HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "integer"}}},
    503: {"Retry-After": {"schema": {"type": "integer"}}},
}
_PATH = {
    "box": {"type": "string", "pattern": "^[a-z0-9]{1,64}$"},
    "xuid": {"type": "string", "pattern": "^[A-Za-z0-9_-]{20,24}$"},
    "webhook": {"type": "string", "pattern": "^[A-Za-z0-9_-]{20,24}$"},
    "n": {"type": "integer", "minimum": 1, "maximum": 999999999},
    "name": {"type": "string", "minLength": 1},
}


@dataclass(frozen=True)
class Operation:
    """What one method of one address does. ``body`` and ``answer`` name schemas.

    Where one message is named, only what is ``of_stubs`` does its work when that message came to
    the wrong box; all else is 410.
    """

    name: str
    summary: str
    description: str = ""
    parameters: tuple[dict[str, Any], ...] = ()
    body: str = ""
    body_required: bool = True
    answer: str = ""
    answers_list: bool = False
    other_media: tuple[str, ...] = ()
    answer_headers: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()
    of_stubs: bool = False

    def described(self, path: str) -> dict[str, Any]:
        names = [part.partition("}")[0] for part in path.split("{")[1:]]
        found: dict[str, Any] = {
            "operationId": self.name,
            "summary": self.summary,
            "description": self.description,
            "tags": ["box" if "box" in names else "key"],
            "security": [{SECURITY: []}],
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": _PATH[name]}
                for name in names
            ]
            + list(self.parameters),
            "responses": {"200": self._success(), **self._refused("box" in names, "xuid" in names)},
        }
        if self.body:
            content = {JSON: {"schema": ref(self.body)}}
            found["requestBody"] = {"required": self.body_required, "content": content}
        return found

    def _success(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            media: {"schema": {"type": "string", "format": "binary"}} for media in self.other_media
        }
        if self.answer:
            schema = array(ref(self.answer)) if self.answers_list else ref(self.answer)
            content[JSON] = {"schema": schema}
        headers = {name: {"schema": {"type": "string"}} for name in self.answer_headers}
        return {"description": "Done.", "content": content, "headers": headers}

    def _refused(self, in_box: bool, of_message: bool) -> dict[str, Any]:
        always = (400, 401, 403, 404, 429, 503) if in_box else (400, 401, 403, 429, 503)
        emptied = (410,) if of_message and not self.of_stubs else ()
        return {
            str(status): {
                "description": _REFUSALS[status],
                "headers": _HEADERS.get(status, {}),
                "content": {JSON: {"schema": ref("Error")}},
            }
            for status in sorted({*always, *emptied, *self.refusals})
        }


class Schema(AutoSchema):
    """Takes the description from the view's ``operations``, by method."""

    def get_operation(self, path, path_regex, path_prefix, method, registry):
        operation = getattr(self.view, "operations", {}).get(method.lower())
        if operation is None:
            return None
        for name, schema in SCHEMAS.items():
            registry.register_on_missing(
                ResolvedComponent(
                    name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name
                )
            )
        registry.register_on_missing(
            ResolvedComponent(
                name=SECURITY,
                type=ResolvedComponent.SECURITY_SCHEMA,
                schema={
                    "type": "http",
                    "scheme": "basic",
                    "description": "The API key as user name, its secret as password.",
                },
                object=SECURITY,
            )
        )
        return operation.described(path)
