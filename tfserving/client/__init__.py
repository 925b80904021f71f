"""Prediction clients that need neither TensorFlow nor tensorflow-serving-api."""

from tfserving.client.errors import PredictionError
from tfserving.client.grpc_client import GrpcClient
from tfserving.client.rest_client import RestClient
from tfserving.client.tls import Tls

__all__ = ["GrpcClient", "PredictionError", "RestClient", "Tls"]
