"""The token with which a cell calls on another: a SAML assertion that its unit signed.

Only one form is accepted: one enveloped signature over the whole assertion, RSA with SHA-256.
What is read is what was signed: the bytes whose digest was verified, parsed anew.
"""

import base64
import hashlib
import hmac
import re
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

LONGEST = 64 * 1024
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
DIGEST_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
# Canonical forms; True: without the names that no element uses.
CANONICAL = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": False,
    "http://www.w3.org/2001/10/xml-exc-c14n#": True,
}


class NoAssertion(ValueError):
    """The token is none that can be read."""


class BadSignature(ValueError):
    """It was not signed as it should be, or by nobody who is trusted."""


class Expired(ValueError):
    """It was good once."""


@dataclass(frozen=True)
class Assertion:
    """``issuer`` is the cell that calls, ``audience`` the cell that it was made for."""

    issuer: str
    subject: str
    audience: str


def read_assertion(token: str, roots: list[x509.Certificate], moment: datetime) -> Assertion:
    """Raises NoAssertion, BadSignature or Expired."""
    root = _parsed(_decoded(token))
    if root.tag != f"{SAML}Assertion":
        raise NoAssertion
    signed, certificate = _verified(root)
    found = _facts(signed)
    try:
        _check_certificate(certificate, roots, found.issuer, moment)
    except ValueError as error:  # a certificate with fields that cannot be read, too
        raise BadSignature from error
    if _end_of(signed) <= moment:
        raise Expired
    return found


def read_roots(path: str) -> list[x509.Certificate]:
    """The certificates of a PEM file. Raises OSError or ValueError."""
    with open(path, "rb") as file:
        return x509.load_pem_x509_certificates(file.read())


def _decoded(token: str) -> bytes:
    if len(token) > LONGEST or not re.fullmatch(r"[A-Za-z0-9_-]+={0,2}", token, re.ASCII):
        raise NoAssertion
    try:
        return base64.urlsafe_b64decode(token.rstrip("=") + "=" * (-len(token.rstrip("=")) % 4))
    except ValueError as error:
        raise NoAssertion from error


def _parsed(content: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=False,
        remove_pis=False,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NoAssertion from error
    if root.getroottree().docinfo.doctype:
        raise NoAssertion
    return root


# -- the signature --


def _verified(root: etree._Element) -> tuple[etree._Element, x509.Certificate]:
    """What was signed, and whose certificate says so. Raises BadSignature."""
    signatures = list(root.iter(f"{DSIG}Signature"))
    if len(signatures) != 1 or signatures[0].getparent() is not root:
        raise BadSignature
    signature = signatures[0]
    info = _only(signature, f"{DSIG}SignedInfo")
    certificate = _certificate(signature)
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadSignature from error
    if _algorithm(_only(info, f"{DSIG}SignatureMethod")) != RSA_SHA256:
        raise BadSignature
    if not isinstance(key, RSAPublicKey):
        raise BadSignature
    form = _algorithm(_only(info, f"{DSIG}CanonicalizationMethod"))
    value = _base64(_only(signature, f"{DSIG}SignatureValue"))
    try:
        key.verify(value, _canonical(info, form), PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise BadSignature from error
    return _signed(root, signature, info), certificate


def _signed(root, signature, info) -> etree._Element:
    """The assertion without its signature, from the bytes of which the digest is right."""
    reference = _only(info, f"{DSIG}Reference")
    if reference.get("URI") not in ("", f"#{root.get('ID')}"):
        raise BadSignature
    steps = [_algorithm(item) for item in _only(reference, f"{DSIG}Transforms")]
    if not steps or steps[0] != ENVELOPED or len(steps) > 2:
        raise BadSignature
    if _algorithm(_only(reference, f"{DSIG}DigestMethod")) != DIGEST_SHA256:
        raise BadSignature
    digest = _base64(_only(reference, f"{DSIG}DigestValue"))
    bare = deepcopy(root)
    _take_out(_only(bare, f"{DSIG}Signature"))
    form = steps[1] if len(steps) == 2 else next(iter(CANONICAL))
    content = _canonical(bare, form)
    if not hmac.compare_digest(hashlib.sha256(content).digest(), digest):
        raise BadSignature
    return _parsed(content)


def _canonical(element: etree._Element, form: str) -> bytes:
    if form not in CANONICAL:
        raise BadSignature
    # Names that an outer element declares belong to the inclusive form.
    whole = etree.Element(element.tag, dict(element.attrib), nsmap=element.nsmap)
    whole.text = element.text
    whole.extend(deepcopy(child) for child in element)
    try:
        return etree.tostring(whole, method="c14n", exclusive=CANONICAL[form], with_comments=False)
    except etree.C14NError as error:
        raise BadSignature from error


def _take_out(element: etree._Element) -> None:
    """Without the text behind it going along."""
    parent, before, tail = element.getparent(), element.getprevious(), element.tail or ""
    assert parent is not None
    parent.remove(element)
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail


def _certificate(signature: etree._Element) -> x509.Certificate:
    """The first is the signer's."""
    found = signature.find(f"{DSIG}KeyInfo/{DSIG}X509Data/{DSIG}X509Certificate")
    if found is None:
        raise BadSignature
    try:
        return x509.load_der_x509_certificate(_base64(found))
    except ValueError as error:
        raise BadSignature from error


def _check_certificate(
    certificate: x509.Certificate, roots: list[x509.Certificate], issuer: str, moment: datetime
) -> None:
    """Signed by a root, or one of them itself; of the host that the issuer lives on."""
    if not any(_vouches(root, certificate, moment) for root in roots):
        raise BadSignature
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise BadSignature
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    domain = str(names[0].value).lower().removeprefix("*.") if names else ""
    match = re.match(r"https?://([a-z0-9.-]+)[:/]", issuer.lower(), re.ASCII)
    host = match[1] if match else ""
    if not domain or not (host == domain or host.endswith(f".{domain}")):
        raise BadSignature


def _vouches(root: x509.Certificate, certificate: x509.Certificate, moment: datetime) -> bool:
    if root == certificate:
        return True
    if not root.not_valid_before_utc <= moment <= root.not_valid_after_utc:
        return False
    try:
        limits = root.extensions.get_extension_for_class(x509.BasicConstraints)
        certificate.verify_directly_issued_by(root)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return limits.value.ca


# -- what it says --


def _facts(root: etree._Element) -> Assertion:
    audience = root.find(f"{SAML}Conditions/{SAML}AudienceRestriction/{SAML}Audience")
    return Assertion(
        issuer=_text(_only(root, f"{SAML}Issuer")),
        subject=_text(_only(_only(root, f"{SAML}Subject"), f"{SAML}NameID")),
        audience=_text(audience) if audience is not None else "",
    )


def _end_of(root: etree._Element) -> datetime:
    """The earliest of the moments at which it ends. Raises NoAssertion where none is said."""
    holders = [
        root.find(f"{SAML}Subject/{SAML}SubjectConfirmation/{SAML}SubjectConfirmationData"),
        root.find(f"{SAML}Conditions"),
    ]
    texts = [holder.get("NotOnOrAfter") for holder in holders if holder is not None]
    try:
        moments = [datetime.fromisoformat(text) for text in texts if text]
        return min(item if item.tzinfo else item.replace(tzinfo=UTC) for item in moments)
    except ValueError as error:
        raise NoAssertion from error


def _only(parent: etree._Element, tag: str) -> etree._Element:
    found = parent.findall(tag)
    if len(found) != 1:
        raise NoAssertion
    return found[0]


def _algorithm(element: etree._Element) -> str:
    return element.get("Algorithm", "")


def _base64(element: etree._Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except ValueError as error:
        raise NoAssertion from error


def _text(element: etree._Element) -> str:
    if len(element):  # an instruction in the middle would cut the text
        raise NoAssertion
    return (element.text or "").strip()
