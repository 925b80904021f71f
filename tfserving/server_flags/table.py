"""The flags of tensorflow_model_server as one table: type, default, meaning, and who may set them."""

from collections.abc import Mapping
from typing import Final

from tfserving.server_flags.flag import Flag, Version, exists_in, parse_version

__all__ = ["FLAGS", "Flag", "Version", "exists_in", "parse_version"]

_MODELS_CONFIG = "models come from models.config; name the model there"
_FIXED_PORT = "firewall rules, health checks and the agent rely on the port this project sets; remove the flag"
_TOO_MANY = "the server's thread pools count their threads in 14 bits (kWaiterBits of Eigen's EventCount.h)"
_MOST_THREADS = (1 << 14) - 2
_INTERPRETERS = "each interpreter has memory of its own, taken while the model loads"
# Seen with TensorFlow 2.21: "Check failed: num_threads >= 1".
_NEGATIVE_THREADS = "TensorFlow aborts the server with a negative number; 0 leaves the choice to it"

# Order and defaults follow main.cc and server.h of tensorflow/serving 2.20.
_ROWS: Final = (
    Flag("port", "int32", 8500, "TCP port of the gRPC API.", reserved=_FIXED_PORT),
    Flag(
        "grpc_socket_path",
        "string",
        "",
        "Unix socket to serve the gRPC API on as well.",
        reserved="the socket would lie inside the server's container, where nobody reaches it; call the gRPC port "
        "and remove the flag",
    ),
    Flag("rest_api_port", "int32", 0, "TCP port of the REST API; 0 is off.", reserved=_FIXED_PORT),
    Flag(
        "rest_api_num_threads",
        "int32",
        None,
        "Threads for REST calls, one of which waits for connections; four per CPU unless set.",
        minimum=2,
        below="the thread that waits for connections would be the only one and REST would hang "
        "(tensorflow/serving#1576)",
        maximum=_MOST_THREADS,
        above=_TOO_MANY,
    ),
    Flag("rest_api_timeout_in_ms", "int32", 30000, "Time after which a REST call fails, in ms.", minimum=1),
    Flag("rest_api_enable_cors_support", "bool", False, "Let pages of any origin call the REST API."),
    Flag(
        "enable_batching",
        "bool",
        False,
        "Batch requests of all models.",
        reserved="batching is on exactly when the stack has a batching.config; add or delete that file",
    ),
    Flag(
        "batching_parameters_file",
        "string",
        "",
        "Text BatchingParameters.",
        reserved="the parameters come from the stack's batching.config; edit that file",
    ),
    Flag(
        "enable_per_model_batching_parameters",
        "bool",
        False,
        "Batch only versions that carry a batching_params.pbtxt, and with what it says.",
    ),
    Flag(
        "allow_version_labels_for_unavailable_models",
        "bool",
        False,
        "Accept new labels on versions that are still loading.",
        reserved="without it a server with labels cannot restart (tensorflow/serving#1608); it is always on, "
        "so remove the flag",
    ),
    Flag(
        "model_config_file",
        "string",
        "",
        "Text ModelServerConfig.",
        reserved="the models come from the stack's models.config; edit that file",
    ),
    Flag(
        "model_config_file_poll_wait_seconds",
        "int32",
        0,
        "Time between two reads of the model config, in s; 0 never reads it again.",
        reserved="the agent's rollout waits for the server to read its file again; remove the flag",
    ),
    Flag("model_name", "string", "default", "Name of the only model.", reserved=_MODELS_CONFIG),
    Flag("model_base_path", "string", "", "Folder of the only model.", reserved=_MODELS_CONFIG),
    Flag(
        "num_load_threads",
        "int32",
        0,
        "Threads that load models; 0 loads in the thread that manages everything else.",
        minimum=1,
        below="one failing model would keep all others from loading and unloading for minutes",
        maximum=_MOST_THREADS,
        above=_TOO_MANY,
    ),
    Flag(
        "num_unload_threads",
        "int32",
        0,
        "Threads that unload models; 0 unloads in the thread that manages everything else.",
        minimum=1,
        below="one slow model would keep all others from loading and unloading",
        maximum=_MOST_THREADS,
        above=_TOO_MANY,
    ),
    Flag("max_num_load_retries", "int32", 5, "Further attempts after a load failed.", minimum=0),
    Flag("load_retry_interval_micros", "int64", 60_000_000, "Time between two attempts, in us.", minimum=0),
    Flag(
        "file_system_poll_wait_seconds",
        "int32",
        1,
        "Time between two looks for new versions, in s.",
        minimum=1,
        below="0 hangs later reloads and a negative wait hangs the start (tensorflow/serving#1519, #1295)",
    ),
    Flag("flush_filesystem_caches", "bool", True, "Drop file caches once models are loaded."),
    Flag(
        "tensorflow_session_parallelism",
        "int64",
        0,
        "Threads both within and between operations; 0 is automatic.",
        minimum=0,
        below=_NEGATIVE_THREADS,
        maximum=_MOST_THREADS,
        above=_TOO_MANY,
    ),
    Flag(
        "tensorflow_intra_op_parallelism",
        "int64",
        0,
        "Threads within one operation; 0 is automatic.",
        minimum=0,
        below=_NEGATIVE_THREADS,
        maximum=_MOST_THREADS,
        above=_TOO_MANY,
    ),
    Flag(
        "tensorflow_inter_op_parallelism",
        "int64",
        0,
        "Threads for independent operations; 0 is automatic.",
        minimum=-1,
        below="-1 already runs all of them in the thread of the call",
        maximum=_MOST_THREADS,
        above=_TOO_MANY,
    ),
    Flag(
        "tensorflow_session_config_file",
        "string",
        "",
        "Text tensorflow.ConfigProto for sessions.",
        since=(2, 8, 0),
        reserved="the settings of sessions come from the stack's session.config; edit that file",
    ),
    Flag(
        "platform_config_file",
        "string",
        "",
        "Text PlatformConfigMap; overrules batching and parallelism flags.",
        reserved="it would replace the whole default platform, after which the server ignores batching.config, "
        "session.config and the flags for threads, GPU memory and warmup; use those",
    ),
    Flag(
        "per_process_gpu_memory_fraction",
        "float",
        0.0,
        "Part of GPU memory to take; 0 takes nearly all.",
        minimum=0,
        maximum=1,
        above="the server cannot take more than all",
    ),
    Flag("saved_model_tags", "string", "serve", "Tags, separated by commas, of the graph to load."),
    Flag("grpc_channel_arguments", "string", "", "gRPC settings as key=value, separated by commas."),
    Flag(
        "grpc_max_threads",
        "int32",
        None,
        "Calls the gRPC API works on at a time; four per CPU unless set (tensorflow/serving#1795).",
        minimum=2,
        below="one thread has to wait for calls, so every call would end with RESOURCE_EXHAUSTED",
    ),
    Flag("enable_model_warmup", "bool", True, "Replay a version's warmup requests before it serves."),
    Flag(
        "num_request_iterations_for_warmup",
        "int32",
        0,
        "Replays of each warmup request; 0 is one.",
        minimum=0,
        maximum=100_000,
        above="a version would not be ready for hours",
    ),
    Flag(
        "monitoring_config_file",
        "string",
        "",
        "Text MonitoringConfig.",
        reserved="monitoring comes from the stack's monitoring.config; edit that file",
    ),
    Flag(
        "ssl_config_file",
        "string",
        "",
        "Text SSLConfig for the gRPC API; REST is never encrypted.",
        reserved="key and certificates come from the secret that tfserving:tlsSecret names; set that",
    ),
    Flag(
        "use_alts_credentials",
        "bool",
        False,
        "Google's ALTS for the gRPC API.",
        reserved="ALTS exists on Google Cloud only; use tfserving:tlsSecret",
    ),
    Flag("enable_signature_method_name_check", "bool", False, "Refuse signatures with an unusual method name."),
    Flag(
        "remove_unused_fields_from_bundle_metagraph",
        "bool",
        True,
        "Free parts of the graph not needed to serve.",
    ),
    Flag("prefer_tflite_model", "bool", False, "Serve a version's TensorFlow Lite model if it has one."),
    Flag(
        "num_tflite_pools",
        "int32",
        None,
        "Interpreter pools per TensorFlow Lite model.",
        minimum=1,
        maximum=1024,
        above=_INTERPRETERS,
    ),
    Flag(
        "num_tflite_interpreters_per_pool",
        "int32",
        1,
        "Interpreters in each of these pools.",
        minimum=1,
        maximum=1024,
        above=_INTERPRETERS,
    ),
    Flag("xla_cpu_compilation_enabled", "bool", False, "Compile with XLA on CPUs."),
    Flag("xla_gpu_compilation_enabled", "bool", False, "Compile with XLA on GPUs."),
    Flag("enable_profiler", "bool", True, "Open TensorFlow's profiler, without a password, on the gRPC port."),
    Flag(
        "thread_pool_factory_config_file",
        "string",
        "",
        "Text ThreadPoolFactoryConfig for gRPC calls.",
        reserved="it names a factory that is linked into the server, and the released one has none; set "
        "tensorflow_inter_op_parallelism, or session_inter_op_thread_pool in the stack's session.config",
    ),
    Flag("mixed_precision", "string", "", "Reduced precision, 'bfloat16' or none."),
    Flag("skip_initialize_tpu", "bool", False, "Leave TPUs alone at start."),
    Flag(
        "enable_grpc_healthcheck_service",
        "bool",
        False,
        "Answer grpc.health.v1; tells that the process is alive, nothing of its models.",
        since=(2, 15, 0),
    ),
    Flag(
        "enable_serialization_as_tensor_content",
        "bool",
        False,
        "Send tensors as raw bytes, which clients decode faster.",
        since=(2, 19, 0),
    ),
    Flag(
        "version",
        "bool",
        False,
        "Print the version and exit.",
        reserved="the server would never start; remove it",
    ),
)

FLAGS: Final[Mapping[str, Flag]] = {flag.name: flag for flag in _ROWS}
