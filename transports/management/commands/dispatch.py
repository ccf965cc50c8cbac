from boxes.management.answers import AnsweringCommand
from transports import tasks


class Command(AnsweringCommand):
    help = (
        "One sweep by hand: free what dead workers left, move what goes to our own boxes and "
        "start the attempts at other systems, which the worker then makes."
    )

    def handle(self, *args, **options) -> None:
        count = tasks.dispatch()
        self.answer(options, {"deliveries": count}, f"{count} deliveries moved or started.")
