"""Mail: letters, the outbox, and handing over to a server."""
