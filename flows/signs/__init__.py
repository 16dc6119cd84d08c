"""The words written on the doors themselves: keys, labels, what a channel says of itself. One file a door."""
