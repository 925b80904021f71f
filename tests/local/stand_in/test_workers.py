import threading

from local.stand_in.workers import Workers


def test_without_threads_a_task_runs_in_the_callers() -> None:
    ran: list[threading.Thread] = []
    Workers(0)(lambda: ran.append(threading.current_thread()))
    assert ran == [threading.current_thread()]


def test_a_change_of_size_waits_for_what_was_scheduled() -> None:
    workers = Workers(2)
    go = threading.Event()
    ran: list[str] = []
    workers(lambda: ran.append("slow") if go.wait(10) else None)
    changing = threading.Thread(target=workers.resize, args=[0])
    changing.start()
    assert changing.is_alive()
    go.set()
    changing.join(10)
    workers(lambda: ran.append("inline"))
    assert ran == ["slow", "inline"]
