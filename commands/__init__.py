"""Commands of `takhai` that come in groups, and what all commands share."""
