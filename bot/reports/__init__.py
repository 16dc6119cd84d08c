"""Problems in the street: the words, the moves a report may make, who follows it, which are the same."""
