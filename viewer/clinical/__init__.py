"""The clinical vocabulary: the plain values into which every reader translates its format.

What a person reads is either in the sender's own words, exactly as received, or a code of ours
whose English words stand
in ``WORDS``. Fields that hold a code are called ``term``, ``…_term``, ``kind``, ``role``,
``meaning``, ``flag``, ``status``,
``statuses`` and ``sex``; all others are as received.
"""

from viewer.clinical.people import NamePart, Party, Patient, eleven_proof, identity
from viewer.clinical.reports import (
    Attachment,
    Document,
    Item,
    Node,
    Report,
    Section,
    Table,
    Text,
)
from viewer.clinical.results import Result, highest_flag, plain_numbers
from viewer.clinical.summary import Summary, summary
from viewer.clinical.trends import Point, Trend, trends
from viewer.clinical.values import Moment, Notice, Row, Unreadable
from viewer.clinical.words import WORDS

__all__ = [
    "WORDS",
    "Attachment",
    "Document",
    "Item",
    "Moment",
    "NamePart",
    "Node",
    "Notice",
    "Party",
    "Patient",
    "Point",
    "Report",
    "Result",
    "Row",
    "Section",
    "Summary",
    "Table",
    "Text",
    "Trend",
    "Unreadable",
    "eleven_proof",
    "highest_flag",
    "identity",
    "plain_numbers",
    "summary",
    "trends",
]
