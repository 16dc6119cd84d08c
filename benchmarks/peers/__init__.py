"""The same report conversation, written as the field's two main libraries recommend."""
