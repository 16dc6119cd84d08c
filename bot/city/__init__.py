"""A town is data: its places, its quartiers, what may be reported, who is responsible, its hours and languages."""
