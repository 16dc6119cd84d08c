"""Residents: an internal number, their addresses on channels, their language. No name, no phone number."""
