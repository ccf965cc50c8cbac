#!/usr/bin/env python
"""The command line of MessageBox."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "messagebox.settings")
    os.umask(0o077)  # what the service writes is for its own account only
    execute_from_command_line(sys.argv)
