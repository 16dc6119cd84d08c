"""Where state lives: one SQL database, one transaction for a group of turns, instants in UTC."""
