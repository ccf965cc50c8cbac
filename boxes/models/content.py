import hashlib
import hmac
import zlib
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from boxes import content_files, encryption
from boxes.models.insertion import insert
from boxes.models.prepared import Prepared, given

SMALLEST_TO_COMPRESS = 128


class ContentQuerySet(models.QuerySet["Content"]):
    def store(self, plain: bytes) -> "Content":
        """The row that holds these bytes, made when no row does yet.

        Where it exists its row is locked until the transaction ends, so that the sweep
        cannot remove it under the reference that is about to be made.
        """
        digest = hmac.new(settings.HASH_KEY, plain, hashlib.sha256).hexdigest()
        content = Content(digest=digest, size=len(plain), key_id=encryption.current_key_id())
        if len(plain) > settings.FILE_CONTENT_ABOVE:
            held = self.filter(digest=digest).select_for_update().first()
            if held is not None:
                return held
            content.file = content_files.write(digest, content.key_id, plain)
        else:
            content.compressed, packed = _pack(plain)
            content.sealed = encryption.encrypt(packed, digest.encode())
        insert([content], "ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest")
        return content

    def held(self, pk: int) -> "Content | None":
        """The content of this number; composed once, since each page asks."""
        return _HELD.first(pk=pk)

    def free(self, limit: int = 500) -> int:
        """Remove contents that nothing refers to and that are older than a day."""
        oldest = now() - timedelta(seconds=settings.ORPHAN_CONTENT_AGE)
        unused = self.filter(messages=None, attachments=None, draft_files=None, withheld=None)
        orphans = unused.filter(created_at__lt=oldest)[:limit]
        return sum(orphan.remove() for orphan in orphans)


_HELD: "Prepared[Content]" = Prepared(lambda: Content.objects.filter(pk=given("pk")).order_by())


class Content(models.Model):
    """Bytes, stored once, compressed and encrypted; messages and attachments refer to it."""

    digest = models.CharField(max_length=64, unique=True)  # HMAC-SHA-256 under HASH_KEY
    size = models.PositiveBigIntegerField(_("size"))
    key_id = models.CharField(max_length=32)
    compressed = models.BooleanField(default=False)
    sealed = models.BinaryField(null=True)
    file = models.CharField(max_length=160, blank=True)
    created_at = models.DateTimeField(default=now)

    objects = ContentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed__isnull=False, file="") | (Q(sealed__isnull=True) & ~Q(file="")),
                name="content_in_one_place",
            )
        ]
        indexes = [models.Index(fields=("key_id", "id"), name="content_by_key")]

    def __str__(self) -> str:
        return f"{self.size} B"

    def chunks(self) -> Iterator[bytes]:
        """The plain bytes, piece by piece. Raises Undecryptable."""
        if self.file:
            yield from content_files.read(self.file, self.digest)
        else:
            packed = encryption.decrypt(bytes(self.sealed or b""), self.digest.encode())
            yield zlib.decompress(packed) if self.compressed else packed

    def read(self) -> bytes:
        return b"".join(self.chunks())

    def reseal(self) -> None:
        """Encrypt again under the current key."""
        plain, old_file = self.read(), self.file
        key_id = encryption.current_key_id()
        if old_file:
            self.file = content_files.write(self.digest, key_id, plain)
        else:
            self.compressed, packed = _pack(plain)
            self.sealed = encryption.encrypt(packed, self.digest.encode())
        moved = Content.objects.filter(pk=self.pk, key_id=self.key_id).update(
            file=self.file, sealed=self.sealed, compressed=self.compressed, key_id=key_id
        )
        self.key_id = key_id
        if moved and old_file and old_file != self.file:
            (settings.CONTENT_DIR / old_file).unlink(missing_ok=True)

    def remove(self) -> bool:
        """Delete the row, then its file; False when a new reference came in between."""
        try:
            with transaction.atomic():
                self.delete()
        except (IntegrityError, models.ProtectedError):
            return False
        if self.file:
            (settings.CONTENT_DIR / self.file).unlink(missing_ok=True)
        return True


def _pack(plain: bytes) -> tuple[bool, bytes]:
    if len(plain) < SMALLEST_TO_COMPRESS:
        return False, plain
    packed = zlib.compress(plain, 1)
    return (True, packed) if len(packed) < len(plain) else (False, plain)
