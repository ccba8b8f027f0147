"""Encoder and decoder: one recurrent net reads the source, another writes the target.

    model = Seq2Seq(len(source_vocabulary), len(target_vocabulary), cell="lstm")

`helpers.text.translation` makes its batches, and lets it write.

Chapters: `language-models`, `attention`.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from helpers.masks import token_mask
from helpers.text.decoding import DecodingState
from helpers.text.vocabulary import PAD_ID, lengths

_CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}
Memory = tuple[Tensor, ...]  # (h,) of a GRU, (h, c) of an LSTM; each (batch, hidden)


class RecurrentEncoder(nn.Module):
    """Read a source: its vector at each position, and the memory at the end (Sutskever 2014).

    With `bidirectional`, half of the `hidden` units read from the left and half from the right.
    """

    def __init__(
        self,
        size: int,
        embedding: int,
        hidden: int,
        cell: str = "lstm",
        bidirectional: bool = False,
    ) -> None:
        """Raise ValueError for an unknown cell, or an odd `hidden` with `bidirectional`."""
        super().__init__()
        if bidirectional and hidden % 2:
            raise ValueError(f"hidden={hidden} must be even: each direction has half of it")
        self.embedding = nn.Embedding(size, embedding, padding_idx=PAD_ID)
        width = hidden // 2 if bidirectional else hidden
        self.rnn = _cell(cell)(embedding, width, batch_first=True, bidirectional=bidirectional)

    def forward(self, source: Tensor) -> tuple[Tensor, Memory]:
        """Return the outputs (batch, time, hidden), zero at the padding, and the last memory.

        Args:
            source: (batch, time), padded on the right with `PAD_ID`.

        Raises:
            ValueError: a source is empty.
        """
        count = lengths(source)
        if (count == 0).any():
            row = (count == 0).nonzero()[0].item()
            raise ValueError(f"source {row} of the batch is empty: at least one token is needed")
        packed = pack_padded_sequence(
            self.embedding(source), count.cpu(), batch_first=True, enforce_sorted=False
        )
        outputs, last = self.rnn(packed)
        outputs, _ = pad_packed_sequence(outputs, batch_first=True, total_length=source.shape[1])
        last = last if isinstance(last, tuple) else (last,)
        # (directions, batch, width) -> (batch, hidden)
        return outputs, tuple(part.transpose(0, 1).flatten(1) for part in last)


class RecurrentDecoder(nn.Module):
    """Write a target, token by token, from a memory; look back at the source with `attention`.

    `attention(query (batch, time, hidden), keys (batch, source, hidden), mask (batch, source))`
    returns a context (batch, time, hidden) and weights (batch, time, source); the query is the
    decoder's output, and the two are joined as in Luong et al. 2015, equation 5.
    """

    def __init__(
        self,
        size: int,
        embedding: int,
        hidden: int,
        cell: str = "lstm",
        attention: nn.Module | None = None,
    ) -> None:
        """Raise ValueError for an unknown cell."""
        super().__init__()
        self.embedding = nn.Embedding(size, embedding, padding_idx=PAD_ID)
        self.rnn = _cell(cell)(embedding, hidden, batch_first=True)
        self.attention = attention
        self.join = None if attention is None else nn.Linear(2 * hidden, hidden)
        self.output = nn.Linear(hidden, size)

    def forward(
        self, tokens: Tensor, memory: Memory, keys: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Memory, Tensor | None]:
        """Return the logits of the tokens that follow, the new memory, the attention weights.

        Args:
            tokens: (batch, time), what has been written.
            memory: of the source, or of the tokens before these.
            keys, mask: the encoder's outputs (batch, source, hidden), and where they are tokens;
                not read without attention.

        Returns:
            (batch, time, size), the memory, and (batch, time, source) or None.
        """
        memory = tuple(part[None].contiguous() for part in memory)
        outputs, last = self.rnn(
            self.embedding(tokens), memory if isinstance(self.rnn, nn.LSTM) else memory[0]
        )
        weights = None
        if self.attention is not None:
            context, weights = self.attention(outputs, keys, mask)
            outputs = torch.tanh(self.join(torch.cat([context, outputs], dim=2)))
        last = last if isinstance(last, tuple) else (last,)
        return self.output(outputs), tuple(part[0] for part in last), weights


class Seq2Seq(nn.Module):
    """An encoder and a decoder trained as one net: p(target | source).

    Called with the target it forces the teacher's tokens on the decoder; `start` and `step` let it
    run freely, with any function of `helpers.text.decoding`.
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        *,
        embedding: int = 32,
        hidden: int = 64,
        cell: str = "lstm",
        bidirectional: bool = False,
        attention: nn.Module | None = None,
    ) -> None:
        """Build both halves; queries and keys of `attention` are `hidden` wide."""
        super().__init__()
        self.encoder = RecurrentEncoder(source_size, embedding, hidden, cell, bidirectional)
        self.decoder = RecurrentDecoder(target_size, embedding, hidden, cell, attention)

    def forward(self, source: Tensor, target_in: Tensor) -> Tensor:
        """Return logits (batch, vocabulary, time): at each position, of the token that follows.

        Args:
            source: (batch, source time), padded with `PAD_ID`.
            target_in: (batch, time), `START_ID` and then the target.
        """
        return self._read(source, target_in)[0].transpose(1, 2)

    def align(self, source: Tensor, target_in: Tensor) -> Tensor:
        """Return the attention weights (batch, time, source); row t is for the token after t.

        Raises:
            ValueError: the model has no attention.
        """
        if self.decoder.attention is None:
            raise ValueError("this model has no attention, so it has no weights to show")
        return self._read(source, target_in)[2]

    def start(self, source: Tensor) -> DecodingState:
        """Read the sources (batch, time); return the state with which `step` begins."""
        keys, memory = self.encoder(source)
        if self.decoder.attention is None:
            return memory, None, None
        return memory, keys, token_mask(source)

    def step(self, tokens: Tensor, state: DecodingState) -> tuple[Tensor, DecodingState]:
        """Return log-probabilities (batch, vocabulary) after one more token (batch,); the state."""
        memory, keys, where = state
        logits, memory, _ = self.decoder(tokens[:, None], memory, keys, where)
        return logits[:, 0].log_softmax(dim=1), (memory, keys, where)

    def _read(self, source: Tensor, target_in: Tensor) -> tuple[Tensor, Memory, Tensor | None]:
        return self.decoder(target_in, *self.start(source))


def _cell(name: str) -> type[nn.LSTM] | type[nn.GRU]:
    if name not in _CELLS:
        raise ValueError(f"cell={name!r} is unknown: choose from {', '.join(_CELLS)}")
    return _CELLS[name]
