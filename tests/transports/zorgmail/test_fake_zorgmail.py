"""The fake, asked by zeep as it comes: over its own way to the network, on our description."""

import pytest
import requests
import zeep
from zeep.exceptions import Fault

from tests.fakes.zorgmail import NAMESPACE
from tests.transports.zorgmail.conftest import JOHN
from transports.zorgmail.soap import WSDL


@pytest.fixture
def operations(zorgmail):
    session = requests.Session()
    session.auth = ("praktijk", "geheim")
    transport = zeep.Transport(session=session, operation_timeout=20)
    client = zeep.Client(str(WSDL), transport=transport)
    return client.create_service(f"{{{NAMESPACE}}}MailServiceBinding", zorgmail.url)


def test_the_description_names_the_eight_operations(operations):
    names = {name for name, _ in operations}

    assert names == {
        *("Send", "SendRfc822", "List", "Stat"),
        *("Retrieve", "RetrieveRfc822", "Delete", "UploadCertificate"),
    }


def test_what_is_sent_to_oneself_is_listed_retrieved_and_deleted(operations, zorgmail):
    own = f"{JOHN}@lms.lifeline.nl"
    fields = {"messageId": "<1@a.example>", "subject": "Overleg", "contentType": "text/plain"}
    operations.Send(sender=own, recipient=own, content=b"Beste", **fields)
    [unique_id] = operations.List(accountId=JOHN)

    message = operations.Retrieve(uniqueId=unique_id)
    operations.Delete(uniqueId=unique_id)

    assert (message.headerMessageId, message.headerSubject) == ("<1@a.example>", "Overleg")
    assert (message.content, message.documentTimestamp) == (b"Beste", None)
    assert operations.Stat(accountId=JOHN) == 0
    operations.Delete(uniqueId=unique_id)  # what is no longer there, too


def test_a_message_id_of_another_form_is_a_fault(operations):
    with pytest.raises(Fault, match="messageId 1 is invalid"):
        operations.Send(
            messageId="1", sender="", recipient="", subject="", contentType="", content=b""
        )


def test_who_does_not_log_in_is_refused(zorgmail):
    answer = requests.post(zorgmail.url, data=b"", timeout=20)

    assert answer.status_code == 401
    assert "Basic" in answer.headers["WWW-Authenticate"]


def test_a_certificate_is_kept(operations, zorgmail):
    operations.UploadCertificate(certificate=b"certificate")

    assert zorgmail.certificates == [b"certificate"]
