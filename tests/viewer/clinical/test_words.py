from viewer.clinical import WORDS, words


def test_no_code_has_two_meanings():
    tables = [
        getattr(words, name)
        for name in (
            "REFUSALS NOTICES VALUES TERMS MOMENTS ROLES IDENTITIES SEXES FLAGS STATUSES KINDS"
        ).split()
    ]

    meanings = {(code, text.casefold()) for table in tables for code, text in table.items()}

    assert len(meanings) == len(WORDS)
