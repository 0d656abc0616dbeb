"""Questions about a network's logic, answered with proofs or witnesses."""
