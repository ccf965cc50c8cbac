"""How long the service takes, beside a floor measured in the same run: `make bench`.

The floor writes and reads the same rows with plain SQL, synced commits, orjson and the
signatures that the contract demands, under the same server. Absolute times depend on the
machine and on who else uses it; ratios hardly do.
"""
