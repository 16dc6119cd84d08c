"""The clock is a door too: it wakes the bot. Rows decide what is due; APScheduler only ticks."""
