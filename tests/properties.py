"""How often a property is tried: with the same examples in `make test`, with many others in `make test-proofs`."""

from hypothesis import settings

TIMES_IN_A_PROOF = 20

# A run that tries what no run has tried before may fail though nothing changed: that belongs to the proofs.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("proof", deadline=None, max_examples=100 * TIMES_IN_A_PROOF, print_blob=True)
settings.load_profile("same")


def examples(number: int) -> settings:
    """Try a property with so many examples; with TIMES_IN_A_PROOF as many in a proof."""
    is_proof = settings.get_current_profile_name() == "proof"
    return settings(max_examples=number * (TIMES_IN_A_PROOF if is_proof else 1))
