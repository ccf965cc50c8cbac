from django.core.management.base import CommandError

from boxes.management.answers import AnsweringCommand
from boxes.models.log import verify_chain


class Command(AnsweringCommand):
    help = (
        "Prove that no sealed entry of the log was changed or removed, and print the head of the "
        "chain. Keep the head elsewhere: who rewrites the whole chain gets another."
    )

    def handle(self, *args, **options) -> None:
        head, faults = verify_chain()
        sentence = f"The log is whole. Head of the chain: {head}"
        if faults:
            sentence = "\n".join([*faults, f"Head of the chain: {head}"])
        self.answer(options, {"head": head, "faults": faults}, sentence)
        if faults:
            raise CommandError("The log was changed after it was sealed.")
