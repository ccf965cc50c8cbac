"""The status that mail systems give beside their words (RFC 3463): 5.1.1, 4.2.2."""


def may_pass_later(status: str) -> bool:
    """Class 4: the system gave up, though the same mail to the same address may arrive later."""
    return status.startswith("4.")
