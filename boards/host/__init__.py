"""The host's end: serial client, session, programming, and what a board must answer."""
