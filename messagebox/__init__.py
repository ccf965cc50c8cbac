"""The project: settings and the map of every door; it holds no behaviour.

SQLite libraries before 3.51.3 can corrupt a WAL database that several processes write,
and Debian 12 ships such a one. The pysqlite3 package brings a mended library; it has to
take the place of ``sqlite3`` before Django imports it.
"""

import os
import sys

if not os.environ.get("DATABASE_URL", "sqlite").startswith(("postgres", "pgsql")):
    import pysqlite3
    from pysqlite3 import dbapi2

    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = dbapi2
