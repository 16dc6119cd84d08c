"""News of the quartiers: who writes them, who lets them go, whom they are for, what became of them."""
