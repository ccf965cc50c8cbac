"""One small content a type: what its reader loads late is there before the first job waits for it.

A child may write no file and start no process, so it should not have to load much either.
"""

_DICOM = (
    bytes(128)
    + b"DICM"
    + b"\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\x00"
    + b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100"
    + b"\x10\x00\x10\x00PN\x04\x00A^B "
)
_DICOM_IMAGE = (
    _DICOM[:132]
    + b"\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\x00"
    + b"\x28\x00\x02\x00US\x02\x00\x01\x00\x28\x00\x04\x00CS\x0c\x00MONOCHROME2 "
    + b"\x28\x00\x10\x00US\x02\x00\x01\x00\x28\x00\x11\x00US\x02\x00\x02\x00"
    + b"\x28\x00\x00\x01US\x02\x00\x08\x00\x28\x00\x01\x01US\x02\x00\x08\x00"
    + b"\x28\x00\x02\x01US\x02\x00\x07\x00\xe0\x7f\x10\x00OB\x00\x00\x02\x00\x00\x00ab"
)
_TIFF = (
    b"II*\x00\x08\x00\x00\x00\x07\x00"
    b"\x00\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00"
    b"\x01\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00"
    b"\x02\x01\x03\x00\x01\x00\x00\x00\x08\x00\x00\x00"
    b"\x03\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00"
    b"\x06\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00"
    b"\x11\x01\x04\x00\x01\x00\x00\x00\x08\x00\x00\x00"
    b"\x17\x01\x04\x00\x01\x00\x00\x00\x01\x00\x00\x00"
    b"\x00\x00\x00\x00"
)
_MAIL = b"""From: a@b.example
Subject: =?utf-8?q?a?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<p>a=E9<img src=cid:b></p>
--x
Content-Type: image/png; name=b.png
Content-ID: <b>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--x--
"""
EXAMPLES: dict[str, tuple[bytes, ...]] = {
    "text/plain": (b"a", "\u00e9".encode("cp1252"), "\u00e9".encode("utf-16")),
    "text/markdown": (b"a\n\n| a |\n|---|\n| b |",),
    "text/html": (b"<p>a<table><tr><th>b</table>",),
    "text/xml": (b"<a/>", b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xe9</a>'),
    "application/vnd.edi.medlab+xml": (b"<MEDLAB_1><header/></MEDLAB_1>",),
    "application/edifact": (b"UNH+1+MEDLAB:1'PID+1991:03:14+V+A'BEP+0+Hb+7'UNT+4+1'",),
    "application/hl7-v2": (
        b"MSH|^~\\&|||||20260101||ORU^R01|1|P|2.5\rPID|||1\rOBR|1\rOBX|1|NM|a||1",
    ),
    "application/hl7-cda+xml": (
        b'<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component><section>'
        b"<text><paragraph>a</paragraph></text></section></component></structuredBody></component>"
        b"</ClinicalDocument>",
    ),
    "application/fhir+json": (b'{"resourceType":"Patient","birthDate":"1991-03-14"}',),
    "application/fhir+xml": (b'<Patient xmlns="http://hl7.org/fhir"/>',),
    "application/vnd.nl.perinatologie.resource+xml": (
        b'<resource type="hub/dossier"><sections><section id="1" type="client"><values>'
        b'<value concept="peri22-dataelement-10030" value="1"/></values></section></sections>'
        b"</resource>",
    ),
    "application/vnd.formidable.instance+json": (b'{"form":"a","bsn":"1"}',),
    "application/vnd.messagebox.envelope+json": (b'{"contentType":"text/plain","content":"a"}',),
    "message/rfc822": (_MAIL,),
    "application/json": (b'[{"a":1}]',),
    "text/csv": (b"a;b\n1;2",),
    "text/rtf": (b"{\\rtf1 a\\'e9}",),
    "application/dicom": (_DICOM, _DICOM_IMAGE),
    "application/pdf": (b"%PDF-1.4\n%%EOF",),
    "image/tiff": (_TIFF,),
    "image/bmp": (b"BM",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/webp": (b"RIFF\x04\0\0\0WEBP",),
    "application/octet-stream": (b"a",),
}
