from boxes.key_sets import new_key_set
from boxes.management.answers import AnsweringCommand


class Command(AnsweringCommand):
    help = (
        "Print a fresh key for TOKEN_KEYS, CONTENT_KEYS or HASH_KEY. Before there are any "
        "settings, `python -m boxes.key_sets` does the same."
    )

    def handle(self, *args, **options) -> None:
        key = new_key_set()
        self.answer(options, {"key": key}, key)
