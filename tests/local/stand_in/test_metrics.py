from local.stand_in.metrics import BUCKETS, REQUEST_LATENCY, REQUESTS, Metrics


def test_a_metric_appears_with_its_first_value() -> None:
    metrics = Metrics()
    assert metrics.render() == ""
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


def test_label_values_are_escaped() -> None:
    metrics = Metrics()
    metrics.count(REQUESTS, model_name='a"\\\n')
    assert '{model_name="a\\"\\\\\\n"}' in metrics.render()
