"""Photos residents send: made safe to show, then kept under the fingerprint of what is stored."""
