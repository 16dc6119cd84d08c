"""The engine of conversations: flows are replayed with the answers given so far, and a turn is one transaction."""
