"""What the tests use to meet Parvis from outside: a Telegram server of their own, pictures, a person who chats."""
