"""The network of the recurrent member: an LSTM over what a series did, and what is planned for the period to come."""

import torch
from torch import Tensor, nn

STEPS = 9


class QuantileNetwork(nn.Module):  # type: ignore[misc]
    """Nine quantiles that cannot cross: a median, and widths below and above it that are never negative."""

    def __init__(self, *, channels: int, features: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.reader = nn.LSTM(channels, hidden, batch_first=True)
        self.head = nn.Sequential(
            nn.Linear(hidden + 2 * features, 2 * hidden), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(2 * hidden, 2 * hidden), nn.ReLU(), nn.Linear(2 * hidden, STEPS),
        )  # fmt: skip
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))

    def forward(self, windows: Tensor, features: Tensor) -> Tensor:
        """Windows [n, L, C] and features [n, F] (NaN: missing) to quantiles [n, 9] above the level."""
        missing = torch.isnan(features)
        standard = torch.where(missing, torch.zeros_like(features), (features - self.mean) / self.scale)
        _, (last, _) = self.reader(windows)
        joined = torch.cat([last[-1], standard.clamp(-5.0, 5.0), missing.to(features.dtype)], dim=1)
        out = self.head(joined)
        half = STEPS // 2
        widths = nn.functional.softplus(out[:, 1:] - 2.0)
        median = out[:, :1]
        below = median - widths[:, :half].cumsum(dim=1).flip(1)
        return torch.cat([below, median, median + widths[:, half:].cumsum(dim=1)], dim=1)


def pinball_loss(quantiles: Tensor, target: Tensor, levels: Tensor) -> Tensor:
    above = target[:, None] - quantiles
    return torch.maximum(levels * above, (levels - 1.0) * above).mean()
