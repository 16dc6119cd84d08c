"""The whole report conversation measured in one run, ours beside the field's: see `report_conversation`."""
