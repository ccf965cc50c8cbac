"""Example boxes and the messages between them, loaded through the API as software would."""
