"""How many replicas: one pure function, what Ray Serve makes of it, and how KEDA and the HPA decide by them."""

from merx_kit.scaling.replicas import Decision, Fleet, ScalingSettings, ScalingState, Signals, desired_replicas

__all__ = ["Decision", "Fleet", "ScalingSettings", "ScalingState", "Signals", "desired_replicas"]
