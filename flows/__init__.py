"""What Parvis can talk about: one subject a file. Every word it says to a person is in this folder."""
