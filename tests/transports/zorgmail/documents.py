"""EDI messages as the tests send them, for one receiver."""


def medlab(receiver: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?><MEDLAB_1><envelope>'
        "<envelope.senderidentifier>500011111</envelope.senderidentifier>"
        f"<envelope.recipientidentifier>{receiver}</envelope.recipientidentifier>"
        "</envelope><header/><naam>Bruïnsma</naam></MEDLAB_1>"
    ).encode("iso-8859-1")


def twice(first: str, second: str, tag: str = "envelope.recipientidentifier") -> bytes:
    """A message with another receiver further on, in an element of the name ``tag``."""
    another = f'<header xmlns:e="urn:e"><{tag}>{second}</{tag}></header>'
    return medlab(first).replace(b"<header/>", another.encode())


MEDLAB = "application/vnd.edi.medlab+xml"
EDIFACT = b"UNB+UNOC:1+500011111+500022222+260205:1430+26020500077'UNH+1+MEDLAB:1'UNT+2+1'"
