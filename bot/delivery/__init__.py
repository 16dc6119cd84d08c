"""Letters: what the bot says, kept in the same transaction as what it did, and sent after the commit."""
