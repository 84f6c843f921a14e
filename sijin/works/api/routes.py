"""The router on which the modules of this room put their routes."""

from ninja import Router

router = Router(tags=["works"])
