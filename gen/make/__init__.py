"""What make does before any step: names and settings are checked, a build folder is locked."""
