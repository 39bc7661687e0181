"""The policies that Podium is measured against, each from its own source or documentation."""
