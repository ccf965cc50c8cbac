"""The two ways in which a far side fails us; every client speaks of them in these words."""


class Fault(Exception):
    """The far side did not take it; ``permanent`` when it will not take it later either.

    Its text is a Sentence for the person who sent it, who may read another language.
    """

    def __init__(self, sentence: str, *, permanent: bool = False) -> None:
        super().__init__(sentence)
        self.permanent = permanent


class Doubt(Exception):
    """The far side may have taken it."""
