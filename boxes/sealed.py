"""Columns that hold encrypted values, so that a change of keys finds each of them."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from boxes import encryption

BATCH = 500


class SealedField(models.BinaryField):
    """Bytes as ``encryption.encrypt`` gives them; ``purpose`` binds them to this column."""

    def __init__(self, *args, purpose: bytes = b"", **kwargs) -> None:
        self.purpose = purpose
        kwargs.setdefault("null", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        """In the tables it is plain bytes."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs

    def seal(self, text: str) -> bytes | None:
        return encryption.encrypt(text.encode(), self.purpose) if text else None

    def open(self, sealed) -> str:
        """Raises Undecryptable."""
        return "" if sealed is None else encryption.decrypt(bytes(sealed), self.purpose).decode()


class Sealed:
    """``password = Sealed("sealed_password")``: the text of a sealed column, "" where none is.

    Reading it raises Undecryptable when its key is no longer there.
    """

    def __init__(self, column: str) -> None:
        self.column = column

    def __get__(self, row, model=None):
        if row is None:
            return self
        return row._meta.get_field(self.column).open(getattr(row, self.column))

    def __set__(self, row, text: str) -> None:
        setattr(row, self.column, row._meta.get_field(self.column).seal(text))


def sealed_fields() -> Iterator[tuple[type[models.Model], SealedField]]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField) and field.model is model:
                yield model, field


def reseal(model: type[models.Model], field: SealedField) -> tuple[int, list[str]]:
    """Bring each row's value under the current key; returns how many, and what was wrong.

    A row that somebody changes meanwhile is left to that change.
    """
    count, last, faults = 0, 0, []
    rows = model._base_manager.exclude(**{field.attname: None}).order_by("pk")
    while batch := list(rows.filter(pk__gt=last).values_list("pk", field.attname)[:BATCH]):
        last = batch[-1][0]
        for pk, sealed in batch:
            sealed = bytes(sealed)
            if encryption.key_id_of(sealed) == encryption.current_key_id():
                continue
            try:
                fresh = field.seal(field.open(sealed))
            except encryption.Undecryptable as error:
                faults.append(f"{model._meta.verbose_name} {pk}, {field.name}: {error}")
                continue
            held = model._base_manager.filter(pk=pk, **{field.attname: sealed})
            count += held.update(**{field.attname: fresh})
    return count, faults
