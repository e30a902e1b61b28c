"""Text as strings: sentences, languages, what is safe to print."""
