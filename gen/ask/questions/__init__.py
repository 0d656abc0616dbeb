"""One file a question: parse, search, state the claim, attach the evidence."""
