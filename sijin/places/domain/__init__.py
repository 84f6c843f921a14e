"""Loading regions, and finding a place by the name that people use for it."""

from sijin.places.domain.loading import (
    COUNTIES,
    DATA,
    FUNCTIONAL,
    MCA,
    NBS,
    add_area,
    add_place,
    boundaries,
    load_weihai,
    region,
)
from sijin.places.domain.naming import AmbiguousPlace, Gazetteer, PlaceError, UnknownPlace, path_of, resolve

__all__ = [
    "COUNTIES",
    "DATA",
    "FUNCTIONAL",
    "MCA",
    "NBS",
    "AmbiguousPlace",
    "Gazetteer",
    "PlaceError",
    "UnknownPlace",
    "add_area",
    "add_place",
    "boundaries",
    "load_weihai",
    "path_of",
    "region",
    "resolve",
]
