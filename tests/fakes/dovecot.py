"""Debian's Dovecot on a free port of this machine, where it is installed: a mail server that we
did not write. Every login has the one password; nothing of it is left after the test."""

import grp
import imaplib
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

from tests.left_out import left_out
from tests.ports import free_port

PASSWORD = "geheim"
PROGRAM = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""


class Dovecot:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        # it runs nothing as root, so root has it run as nobody
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())

    def __enter__(self) -> "Dovecot":
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "mail", self.user.pw_uid, self.user.pw_gid)
        for parent in (self.folder, *self.folder.parents):  # it has to get through to its mail
            if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o711)
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(
            CONFIGURATION.format(
                folder=self.folder,
                port=self.port,
                password=PASSWORD,
                user=self.user.pw_name,
                group=grp.getgrgid(self.user.pw_gid).gr_name,
                uid=self.user.pw_uid,
                gid=self.user.pw_gid,
            )
        )
        if not PROGRAM:
            left_out("Dovecot (Debian: dovecot-imapd) is not here")
        self.process = subprocess.Popen(
            [PROGRAM, "-F", "-c", str(configuration)], stderr=subprocess.DEVNULL
        )
        self._await()
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.terminate()
        self.process.wait(10)

    def _await(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            try:
                imaplib.IMAP4("127.0.0.1", self.port, timeout=5).logout()
            except (OSError, imaplib.IMAP4.error):
                time.sleep(0.05)
            else:
                return
        self.process.kill()
        log = self.folder / "log"
        raise AssertionError(log.read_text() if log.exists() else "Dovecot does not start")

    def put(self, login: str, content: bytes) -> None:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as session:
            session.login(login, PASSWORD)
            assert session.append("INBOX", "", "", content)[0] == "OK"

    def contents(self, login: str) -> list[tuple[bytes, bytes]]:
        """The flags and the bytes of each mail, seen without leaving a mark."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as session:
            session.login(login, PASSWORD)
            session.select("INBOX", readonly=True)
            _, found = session.uid("fetch", "1:*", "(FLAGS BODY.PEEK[])")
        return [(item[0], item[1]) for item in found if isinstance(item, tuple)]
