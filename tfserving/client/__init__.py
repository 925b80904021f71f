"""Prediction clients that need neither TensorFlow nor tensorflow-serving-api."""

from tfserving.client.errors import AnswerError, InputsError, PredictionError
from tfserving.client.grpc_client import GrpcClient
from tfserving.client.rest_client import RestClient
from tfserving.client.tls import Tls

__all__ = ["AnswerError", "GrpcClient", "InputsError", "PredictionError", "RestClient", "Tls"]
