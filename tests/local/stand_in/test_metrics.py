from local.stand_in.metrics import BUCKETS, EXAMPLE_COUNTS, REQUEST_LATENCY, REQUESTS, Metrics

NAMES = """
# TYPE :tensorflow:serving:batching:mixed_priority_batching_policy gauge
# TYPE :tensorflow:serving:batching:padding_size_v2 histogram
# TYPE :tensorflow:serving:batching:processed_batch_size_v2 counter
# TYPE :tensorflow:serving:batching_session:queuing_latency histogram
# TYPE :tensorflow:serving:batching_session:wrapped_run_count counter
# TYPE :tensorflow:serving:mlmd_map gauge
# TYPE :tensorflow:serving:model_warmup_latency histogram
# TYPE :tensorflow:serving:model_warmup_records_read counter
# TYPE :tensorflow:serving:request_count counter
# TYPE :tensorflow:serving:request_example_count_total counter
# TYPE :tensorflow:serving:request_example_counts histogram
# TYPE :tensorflow:serving:request_latency histogram
# TYPE :tensorflow:serving:request_log_count counter
# TYPE :tensorflow:serving:runtime_latency histogram
"""


def test_every_metric_is_named_with_its_type_and_without_help_before_it_has_a_value() -> None:
    page = Metrics().render()
    assert "".join(line for line in page.splitlines(keepends=True) if ":serving:" in line) == NAMES.lstrip()
    assert page.count("#") == page.count("\n")


def test_a_cell_appears_with_its_first_value() -> None:
    metrics = Metrics()
    metrics.count(REQUESTS, model_name="m", status="OK")
    metrics.count(REQUESTS, model_name="m", status="OK")
    page = metrics.render()
    assert "# TYPE :tensorflow:serving:request_count counter\n" in page
    assert ':tensorflow:serving:request_count{model_name="m",status="OK"} 2\n' in page


def test_a_histogram_has_33_growing_buckets_in_microseconds_and_one_without_end() -> None:
    metrics = Metrics()
    metrics.observe(REQUEST_LATENCY, 15, model_name="m")
    metrics.observe(REQUEST_LATENCY, 10**12, model_name="m")
    page = metrics.render()
    assert len(BUCKETS) == 33
    assert ':tensorflow:serving:request_latency_bucket{model_name="m",le="10"} 0\n' in page
    assert ':tensorflow:serving:request_latency_bucket{model_name="m",le="18"} 1\n' in page
    assert ':tensorflow:serving:request_latency_bucket{model_name="m",le="+Inf"} 2\n' in page
    assert ':tensorflow:serving:request_latency_count{model_name="m"} 2\n' in page


def test_examples_are_counted_in_powers_of_two() -> None:
    metrics = Metrics()
    metrics.observe(EXAMPLE_COUNTS, 3, model="m")
    page = metrics.render()
    assert ':tensorflow:serving:request_example_counts_bucket{model="m",le="2"} 0\n' in page
    assert ':tensorflow:serving:request_example_counts_bucket{model="m",le="4"} 1\n' in page
    assert ':tensorflow:serving:request_example_counts_bucket{model="m",le="16384"} 1\n' in page


def test_label_values_are_escaped() -> None:
    metrics = Metrics()
    metrics.count(REQUESTS, model_name='a"\\\n')
    assert '{model_name="a\\"\\\\\\n"}' in metrics.render()
