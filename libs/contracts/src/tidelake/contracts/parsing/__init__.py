"""From the text of a contract to its values, with every problem at its line."""
