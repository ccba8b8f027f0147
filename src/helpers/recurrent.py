"""Recurrent layers from scratch: RNN, LSTM and GRU, and back-propagation through time by hand.

A cell is a function from (inputs of one step, state) to the next state. A layer runs one cell
along the time axis, forwards or backwards, and layers are stacked.

    rnn    h = tanh(W_ih x + b_ih + W_hh h + b_hh)        Elman 1990
    lstm   gates write, keep and show a cell state        Hochreiter and Schmidhuber 1997,
                                                          with Gers et al.'s forget gate, 2000
    gru    two gates and no cell state                    Cho et al. 2014

Parameters carry PyTorch's names, order and shapes, so a `state_dict` of `nn.LSTM` fits `LSTM`.
The batch comes first in inputs and outputs: they equal `nn.LSTM(..., batch_first=True)`. States
are PyTorch's too: (layers * directions, batch, hidden).

Chapter: `rnn-lstm`.
"""

import torch
from torch import Tensor, nn

State = tuple[Tensor, ...]  # of one layer: (h,), or (h, c); each (batch, hidden)


def rnn_step(from_input: Tensor, state: State, weight: Tensor, bias: Tensor) -> State:
    """Return the next state of a plain recurrent net, (h,).

    Args:
        from_input: W_ih x + b_ih of this step, (batch, hidden).
        state: (h,), (batch, hidden).
        weight: W_hh, (hidden, hidden).
        bias: b_hh, (hidden,).
    """
    (h,) = state
    return (torch.tanh(from_input + h @ weight.T + bias),)


def lstm_step(from_input: Tensor, state: State, weight: Tensor, bias: Tensor) -> State:
    """Return the next state of an LSTM, (h, c).

    Args:
        from_input: W_ih x + b_ih of this step, (batch, 4 * hidden): input gate, forget gate,
            candidate, output gate, in this order.
        state: (h, c), each (batch, hidden).
        weight, bias: W_hh, (4 * hidden, hidden), and b_hh, (4 * hidden,), in the same order.
    """
    h, c = state
    i, f, g, o = (from_input + h @ weight.T + bias).chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # keep, and write
    h = torch.sigmoid(o) * torch.tanh(c)  # show
    return h, c


def gru_step(from_input: Tensor, state: State, weight: Tensor, bias: Tensor) -> State:
    """Return the next state of a GRU, (h,).

    The reset gate acts after the matrix, as in PyTorch and cuDNN; Cho et al. put it before.

    Args:
        from_input: W_ih x + b_ih of this step, (batch, 3 * hidden): reset gate, update gate,
            candidate, in this order.
        state: (h,), (batch, hidden).
        weight, bias: W_hh, (3 * hidden, hidden), and b_hh, (3 * hidden,), in the same order.
    """
    (h,) = state
    r_x, z_x, n_x = from_input.chunk(3, dim=-1)
    r_h, z_h, n_h = (h @ weight.T + bias).chunk(3, dim=-1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    n = torch.tanh(n_x + r * n_h)
    return ((1 - z) * n + z * h,)


class _Recurrent(nn.Module):
    """One cell along time, in `num_layers` layers, in one direction or in both.

    Args:
        input_size: features of x.
        hidden_size: entries of the state.
        num_layers: layers, each reading the outputs of the one below.
        bidirectional: each layer has a second cell that reads from the end; outputs and what the
            next layer reads are both cells' states side by side.

    Raises:
        ValueError: a size is not positive.
    """

    step = None  # the cell
    blocks = 1  # how many (hidden, ...) blocks a weight matrix has
    parts = 1  # how many tensors a state has: h, or h and c

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bidirectional: bool = False,
    ) -> None:
        """Draw every parameter from U(-1/sqrt(hidden), 1/sqrt(hidden)), as PyTorch does."""
        super().__init__()
        if min(input_size, hidden_size, num_layers) < 1:
            raise ValueError(
                f"input_size={input_size}, hidden_size={hidden_size} and num_layers={num_layers} "
                "must be at least 1"
            )
        self.input_size, self.hidden_size = input_size, hidden_size
        self.num_layers, self.bidirectional = num_layers, bidirectional
        rows = self.blocks * hidden_size
        for index, end in enumerate(self._ends()):
            below = input_size if index < self.directions else self.directions * hidden_size
            setattr(self, f"weight_ih_{end}", nn.Parameter(torch.empty(rows, below)))
            setattr(self, f"weight_hh_{end}", nn.Parameter(torch.empty(rows, hidden_size)))
            setattr(self, f"bias_ih_{end}", nn.Parameter(torch.empty(rows)))
            setattr(self, f"bias_hh_{end}", nn.Parameter(torch.empty(rows)))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden_size**-0.5), hidden_size**-0.5)

    @classmethod
    def like(cls, module: nn.RNNBase) -> "_Recurrent":
        """Return a layer of this class with the sizes, weights and type of PyTorch's `module`.

        Raises:
            ValueError: the module is of another kind, or has an option that ours has not (biases
                left out, projections, dropout between layers, ReLU).
        """
        wanted = "RNN_TANH" if cls is RNN else cls.__name__
        if module.mode != wanted:
            raise ValueError(f"{cls.__name__} cannot take the weights of a {module.mode}")
        if not module.bias or module.proj_size or module.dropout:
            raise ValueError("ours has no bias=False, no proj_size and no dropout")
        ours = cls(
            module.input_size, module.hidden_size, module.num_layers, module.bidirectional
        ).to(module.weight_ih_l0)
        ours.load_state_dict(module.state_dict())
        return ours

    @property
    def directions(self) -> int:
        """2 if bidirectional, else 1."""
        return 2 if self.bidirectional else 1

    def forward(
        self, x: Tensor, state: Tensor | State | None = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor | State]:
        """Read whole sequences.

        Args:
            x: (batch, time, features).
            state: to start from, h or (h, c), each (layers * directions, batch, hidden); zeros by
                default.
            lengths: how many steps of each sequence are real, (batch,); the rest is padding at
                the end, which is not read: there the outputs are 0, the final state is that of
                the last real step, and the backward cell starts at it. As PyTorch on packed
                sequences.

        Returns:
            The last layer's h at every step, (batch, time, directions * hidden), and the final
            state of every layer, shaped as `state`.

        Raises:
            ValueError: x, state or lengths do not fit.
        """
        self._check(x, lengths)
        starts = self._starts(x, state)
        real = None  # (time, batch, 1)
        if lengths is not None:
            times = torch.arange(x.shape[1], device=x.device)
            real = (times[:, None] < lengths.to(x.device)).unsqueeze(-1)
        finals, ends = [], iter(self._ends())
        for _ in range(self.num_layers):
            outputs = []
            for backwards in (False, True)[: self.directions]:
                out, final = self._run(x, starts[len(finals)], next(ends), real, backwards)
                outputs.append(out)
                finals.append(final)
            x = torch.cat(outputs, dim=-1)
        last = tuple(torch.stack(part) for part in zip(*finals, strict=True))
        return x, last if self.parts > 1 else last[0]

    def _run(
        self, x: Tensor, state: State, end: str, real: Tensor | None, backwards: bool
    ) -> tuple[Tensor, State]:
        """One cell along the whole time: its h at every step, and its final state."""
        from_input = x @ getattr(self, f"weight_ih_{end}").T + getattr(self, f"bias_ih_{end}")
        weight, bias = getattr(self, f"weight_hh_{end}"), getattr(self, f"bias_hh_{end}")
        outputs = [None] * x.shape[1]
        for t in reversed(range(len(outputs))) if backwards else range(len(outputs)):
            new = type(self).step(from_input[:, t], state, weight, bias)
            if real is not None:  # a finished sequence keeps the state that it ended in
                new = tuple(torch.where(real[t], a, b) for a, b in zip(new, state, strict=True))
            state = new
            outputs[t] = state[0] if real is None else state[0] * real[t]
        return torch.stack(outputs, dim=1), state

    def _ends(self) -> list[str]:
        """How the names of the parameters end, in the order of the states."""
        sides = ("", "_reverse")[: self.directions]
        return [f"l{layer}{side}" for layer in range(self.num_layers) for side in sides]

    def _starts(self, x: Tensor, state: Tensor | State | None) -> list[State]:
        """The state that each cell starts from."""
        shape = (self.num_layers * self.directions, len(x), self.hidden_size)
        if state is None:
            state = (x.new_zeros(shape),) * self.parts
        elif isinstance(state, Tensor):
            state = (state,)
        found = [tuple(part.shape) for part in state]
        if found != [shape] * self.parts:
            raise ValueError(
                f"{type(self).__name__} starts from {self.parts} tensor(s) of (layers * "
                f"directions, batch, hidden) = {shape}, not {found}"
            )
        return list(zip(*state, strict=True))

    def _check(self, x: Tensor, lengths: Tensor | None) -> None:
        if x.ndim != 3 or x.shape[2] != self.input_size or not x.shape[1]:
            raise ValueError(
                f"{type(self).__name__} reads (batch, time, {self.input_size}) with at least one "
                f"step, not {tuple(x.shape)}"
            )
        if lengths is None:
            return
        if lengths.shape != x.shape[:1]:
            raise ValueError(
                f"lengths has the shape {tuple(lengths.shape)}; {len(x)} sequences need ({len(x)},)"
            )
        if len(x) and not (lengths.min() >= 1 and lengths.max() <= x.shape[1]):
            raise ValueError(f"every length must lie between 1 and {x.shape[1]}: {lengths}")


class RNN(_Recurrent):
    """A plain recurrent net with tanh; equals `nn.RNN`. See `_Recurrent` for the arguments."""

    step = staticmethod(rnn_step)


class LSTM(_Recurrent):
    """Long short-term memory; equals `nn.LSTM`. Its state is (h, c)."""

    step, blocks, parts = staticmethod(lstm_step), 4, 2


class GRU(_Recurrent):
    """Gated recurrent unit; equals `nn.GRU`."""

    step, blocks = staticmethod(gru_step), 3


@torch.no_grad()
def set_forget_bias(layer: nn.Module, value: float) -> None:
    """Make `value` the forget gates' bias in every cell of an LSTM, ours or PyTorch's, in place.

    Each gate has two biases that are added; one becomes `value`, the other 0. Jozefowicz et al.
    2015 recommend 1.

    Raises:
        ValueError: the layer has no LSTM biases.
    """
    biases = {name: p for name, p in layer.named_parameters() if name.startswith("bias_")}
    if not biases or not isinstance(layer, LSTM | nn.LSTM):
        raise ValueError(
            f"{type(layer).__name__} is not an LSTM with biases: there is no forget bias to set"
        )
    for name, bias in biases.items():
        forget = bias.chunk(4)[1]
        forget.fill_(value if name.startswith("bias_ih") else 0.0)


@torch.no_grad()
def gates(layer: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Return what an LSTM of one layer and direction does at each step, from a zero state.

    Args:
        layer: ours or PyTorch's (with batch_first=True).
        x: (batch, time, features).

    Returns:
        "input", "forget", "output" (between 0 and 1), "candidate" (between -1 and 1) and "cell",
        each (batch, time, hidden).

    Raises:
        ValueError: several layers or directions, or no LSTM.
    """
    if not isinstance(layer, LSTM | nn.LSTM) or layer.num_layers > 1 or layer.bidirectional:
        raise ValueError("gates() reads an LSTM of one layer and one direction")
    h, _ = layer(x)
    before = torch.cat([torch.zeros_like(h[:, :1]), h[:, :-1]], dim=1)  # h of the step before
    z = x @ layer.weight_ih_l0.T + layer.bias_ih_l0
    z = z + before @ layer.weight_hh_l0.T + layer.bias_hh_l0
    i, f, g, o = z.chunk(4, dim=-1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    cell, c = [], torch.zeros_like(h[:, 0])
    for t in range(x.shape[1]):
        c = f[:, t] * c + i[:, t] * g[:, t]
        cell.append(c)
    cell = torch.stack(cell, dim=1)
    return {"input": i, "forget": f, "candidate": g, "output": o, "cell": cell}


def bptt_terms(h: Tensor, grad: Tensor, weight: Tensor) -> Tensor:
    """Return the gradient of a loss by W_hh of a plain RNN, one term for each use of W_hh.

    W_hh is used at every step. Term k is what the loss would feel if only the W_hh of step k were
    changed; the gradient is the sum of the terms (back-propagation through time, Werbos 1990).

    Args:
        h: the states from the start state on, h_0 ... h_T, (batch, time + 1, hidden).
        grad: what the loss feels of h_1 ... h_T directly, not through later states,
            (batch, time, hidden).
        weight: W_hh, (hidden, hidden).

    Returns:
        (time, hidden, hidden).
    """
    terms = []
    arriving = torch.zeros_like(h[:, 0])  # from later steps, at h_t: (batch, hidden)
    for t in reversed(range(grad.shape[1])):
        delta = (grad[:, t] + arriving) * (1 - h[:, t + 1] ** 2)  # at q_t, through tanh
        terms.append(delta.T @ h[:, t])  # q_t = ... + W_hh h_(t-1)
        arriving = delta @ weight  # on to h_(t-1)
    return torch.stack(terms[::-1])
