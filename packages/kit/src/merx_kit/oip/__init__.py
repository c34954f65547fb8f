"""Open Inference Protocol v2 (KServe V2): a model as other platforms call it."""

from merx_kit.oip.routes import InferenceModel, add_inference_routes

__all__ = ["InferenceModel", "add_inference_routes"]
