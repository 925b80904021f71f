#!/bin/sh
# Stands where Bazel stands in TensorFlow Serving's development images. It refuses what Bazel would not take here, and
# delivers the stand-in server, as the release of the source tree, with a record of how it was called.
set -eu

refuse() {
    echo "bazel (a stand-in): $1" >&2
    exit 2
}

[ -f RELEASE ] || refuse "this folder is no source tree of TensorFlow Serving"
[ "${1:-}" = build ] || refuse "only 'build' is known here"
call="$*"
shift
target=""
for argument; do
    case $argument in
        --color=no | --curses=no | --show_progress_rate_limit=[0-9]* | --verbose_failures) ;;
        --config=release | --config=cuda | --config=cuda_clang) ;;
        --copt=-m[a-z0-9]* | --copt=-fPIC) ;;
        --jobs=[0-9]* | --local_ram_resources=[0-9]* | --local_resources=memory=[0-9]*) ;;
        //tensorflow_serving/model_servers:tensorflow_model_server) target=$argument ;;
        *) refuse "unknown option or target '$argument'" ;;
    esac
done
[ -n "$target" ] || refuse "no target"

binary=bazel-bin/tensorflow_serving/model_servers/tensorflow_model_server
mkdir -p "$(dirname "$binary")"
cat >"$binary" <<EOF
#!/bin/sh
# compiled by: bazel $call
PYTHONPATH=/opt/stand_in/packages:/opt/stand_in
STAND_IN_RELEASE=$(cat RELEASE)
export PYTHONPATH STAND_IN_RELEASE
exec python3 -P -m stand_in "\$@"
EOF
chmod 0755 "$binary"
echo "INFO: Build completed successfully"
