"""From core values to text for people and programs; decides nothing, does no I/O, escapes everything that is data."""
