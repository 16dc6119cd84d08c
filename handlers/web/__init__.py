"""The browser door: the chat page, the frame of public pages, everything a browser asks for. Only here: fastapi."""
