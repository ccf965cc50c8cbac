"""The decisions that a caller of the models takes; each text is a sentence for a person."""


class WrongStatus(Exception):
    """The row is no longer in the status that this move starts from."""


class Closed(WrongStatus):
    """The message was wrongly delivered: what was in it cannot be read in this box any more."""


class Overtaken(WrongStatus):
    """Another page saved since; whoever saves has not seen that."""


class Rejected(Exception):
    """The envelope or value cannot be accepted as it is.

    ``field`` names the place in the API's words (``to.0.address``), ``too_large`` marks the
    refusals that are about size alone.
    """

    def __init__(self, sentence: str, field: str = "", *, too_large: bool = False) -> None:
        super().__init__(sentence)
        self.field = field
        self.too_large = too_large


class Conflict(Exception):
    """The same idempotency key came with other content."""
