"""Optimizers from scratch, each equal to its namesake in `torch.optim`, step for step.

A rule is a class with `buffers`, the number of tensors that it remembers for every parameter, and
`update`, which changes one parameter in place. The base does the rest.

    optimizer = Adam(net.parameters(), lr=1e-3)
    optimizer.zero_grad(); loss.backward(); optimizer.step()

In the formulas: w a parameter, g its gradient, eta the learning rate, t the step from 1 on.

Chapter: `building-blocks`.
"""

from collections.abc import Iterable

import torch
from torch import Tensor


class Optimizer:
    """What all rules share: parameters, their memory, and the loop over them."""

    buffers = 0  # tensors to remember for each parameter, all zero at the start

    def __init__(self, parameters: Iterable[Tensor], lr: float) -> None:
        """Take the tensors to train, changed in place, and the learning rate.

        Raises:
            ValueError: there is nothing to train, or `lr` is not positive.
        """
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("there are no parameters to train; was a generator used up?")
        if not lr > 0:
            raise ValueError(f"lr={lr} must be positive: steps go downhill")
        self.lr = lr
        self.t = [0] * len(self.parameters)
        self.memory = [[torch.zeros_like(p) for _ in range(self.buffers)] for p in self.parameters]

    def zero_grad(self) -> None:
        """Forget the gradients; the next `backward` would add to them."""
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient."""
        for i, p in enumerate(self.parameters):
            if p.grad is not None:
                self.t[i] += 1
                self.update(p, p.grad, self.t[i], *self.memory[i])

    def update(self, w: Tensor, g: Tensor, t: int, *memory: Tensor) -> None:
        """Change `w` and its memory in place; every rule has its own."""
        raise NotImplementedError


class SGD(Optimizer):
    """Go downhill: w <- w - eta g (Robbins and Monro 1951)."""

    def update(self, w: Tensor, g: Tensor, t: int) -> None:
        """Take one step against the gradient."""
        w -= self.lr * g


class Momentum(Optimizer):
    """Keep rolling: v <- mu v + g, w <- w - eta v (Polyak 1964)."""

    buffers = 1

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.9) -> None:
        """Take `momentum`, mu: the share of the velocity that is kept each step."""
        super().__init__(parameters, lr)
        self.momentum = momentum

    def update(self, w: Tensor, g: Tensor, t: int, v: Tensor) -> None:
        """Add the gradient to the velocity, then move by it."""
        v.mul_(self.momentum).add_(g)
        w -= self.lr * v


class Nesterov(Momentum):
    """Look where the velocity leads: w <- w - eta (g + mu v), v as before.

    Nesterov 1983, Sutskever et al. 2013: w is the point that is looked at.
    """

    def update(self, w: Tensor, g: Tensor, t: int, v: Tensor) -> None:
        """Move by the gradient and by the velocity of the next step."""
        v.mul_(self.momentum).add_(g)
        w -= self.lr * (g + self.momentum * v)


class AdaGrad(Optimizer):
    """Divide by the root of all squares so far (Duchi, Hazan and Singer 2011).

    s <- s + g^2, w <- w - eta g / (sqrt(s) + eps). The rate never grows.
    """

    buffers = 1

    def __init__(self, parameters: Iterable[Tensor], lr: float = 1e-2, eps: float = 1e-10) -> None:
        """Take `eps`, which keeps the first step from dividing by 0."""
        super().__init__(parameters, lr)
        self.eps = eps

    def update(self, w: Tensor, g: Tensor, t: int, s: Tensor) -> None:
        """Add up squares, divide by their root."""
        s += g.square()
        w -= self.lr * g / (s.sqrt() + self.eps)


class RMSprop(Optimizer):
    """Forget old squares (Tieleman and Hinton 2012, lecture 6.5).

    s <- rho s + (1 - rho) g^2, w <- w - eta g / (sqrt(s) + eps).
    PyTorch calls rho `alpha`.
    """

    buffers = 1

    def __init__(
        self, parameters: Iterable[Tensor], lr: float = 1e-2, rho: float = 0.99, eps: float = 1e-8
    ) -> None:
        """Take `rho`, the share of the mean square that is kept each step."""
        super().__init__(parameters, lr)
        self.rho, self.eps = rho, eps

    def update(self, w: Tensor, g: Tensor, t: int, s: Tensor) -> None:
        """Average squares over about 1 / (1 - rho) steps, divide by the root."""
        s.mul_(self.rho).add_((1 - self.rho) * g.square())
        w -= self.lr * g / (s.sqrt() + self.eps)


class AdaDelta(Optimizer):
    """Measure steps in the units of w (Zeiler 2012).

    s <- rho s + (1 - rho) g^2, d = g sqrt(u + eps) / sqrt(s + eps),
    u <- rho u + (1 - rho) d^2, w <- w - eta d, with eta = 1 in the paper.
    """

    buffers = 2

    def __init__(
        self, parameters: Iterable[Tensor], lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6
    ) -> None:
        """Take `rho` as RMSprop does; `eps` also sets the size of the very first step."""
        super().__init__(parameters, lr)
        self.rho, self.eps = rho, eps

    def update(self, w: Tensor, g: Tensor, t: int, s: Tensor, u: Tensor) -> None:
        """Scale by the size of past steps over that of past gradients."""
        s.mul_(self.rho).add_((1 - self.rho) * g.square())
        d = g * (u + self.eps).sqrt() / (s + self.eps).sqrt()
        u.mul_(self.rho).add_((1 - self.rho) * d.square())
        w -= self.lr * d


class Adam(Optimizer):
    """Average gradients and squares, corrected for their start at zero.

    m <- b1 m + (1 - b1) g, s <- b2 s + (1 - b2) g^2,
    w <- w - eta m' / (sqrt(s') + eps), m' = m / (1 - b1^t), s' = s / (1 - b2^t)
    (Kingma and Ba 2015, algorithm 1).
    """

    buffers = 2

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        """Take `betas`, the shares of both averages that are kept each step."""
        super().__init__(parameters, lr)
        self.betas, self.eps = betas, eps

    def update(self, w: Tensor, g: Tensor, t: int, m: Tensor, s: Tensor) -> None:
        """Move by the mean gradient over the root of the mean square."""
        b1, b2 = self.betas
        m.mul_(b1).add_((1 - b1) * g)
        s.mul_(b2).add_((1 - b2) * g.square())
        mean, square = m / (1 - b1**t), s / (1 - b2**t)
        w -= self.lr * mean / (square.sqrt() + self.eps)


class AdamW(Adam):
    """Adam that first shrinks w <- (1 - eta lambda) w (Loshchilov and Hutter 2019)."""

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        """Take `weight_decay`, lambda; it does not pass through the averages."""
        super().__init__(parameters, lr, betas, eps)
        self.weight_decay = weight_decay

    def update(self, w: Tensor, g: Tensor, t: int, m: Tensor, s: Tensor) -> None:
        """Shrink, then step as Adam does."""
        w.mul_(1 - self.lr * self.weight_decay)
        super().update(w, g, t, m, s)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "SGD": SGD,
    "momentum": Momentum,
    "Nesterov": Nesterov,
    "AdaGrad": AdaGrad,
    "AdaDelta": AdaDelta,
    "RMSprop": RMSprop,
    "Adam": Adam,
    "AdamW": AdamW,
}
