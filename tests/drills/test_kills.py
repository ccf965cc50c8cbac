"""kill -9 of whoever takes part in a delivery: none lost, none doubled."""

import itertools

import pytest

from tests.drills.service import PATIENCE, Service, eventually

pytestmark = pytest.mark.timeout(5 * PATIENCE)


def test_messages_arrive_while_busy_workers_are_killed(running: Service):
    for number in range(60):
        running.post(patient=True)
        if number % 10 == 5:
            busy = running.titled("qcluster", " processing ") or running.workers()
            for worker in busy[:1]:
                worker.kill()

    running.assert_each_arrived_once()


def test_a_cluster_made_deaf_is_replaced_and_the_message_arrives(running: Service):
    deaf = eventually(running.cluster, "the cluster runs")

    def another() -> bool:
        """Whichever idle worker holds the lock of the queue takes it along when it is killed."""
        for worker in running.titled("qcluster", " idle"):
            worker.kill()
        running.post(patient=True)
        running.await_quiet()
        return running.cluster().pid != deaf.pid

    eventually(another, "another cluster took over")
    assert "is deaf" in running.said()
    running.assert_each_arrived_once()


@pytest.mark.parametrize("role", ["pusher", "monitor", "MainProcess"])
def test_messages_arrive_when_a_part_of_the_cluster_is_killed(running: Service, role):
    for victim in eventually(lambda: running.titled("qcluster", role), f"there is a {role}"):
        running.post(patient=True)
        victim.kill()

    running.post(patient=True)

    running.assert_each_arrived_once()


def test_what_the_web_side_accepted_before_it_was_killed_arrives(running: Service):
    for _ in range(3):
        xuid = running.post(patient=True)
        for process in running.titled("gunicorn"):
            process.kill()
        eventually(running.answers, "the web side is back")
        assert running.message(xuid)["xuid"] == xuid

    running.assert_each_arrived_once()


def test_a_send_repeated_after_such_a_kill_is_the_same_message(running: Service):
    first = running.post(key="repeated", patient=True)
    for process in running.titled("gunicorn"):
        process.kill()
    eventually(running.answers, "the web side is back")
    running._posted -= 1

    assert running.post(key="repeated", patient=True) == first
    running.assert_each_arrived_once()


def test_a_task_that_kills_its_worker_stops_no_other(running: Service):
    running.python(
        "from django_q.tasks import async_task\nfor _ in range(4): async_task('os._exit', 1)"
    )

    running.post_many(5, patient=True)

    running.assert_each_arrived_once()


def test_a_schedule_that_somebody_typed_wrong_stops_nothing(running: Service):
    running.python(
        "from django_q.models import Schedule\n"
        "Schedule.objects.create(name='a typed one', func='nope', args='(((',"
        " schedule_type='I', minutes=1)"
    )

    running.post_many(3)

    running.assert_each_arrived_once()


def test_the_renderer_comes_back(running: Service):
    [renderer] = eventually(lambda: renderers(running), "it runs")
    renderer.kill()

    eventually(
        lambda: [one for one in renderers(running) if one.pid != renderer.pid],
        "another renderer runs",
    )


def renderers(service: Service) -> list:
    """Not the jobs that one has forked, which bear its title."""
    found = service.titled("viewer.renderserver")
    return [one for one in found if one.parent not in {other.pid for other in found}]


def test_many_kills_in_a_row_lose_nothing(running: Service):
    roles = itertools.cycle([" idle", "monitor", " processing ", "pusher", "gunicorn: worker"])
    for _ in range(15):
        running.post(patient=True)
        for victim in running.titled(next(roles))[:1]:
            victim.kill()

    running.assert_each_arrived_once()
