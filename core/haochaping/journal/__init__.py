"""What happened: append-only events, consumers with cursors, sealing."""
