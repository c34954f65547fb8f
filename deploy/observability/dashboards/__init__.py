"""The dashboards, each by the name of its file."""

from collections.abc import Mapping

from deploy.observability.dashboards.business import BUSINESS
from deploy.observability.dashboards.gpu_energy import GPU_ENERGY
from deploy.observability.dashboards.models import MODELS
from deploy.observability.dashboards.service import SERVICE
from deploy.observability.panels import Board

BOARDS: Mapping[str, Board] = {
    "service": SERVICE,
    "models": MODELS,
    "gpu-energy": GPU_ENERGY,
    "business": BUSINESS,
}
