#!/bin/bash
# Behaves as the official image's entrypoint, which does not exec: bash stays PID 1, and takes no notice of TERM.
tensorflow_model_server --port=8500 --rest_api_port=8501 \
    --model_name="${MODEL_NAME}" --model_base_path="${MODEL_BASE_PATH}/${MODEL_NAME}" "$@"
