"""Keys and values that are kept while a text is written, so that no token is computed twice.

Chapter: `transformer`.
"""

from torch import Tensor

Cache = dict[str, Tensor]  # "keys" and "values", (batch, heads, source, head)
LayerCache = dict[str, Cache]  # "self" and "cross"


def new_caches(layers: int) -> list[LayerCache]:
    """Return empty caches, one per layer."""
    return [{"self": {}, "cross": {}} for _ in range(layers)]


def copy_caches(caches: list[LayerCache]) -> list[LayerCache]:
    """Return the same tensors in new dictionaries: filling these leaves the old ones alone."""
    return [{name: dict(part) for name, part in cache.items()} for cache in caches]


def past_length(caches: list[LayerCache] | None) -> int:
    """Return how many positions the caches hold."""
    return caches[0]["self"]["keys"].shape[2] if caches and caches[0]["self"] else 0


def cache_of(layer: LayerCache | None, name: str) -> Cache | None:
    """Return the cache of one attention of a layer, "self" or "cross"; None if none is kept."""
    return None if layer is None else layer[name]
