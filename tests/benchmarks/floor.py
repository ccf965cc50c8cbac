"""The least that the contract costs, as a WSGI application for the same gunicorn.

It authenticates, writes and reads the rows that the service does, by plain SQL and with a
synced commit, with orjson and PyJWT; no validation, no encryption, no framework.
"""

import base64
import hashlib
import os
import secrets
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import jwt
import orjson

from tests.benchmarks.floor_database import Database

KEY = secrets.token_bytes(32)
_local = threading.local()


def application(environ: dict, start_response) -> list[bytes]:
    path = environ["PATH_INFO"].split("/")  # ["", "api", "v1", box, word]
    if len(path) < 5:
        body = b"{}"
    else:
        caller = _authenticated(environ, path[3])
        body = orjson.dumps(ANSWERS[path[4]](environ, caller))
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]


def _database() -> Database:
    if not hasattr(_local, "database"):
        _local.database = Database(
            os.environ.get("DATABASE_URL", ""),
            Path(os.environ["DATA_DIR"]) / "messagebox.sqlite3",
        )
    return _local.database


def _authenticated(environ: dict, box: str) -> dict:
    """The key, its box and its right, in one statement."""
    pair = base64.b64decode(environ["HTTP_AUTHORIZATION"].partition(" ")[2]).decode()
    key, _colon, secret = pair.partition(":")
    [(box_id, box_name, title, secret_hash, _manage)] = _database().read(
        "SELECT b.id, b.name, b.display_name, k.secret_hash, a.manage FROM boxes_apikey k "
        "JOIN boxes_access a ON a.key_id = k.id JOIN boxes_box b ON b.id = a.box_id "
        "WHERE k.key_id = ? AND b.name = ?",
        (key, box),
    )
    if hashlib.sha256(secret.encode()).hexdigest() != secret_hash:
        raise PermissionError(key)
    return {"key": key, "box_id": box_id, "box": box_name, "title": title}


def send(environ: dict, caller: dict) -> dict:
    envelope = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    content = envelope["content"].encode()
    now, xuid, recipient = datetime.now(UTC), uuid.uuid4().hex[:22], envelope["to"][0]
    database = _database()
    with database.transaction():
        content_id = database.insert(
            "boxes_content",
            digest=hashlib.sha256(content).hexdigest(),
            size=len(content),
            key_id="floor",
            sealed=content,
            created_at=now,
        )
        message_id = database.insert(
            "boxes_message",
            box_id=caller["box_id"],
            xuid=xuid,
            thread=xuid,
            direction="OUT",
            status="OUTBOX",
            subject=envelope["subject"],
            from_name=caller["title"],
            from_address=caller["box"],
            to=orjson.dumps(envelope["to"]).decode(),
            cc="[]",
            headers="{}",
            dated_at=now,
            content_type=envelope["contentType"],
            content_id=content_id,
            size=len(content),
            created_at=now,
            search_text=envelope["subject"].casefold(),
        )
        database.insert(
            "boxes_delivery",
            message_id=message_id,
            n=1,
            address=recipient["address"],
            display_name=recipient["displayName"],
            transport="box",
            status="queued",
            created_at=now,
            due_at=now,
            history="[]",
        )
        _log(database, caller, now, "send", xuid=xuid)
    return {
        "xuid": xuid,
        "direction": "OUT",
        "status": "OUTBOX",
        "jwt": _token(caller, xuid),
        "properties": [],
        "envelope": {**envelope, "content": None},
        "error": [],
    }


def messages(environ: dict, caller: dict) -> list[dict]:
    asked = parse_qs(environ["QUERY_STRING"])
    database, box = _database(), caller["box_id"]
    rows = database.read(
        "SELECT id, xuid, direction, status, envelope_id, subject, from_name, from_address, "
        f"{database.quoted('to')}, cc, headers, dated_at, in_reply_to, content_type, size, "
        "created_at, read_at, sent_at, thread, known, kind, flag, report_status, identity, "
        "patient_name, patient_birth, patient_sex FROM boxes_message "
        "WHERE box_id = ? AND status = 'INBOX' ORDER BY id DESC LIMIT ?",
        (box, int(asked["limit"][0])),
    )
    keys = ", ".join(str(row[0]) for row in rows)
    properties: dict[int, list[dict]] = {row[0]: [] for row in rows}
    for message_id, name, value in database.read(
        f"SELECT message_id, name, value FROM boxes_property WHERE message_id IN ({keys})", ()
    ):
        properties[message_id].append({"name": name, "value": value})
    files: dict[int, list[dict]] = {row[0]: [] for row in rows}
    for message_id, name, kind, size in database.read(
        "SELECT message_id, filename, content_type, size FROM boxes_attachment "
        f"WHERE message_id IN ({keys})",
        (),
    ):
        files[message_id].append({"filename": name, "contentType": kind, "size": size})
    page = [_item(caller, row, properties[row[0]], files[row[0]]) for row in rows]
    xuids = orjson.dumps([row[1] for row in rows]).decode()
    with database.transaction():
        _log(database, caller, datetime.now(UTC), "list", xuids=xuids)
    return page


def _item(caller: dict, row: tuple, properties: list, files: list) -> dict:
    token = _token(caller, row[1])
    return {
        "xuid": row[1],
        "direction": row[2],
        "status": row[3],
        "contentType": "application/vnd.messagebox.envelope+json",
        "jwt": token,
        "viewerUrl": f"http://127.0.0.1/{caller['box']}/messages/{row[1]}?jwt={token}",
        "properties": properties,
        "read": row[16] is not None,
        "readAt": _written(row[16]),
        "receivedAt": _written(row[15]),
        "sentAt": _written(row[17]),
        "size": row[14],
        "thread": row[18],
        "createdAt": _written(row[15]),
        "summary": {
            "state": row[19],
            "kind": row[20],
            "flag": row[21],
            "reportStatus": row[22],
            "patient": row[23] and {"name": row[24], "birthDate": row[25], "sex": row[26]},
        },
        "envelope": {
            "id": row[4],
            "subject": row[5],
            "dateTime": _written(row[11]),
            "from": {"displayName": row[6], "address": row[7]},
            "to": _parsed(row[8]),
            "cc": _parsed(row[9]),
            "headers": _parsed(row[10]),
            "inReplyTo": row[12],
            "contentType": row[13],
            "attachments": files,
        },
    }


def _token(caller: dict, xuid: str) -> str:
    now = int(time.time())
    claims = {
        "iss": "http://127.0.0.1",
        "aud": "mbx-viewer",
        "sub": f"key:{caller['key']}",
        "box": caller["box"],
        "msg": xuid,
        "jti": base64.urlsafe_b64encode(os.urandom(16))[:22].decode(),
        "iat": now,
        "nbf": now,
        "exp": now + 900,
    }
    return jwt.encode(claims, KEY, "HS256", {"typ": "mbv+jwt", "kid": "floor"})


def _log(database: Database, caller: dict, now: datetime, action: str, **more: str) -> None:
    database.insert(
        "boxes_logentry",
        at=now,
        subject=f"key:{caller['key']}",
        action=action,
        box_name=caller["box"],
        outcome="ok",
        **more,
    )


def _written(moment: str | datetime | None) -> str | None:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment.isoformat(timespec="milliseconds") if moment else None


def _parsed(value: object) -> object:
    return orjson.loads(value) if isinstance(value, str) else value


ANSWERS = {"send": send, "messages": messages}
