"""The engine as seen from another process: protocol, server, client, launcher."""
