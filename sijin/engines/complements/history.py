"""What clerks said and what was delivered, as one number for whoever provides a kind of thing: Laplace's rule."""

from dataclasses import dataclass

DELIVERED = 2.0  # a delivery that arrived says more than a clerk's yes
NEUTRAL = 0.5


@dataclass(frozen=True)
class History:
    """How often a provider's offers of one kind were accepted, delivered, and turned down for reasons of its own."""

    accepted: int = 0
    delivered: int = 0
    failed: int = 0

    @property
    def trust(self) -> float:
        """Return (1 + good) / (2 + good + bad), between 0 and 1; a half for whom nothing is known.

        good = accepted + 2 × delivered, bad = failed (P. S. Laplace's rule of succession, 1774).
        """
        good = self.accepted + DELIVERED * self.delivered
        return (1.0 + good) / (2.0 + good + self.failed)
