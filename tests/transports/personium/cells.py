"""Cells of our own as their software sees them: paths, tokens and JSON."""

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client

UNIT = "https://u"


def cell(name: str) -> str:
    return f"{UNIT}/{name}/"


class Software:
    """Calls one cell with one token."""

    def __init__(self, name: str, token: str) -> None:
        self.name, self.token = name, token
        self.client = Client()

    def call(self, method: str, path: str, body: Any = None, **headers: str):
        sent = body if isinstance(body, bytes | str) else json.dumps(body)
        given = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.generic(
            method,
            f"/{self.name}/{path}",
            sent if body is not None else b"",
            content_type="application/json",
            headers={**given, **headers},
        )

    def send(self, **fields: Any):
        return self.call("POST", "__message/send", fields)

    def get(self, path: str, **query: Any):
        options = {name.replace("_", "$", 1): value for name, value in query.items()}
        return self.client.get(
            f"/{self.name}/__ctl/{path}", options, headers={"authorization": f"Bearer {self.token}"}
        )

    def command(self, identifier: str, command: Any):
        return self.call("POST", f"__message/received/{identifier}", {"Command": command})


def entity(response) -> dict[str, Any]:
    found = response.json()["d"]["results"]
    assert isinstance(found, dict)
    return found


def entities(response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    return response.json()["d"]["results"]


def error(response) -> tuple[int, str, str]:
    """Status, code and the words of a refusal."""
    body = response.json()
    assert body["code"][2:5] == str(response.status_code)
    return response.status_code, body["code"], body["message"]["value"]


def field_error(name: str) -> tuple[int, str, str]:
    return 400, "PR400-OD-0006", f"request body format error. field [{name}]"


class ForeignUnit:
    """Signs for the cells of another host, as Personium's own library does."""

    def __init__(self, domain: str = "other.example") -> None:
        self.domain = domain

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(65537, 2048)

    @cached_property
    def certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, self.domain)])
        start = datetime.now(UTC) - timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=365))
        )
        return builder.sign(self.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def cell(self, name: str = "x") -> str:
        return f"https://{self.domain}/{name}/"

    def token(self, audience: str, **changes: Any) -> str:
        return base64.urlsafe_b64encode(self.assertion(audience, **changes)).rstrip(b"=").decode()

    def assertion(
        self,
        audience: str,
        issuer: str = "",
        subject: str = "",
        until: timedelta = timedelta(hours=1),
    ) -> bytes:
        """Written in canonical form from the start, so that it can be signed as text."""
        issuer = issuer or self.cell()
        end = (datetime.now(UTC) + until).strftime("%Y-%m-%dT%H:%M:%SZ")
        head = (
            '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" '
            'IssueInstant="2026-01-01T00:00:00Z" Version="2.0">'
            f"<Issuer>{issuer}</Issuer>"
        )
        rest = (
            f"<Subject><NameID>{subject or issuer}</NameID><SubjectConfirmation "
            'Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData '
            f'NotOnOrAfter="{end}" Recipient="{audience}__token"></SubjectConfirmationData>'
            "</SubjectConfirmation></Subject><Conditions><AudienceRestriction>"
            f"<Audience>{audience}</Audience></AudienceRestriction></Conditions></Assertion>"
        )
        return (head + self.signature((head + rest).encode()) + rest).encode()

    def signature(self, content: bytes) -> str:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(content)
        inside = (
            '<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315">'
            "</CanonicalizationMethod><SignatureMethod "
            'Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></SignatureMethod>'
            '<Reference URI=""><Transforms><Transform '
            'Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform>'
            "</Transforms><DigestMethod "
            'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod><DigestValue>'
            f"{base64.b64encode(digest.finalize()).decode()}</DigestValue></Reference></SignedInfo>"
        )
        names = ' xmlns="http://www.w3.org/2000/09/xmldsig#"'
        signed = f"<SignedInfo{names}>{inside}".encode()
        value = self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        certificate = self.certificate.public_bytes(serialization.Encoding.DER)
        return (
            f"<Signature{names}><SignedInfo>{inside}<SignatureValue>"
            f"{base64.b64encode(value).decode()}</SignatureValue><KeyInfo><X509Data>"
            f"<X509Certificate>{base64.b64encode(certificate).decode()}</X509Certificate>"
            "</X509Data></KeyInfo></Signature>"
        )
