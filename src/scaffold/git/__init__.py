"""Everything that git is asked and told."""
