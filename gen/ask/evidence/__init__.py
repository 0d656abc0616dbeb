"""What proves an answer, checked without the code that found it."""
