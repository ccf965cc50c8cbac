"""Secrets from the environment, or made once and kept in ``var/`` outside production."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from boxes import key_sets
from boxes.key_sets import new_key_set

__all__ = ["kept_secret", "new_key_set", "parse_key_set"]


def keep_private(directory: Path) -> None:
    """Only our own account enters, whatever the directory was made with."""
    with suppress(PermissionError):  # it is another account's, who has to see to it
        if stat.S_IMODE(directory.stat().st_mode) & 0o077:
            directory.chmod(0o700)


def kept_secret(directory: Path, name: str, make) -> str:
    """Read the secret from ``directory/name``, made with ``make()`` when absent.

    Several processes may start at once: the first to create the file wins, all read it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    keep_private(directory)
    path = directory / name
    if not path.exists():
        fresh = directory / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first
        finally:
            fresh.unlink()
    return path.read_text().strip()


def parse_key_set(name: str, text: str) -> dict[str, bytes]:
    """The keys of a setting, by id. Raises ImproperlyConfigured with what is wrong with it."""
    try:
        return key_sets.parse_key_set(name, text)
    except ValueError as error:
        raise ImproperlyConfigured(str(error)) from error
