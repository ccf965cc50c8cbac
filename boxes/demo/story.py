"""A week among care providers who do not exist; names, addresses and numbers are invented."""

from dataclasses import dataclass, field

BOXES = {
    "delinde": "Huisartsenpraktijk De Linde",
    "duinrand": "Streeklab Duinrand",
    "ooievaarsnest": "Verloskundigenpraktijk Ooievaarsnest",
    "wilgenhof": "Ziekenhuis De Wilgenhof",
    "wiegje": "Kraamzorg Het Wiegje",
    "hapzeewijk": "Huisartsenpost Zeewijk",
}

DUINMEIJER = {"bsn": "999990032", "patiënt": "S.J. Duinmeijer - van der Klaver"}
ZANDSTRATEN = {"bsn": "999990044", "patiënt": "P.H. Zandstraten"}
HOOFT = {"bsn": "999990056", "patiënt": "Z. van ’t Hooft - Bruïnsma"}


@dataclass(frozen=True)
class Letter:
    """One message of the story. ``content`` is text, or one of the demo's own files.

    ``days`` and ``at`` say when it was written, before the demo began; ``properties`` are what
    the receiving software hangs on it; ``answers`` names the letter that it replies to.
    """

    name: str
    sender: str
    to: tuple[str, ...]
    subject: str
    content_type: str
    content: str = ""
    file: str = ""
    days: int = 0
    at: str = "09:00"
    cc: tuple[str, ...] = ()
    attachments: tuple[tuple[str, str, str], ...] = ()
    properties: dict[str, str] = field(default_factory=dict)
    answers: str = ""
    archived: bool = False


LETTERS = (
    Letter(
        "terugkoppeling-hap",
        "hapzeewijk",
        ("delinde",),
        "Terugkoppeling huisartsenpost: dhr. Zandstraten",
        "text/plain",
        file="text-plain/full.txt",
        days=9,
        at="22:41",
        properties=ZANDSTRATEN | {"soort": "waarneming"},
        archived=True,
    ),
    Letter(
        "lab-zandstraten",
        "duinrand",
        ("delinde",),
        "Laboratoriumuitslag dhr. Zandstraten",
        "application/vnd.edi.medlab+xml",
        file="zorgmail-medlab-xml/simple-flat.xml",
        days=8,
        at="13:12",
        properties=ZANDSTRATEN | {"soort": "laboratorium", "beoordeeld": "nee"},
    ),
    Letter(
        "afspraak",
        "delinde",
        ("ooievaarsnest",),
        "Afspraak mw. Van der Klaver verplaatst",
        "text/plain",
        file="text-plain/simple.txt",
        days=7,
        at="10:05",
        properties=DUINMEIJER | {"soort": "afspraak"},
    ),
    Letter(
        "kindje",
        "ooievaarsnest",
        ("delinde",),
        "Bericht over mw. Van ’t Hooft",
        "application/vnd.edi.medvri+xml",
        file="zorgmail-medvri-xml/full.xml",
        days=6,
        at="15:20",
        properties=HOOFT | {"soort": "brief"},
    ),
    Letter(
        "lab-duinmeijer",
        "duinrand",
        ("ooievaarsnest",),
        "Laboratoriumuitslag mw. Duinmeijer",
        "application/vnd.edi.medlab+xml",
        file="zorgmail-medlab-xml/full-grouped.xml",
        days=5,
        at="14:30",
        cc=("delinde",),
        attachments=(("labrapport.pdf", "application/pdf", "pdf/simple.pdf"),),
        properties=DUINMEIJER | {"soort": "laboratorium", "beoordeeld": "nee"},
    ),
    Letter(
        "uitnodiging",
        "ooievaarsnest",
        ("delinde", "wilgenhof", "wiegje"),
        "Uitnodiging MDO 12 maart",
        "text/html",
        file="text-html/simple.html",
        days=4,
        at="16:00",
        properties={"soort": "overleg"},
    ),
    Letter(
        "consult",
        "wilgenhof",
        ("ooievaarsnest",),
        "Consultverslag obstetrie mw. Duinmeijer",
        "text/html",
        file="text-html/full.html",
        days=4,
        at="17:25",
        cc=("delinde",),
        properties=DUINMEIJER | {"soort": "verslag"},
    ),
    Letter(
        "nipt-aanvraag",
        "ooievaarsnest",
        ("duinrand",),
        "Aanvraag NIPT mw. Van der Klaver",
        "application/vnd.edi.mednip+xml",
        file="zorgmail-mednip-xml/simple.xml",
        days=3,
        at="08:50",
        cc=("delinde",),
        properties=DUINMEIJER | {"soort": "aanvraag"},
    ),
    Letter(
        "aanmelding",
        "wiegje",
        ("ooievaarsnest",),
        "Aanmeldformulier mw. Van ’t Hooft",
        "application/vnd.formidable.instance+json",
        file="formidable/full-instance.json",
        days=3,
        at="09:10",
        cc=("delinde",),
        properties=HOOFT | {"soort": "formulier"},
    ),
    Letter(
        "dossier",
        "ooievaarsnest",
        ("wilgenhof",),
        "Zwangerschapsdossier mw. Van ’t Hooft",
        "application/vnd.nl.perinatologie.resource+xml",
        file="hub-xml/full.xml",
        days=3,
        at="09:40",
        cc=("delinde",),
        properties=HOOFT | {"soort": "dossier"},
    ),
    Letter(
        "lab-edifact",
        "duinrand",
        ("delinde",),
        "Laboratoriumuitslag mw. Duinmeijer (EDIFACT)",
        "application/edifact",
        file="edifact/medlab-full.edi",
        days=3,
        at="10:15",
        properties=DUINMEIJER | {"soort": "laboratorium", "beoordeeld": "nee"},
    ),
    Letter(
        "rontgen",
        "wilgenhof",
        ("delinde",),
        "Röntgenverslag thorax dhr. Zandstraten",
        "application/edifact",
        file="edifact/medrad-simple.edi",
        days=3,
        at="11:21",
        properties=ZANDSTRATEN | {"soort": "verslag", "specialisme": "radiologie"},
    ),
    Letter(
        "verwijzing",
        "delinde",
        ("wilgenhof",),
        "Verwijzing cardiologie dhr. Zandstraten",
        "text/plain",
        content=(
            "Beste collega,\n\nGraag beoordeling van dhr. P.H. Zandstraten (geb. 02-11-1958, BSN "
            "999990044)\nmet angina pectoris, na een nacht op de eerste hulp. Sinds "
            "acetylsalicylzuur heeft hij een\nhuidafwijking aan de linkeronderarm: kan het door "
            "een ander middel worden vervangen?\nUw brief van 28 januari en een foto gaan "
            "hierbij.\n\n"
            "Met vriendelijke groet,\n"
            "M. Korenblom, huisarts"
        ),
        days=3,
        at="11:48",
        attachments=(
            ("brief-cardiologie.pdf", "application/pdf", "pdf/full-multi-page.pdf"),
            ("huidafwijking-onderarm.jpg", "image/jpeg", "image/full-exif-rotated.jpg"),
        ),
        properties=ZANDSTRATEN | {"soort": "verwijzing", "specialisme": "cardiologie"},
    ),
    Letter(
        "antwoord",
        "wilgenhof",
        ("delinde",),
        "Re: Verwijzing cardiologie dhr. Zandstraten",
        "text/plain",
        content=(
            "Beste Marieke,\n\nDank voor de verwijzing. Dhr. Zandstraten kan a.s. donderdag om "
            "10.40 uur terecht op de\npolikliniek cardiologie; hij krijgt vandaag bericht.\n\n"
            "Groet, secretariaat cardiologie"
        ),
        days=3,
        at="15:02",
        properties=ZANDSTRATEN | {"soort": "afspraak"},
        answers="verwijzing",
    ),
    Letter(
        "thoraxfoto",
        "wilgenhof",
        ("delinde",),
        "Thoraxfoto dhr. Zandstraten (DICOM)",
        "application/dicom",
        file="dicom/simple-mono16.dcm",
        days=2,
        at="09:05",
        properties=ZANDSTRATEN | {"soort": "beeld", "specialisme": "radiologie"},
    ),
    Letter(
        "groeicurve",
        "wilgenhof",
        ("ooievaarsnest",),
        "Groeicurve mw. Duinmeijer",
        "image/png",
        file="image/simple.png",
        days=2,
        at="10:30",
        cc=("delinde",),
        properties=DUINMEIJER | {"soort": "beeld"},
    ),
    Letter(
        "huidfoto",
        "hapzeewijk",
        ("delinde",),
        "Foto onderarm dhr. Zandstraten",
        "image/jpeg",
        file="image/full-exif-rotated.jpg",
        days=2,
        at="11:00",
        properties=ZANDSTRATEN | {"soort": "beeld"},
    ),
    Letter(
        "fax",
        "duinrand",
        ("delinde",),
        "Fax van het laboratorium (drie bladzijden)",
        "image/tiff",
        file="image/full-fax-3-pages-g4.tif",
        days=2,
        at="11:45",
        properties={"soort": "fax"},
    ),
    Letter(
        "polibrief",
        "wilgenhof",
        ("ooievaarsnest",),
        "Poliklinische brief mw. Duinmeijer (CDA)",
        "application/hl7-cda+xml",
        file="cda/full-letter.xml",
        days=2,
        at="13:15",
        cc=("delinde",),
        properties=DUINMEIJER | {"soort": "brief", "specialisme": "gynaecologie"},
    ),
    Letter(
        "lab-fhir",
        "duinrand",
        ("delinde",),
        "Laboratoriumuitslag mw. Duinmeijer (FHIR R4)",
        "application/fhir+json",
        file="fhir-r4/bundle-diagnosticreport-full.json",
        days=2,
        at="14:30",
        properties=DUINMEIJER | {"soort": "laboratorium", "beoordeeld": "nee"},
    ),
    Letter(
        "eoverdracht",
        "wilgenhof",
        ("hapzeewijk",),
        "Verpleegkundige overdracht dhr. Zandstraten",
        "application/fhir+xml",
        file="fhir-stu3/eoverdracht-full.xml",
        days=2,
        at="15:10",
        cc=("delinde",),
        properties=ZANDSTRATEN | {"soort": "overdracht"},
    ),
    Letter(
        "specialistenbrief",
        "wilgenhof",
        ("delinde",),
        "Specialistenbrief dhr. Zandstraten",
        "application/vnd.edi.medspe+xml",
        file="zorgmail-medspe-xml/full.xml",
        days=1,
        at="08:15",
        properties=ZANDSTRATEN | {"soort": "brief", "specialisme": "cardiologie"},
    ),
    Letter(
        "overdracht",
        "ooievaarsnest",
        ("wiegje",),
        "Overdracht kraambed mw. Duinmeijer",
        "text/markdown",
        file="text-markdown/full.md",
        days=1,
        at="12:30",
        cc=("delinde",),
        properties=DUINMEIJER | {"soort": "overdracht"},
    ),
    Letter(
        "uitslag-pdf",
        "duinrand",
        ("ooievaarsnest",),
        "Laboratoriumuitslag mw. Duinmeijer (PDF)",
        "application/pdf",
        file="pdf/simple.pdf",
        days=1,
        at="16:10",
        cc=("delinde",),
        properties=DUINMEIJER | {"soort": "laboratorium", "beoordeeld": "nee"},
    ),
    Letter(
        "mail",
        "wilgenhof",
        ("ooievaarsnest",),
        "Uitslag en groeicurve mw. Duinmeijer (e-mail)",
        "message/rfc822",
        file="message-rfc822/full-html-inline-image-pdf.eml",
        days=1,
        at="16:30",
        cc=("delinde",),
        properties=DUINMEIJER | {"soort": "e-mail"},
    ),
    Letter(
        "doorgestuurd",
        "ooievaarsnest",
        ("delinde",),
        "Doorgestuurd: afspraak mw. Van der Klaver verplaatst",
        "application/vnd.messagebox.envelope+json",
        file="messagebox-envelope/simple.json",
        days=1,
        at="16:45",
        properties=DUINMEIJER | {"soort": "afspraak"},
    ),
    Letter(
        "thuismetingen",
        "wilgenhof",
        ("delinde",),
        "Thuismetingen bloeddruk dhr. Zandstraten",
        "text/csv",
        content=(
            "datum;bovendruk;onderdruk;pols\r\n2026-02-01;148;86;72\r\n2026-02-02;152;88;70\r\n"
            "2026-02-03;139;84;68\r\n"
        ),
        days=1,
        at="17:00",
        properties=ZANDSTRATEN | {"soort": "meting"},
    ),
    Letter(
        "afspraken-json",
        "wilgenhof",
        ("delinde",),
        "Afspraken van vandaag",
        "application/json",
        content=(
            '{"polikliniek": "Cardiologie", "afspraken": [{"tijd": "09:20", "patient": "P.H. '
            'Zandstraten"}, {"tijd": "10:40", "patient": null}]}'
        ),
        days=1,
        at="17:05",
        properties={"soort": "afspraak"},
    ),
    Letter(
        "onbekend",
        "hapzeewijk",
        ("delinde",),
        "Meting in een eigen formaat",
        "application/vnd.voorbeeld.meting",
        content="METING;1;RR=148/86;POLS=72",
        days=1,
        at="17:10",
        properties=ZANDSTRATEN | {"soort": "meting"},
    ),
    Letter(
        "lab-hl7",
        "duinrand",
        ("ooievaarsnest",),
        "Laboratoriumuitslag mw. Duinmeijer (HL7)",
        "application/hl7-v2",
        file="hl7v2/oru-full.hl7",
        at="07:55",
        cc=("delinde",),
        properties=DUINMEIJER | {"soort": "laboratorium", "beoordeeld": "nee"},
    ),
    Letter(
        "afspraak-xml",
        "ooievaarsnest",
        ("delinde",),
        "Afspraak mw. Duinmeijer",
        "text/xml",
        file="text-xml/simple.xml",
        at="08:20",
        properties=DUINMEIJER | {"soort": "afspraak"},
    ),
    Letter(
        "aan-clienten",
        "delinde",
        ("sanne@mail.example",),
        "Uw afspraak van donderdag",
        "text/plain",
        content="Beste mevrouw, uw afspraak is donderdag om 9.20 uur. Balie De Linde",
        at="08:31",
    ),
    Letter(
        "naar-zorgmail",
        "delinde",
        ("500099007@lms.lifeline.nl", "wilgenhof"),
        "Medicatieoverzicht dhr. Zandstraten",
        "text/plain",
        content="Metoprolol 50 mg 1 dd 1, acetylsalicylzuur 80 mg 1 dd 1, nitrobaat zo nodig.",
        at="08:40",
        properties=ZANDSTRATEN | {"soort": "medicatie"},
    ),
    Letter(
        "verkeerd-adres",
        "delinde",
        ("apotheekdezon",),
        "Herhaalrecept dhr. Zandstraten",
        "text/plain",
        content="Graag herhalen: metoprolol 50 mg, 90 stuks.",
        at="08:44",
    ),
)
