"""What each part of the training of tables is worth: one change at a time, three seeds each."""
