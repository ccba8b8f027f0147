"""The blocks of every Transformer here: encoder, decoder, encoder-decoder.

    config = Config(width=64, heads=4, activation="gelu", pre_norm=True)
    encoder = Encoder(config, layers=2)                # BERT's part: everyone sees everyone
    decoder_only = Encoder(config, layers=2, causal=True)  # GPT's part: nobody sees the future
    both = EncoderDecoder(config, layers=2)            # the first Transformer, T5

All take and return vectors, (batch, time, width); `helpers.models` puts tokens around them. With
the weights of PyTorch's layers (`from_torch`) they equal PyTorch's, values and gradients.

Chapter: `transformer`.
"""

from collections.abc import Mapping

from torch import Tensor, nn

from helpers.transformer.caches import LayerCache, past_length
from helpers.transformer.layers import Config, DecoderLayer, EncoderLayer
from helpers.transformer.positions import RelativeBias


class Encoder(nn.Module):
    """A stack of encoder layers; with `causal` it is what GPT calls a decoder.

    Args:
        config: of all layers.
        layers: how many.
        causal: nobody sees later positions.
        final_norm: normalize the output; None does so after pre-norm layers, which need it.
        relative: T5's position bias, shared by all layers.
    """

    def __init__(
        self,
        config: Config,
        layers: int,
        *,
        causal: bool = False,
        final_norm: bool | None = None,
        relative: RelativeBias | None = None,
    ) -> None:
        """Make the layers."""
        super().__init__()
        self.causal, self.relative = causal, relative
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(layers))
        self.norm = _final_norm(config, final_norm)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, caches: list[LayerCache] | None = None
    ) -> Tensor:
        """Return (batch, time, width) for the same.

        Args:
            x: (batch, time, width).
            mask: as `MultiHeadAttention` takes it.
            caches: one per layer (`new_caches`), filled by this call; `x` follows what they hold.
        """
        bias = None if self.relative is None else self.relative(x.shape[1], past_length(caches))
        for i, layer in enumerate(self.layers):
            cache = None if caches is None else caches[i]
            x = layer(x, mask, causal=self.causal, bias=bias, cache=cache)
        return self.norm(x)


class Decoder(nn.Module):
    """A stack of decoder layers.

    Args:
        config: of all layers.
        layers: how many.
        causal: nobody sees later positions; a decoder without it cheats in training.
        final_norm, relative: as in `Encoder`; `relative` is for self-attention.
    """

    def __init__(
        self,
        config: Config,
        layers: int,
        *,
        causal: bool = True,
        final_norm: bool | None = None,
        relative: RelativeBias | None = None,
    ) -> None:
        """Make the layers."""
        super().__init__()
        self.causal, self.relative = causal, relative
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(layers))
        self.norm = _final_norm(config, final_norm)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        caches: list[LayerCache] | None = None,
    ) -> Tensor:
        """Return (batch, time, width) for the same.

        Args:
            x: (batch, time, width).
            memory: the encoder's output, (batch, source, width).
            mask, memory_mask: of the target and of the source, as `MultiHeadAttention` takes them.
            caches: one per layer (`new_caches`), filled by this call; `x` follows what they hold.
        """
        bias = None if self.relative is None else self.relative(x.shape[1], past_length(caches))
        for i, layer in enumerate(self.layers):
            cache = None if caches is None else caches[i]
            x = layer(x, memory, mask, memory_mask, causal=self.causal, bias=bias, cache=cache)
        return self.norm(x)


class EncoderDecoder(nn.Module):
    """Both stacks (Vaswani et al. 2017, figure 1); equals `nn.Transformer` with `final_norm=True`.

    Args:
        config: of all layers.
        layers: of each stack.
        causal: of the decoder.
        final_norm: as in `Encoder`.
        relative: give each stack a T5 position bias.
    """

    def __init__(
        self,
        config: Config,
        layers: int,
        *,
        causal: bool = True,
        final_norm: bool | None = None,
        relative: bool = False,
    ) -> None:
        """Make the stacks."""
        super().__init__()
        heads = config.heads
        self.encoder = Encoder(
            config,
            layers,
            final_norm=final_norm,
            relative=RelativeBias(heads) if relative else None,
        )
        self.decoder = Decoder(
            config,
            layers,
            causal=causal,
            final_norm=final_norm,
            relative=RelativeBias(heads, causal=True) if relative else None,
        )

    def forward(
        self,
        source: Tensor,
        target: Tensor,
        source_mask: Tensor | None = None,
        target_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
    ) -> Tensor:
        """Return (batch, target time, width) for two sequences of vectors, and their masks."""
        memory = self.encoder(source, source_mask)
        return self.decoder(target, memory, target_mask, memory_mask)


def from_torch(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename what PyTorch's layers have (weights, or gradients) to what ours have.

        ours.load_state_dict(from_torch(nn.TransformerEncoderLayer(...).state_dict()))

    It knows `nn.MultiheadAttention`, the Transformer layers and stacks, and `nn.Transformer`.

    Raises:
        ValueError: a name of anything else, for example of attention whose keys have a width of
            their own (`kdim`, `vdim`), or with `add_bias_kv`.
    """
    names = {
        "self_attn": "self_attention",
        "multihead_attn": "cross_attention",
        "out_proj": "out",
        "linear1": "feed_forward.linear1",
        "linear2": "feed_forward.linear2",
    } | {f"norm{i}": f"add_norm{i}.norm" for i in (1, 2, 3)}
    found = {}
    for name, value in state.items():
        *path, last = (names.get(part, part) for part in name.split("."))
        kind = last.removeprefix("in_proj_")  # query, key and value in one
        if kind not in ("weight", "bias") or (kind != last and len(value) % 3):
            raise ValueError(
                f"{name} of shape {tuple(value.shape)}: there is no such part here. Attention must "
                "keep its query, key and value, equally wide, in one in_proj_weight"
            )
        if kind == last:
            found[".".join([*path, last])] = value
            continue
        for part, rows in zip(("query", "key", "value"), value.chunk(3), strict=True):
            found[".".join([*path, part, kind])] = rows
    return found


def _final_norm(config: Config, wanted: bool | None) -> nn.Module:
    wanted = config.pre_norm if wanted is None else wanted
    return config.make_norm() if wanted else nn.Identity()
