"""The browser door: the chat page, the public pages' frame, and everything a browser may ask for. Only here: fastapi."""
